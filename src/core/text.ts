/** Text from elsewhere, made safe to show. */

// C0 and C1 controls, DEL, and the Unicode characters that reorder or hide text on a terminal.
const control = /[\u0000-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `text` on one line without control characters, at most `limit` characters. */
export function shown(text: string, limit = 400): string {
  const plain = text.replace(/[\r\n\t]+/g, " ").replace(control, "").trim();
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain;
}

/** Whether `text` has a character that must not reach a terminal, a variable or a line of the wire. */
export function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(text);
}

/** `value` in double quotes, made safe to show. */
export function quoted(value: string): string {
  return `"${shown(value)}"`;
}
