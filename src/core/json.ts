/** JSON for scripts, which a person may see on a terminal too. */

// JSON escapes the C0 controls by itself; these would reach a terminal as they are.
const control = /[\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `value` as indented JSON with a newline, in which no character can steer a terminal. */
export function jsonText(value: unknown): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value, null, 2).replace(control, escape)}\n`;
}
