/** Text from elsewhere, made safe to show. */

// C0 and C1 controls, DEL, and the Unicode characters that reorder or hide text on a terminal.
const control = /[\u0000-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `text` on one line without control characters, at most `limit` characters. */
export function shown(text: string, limit = 400): string {
  return cut(inert(text).trim(), limit);
}

function inert(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ").replace(control, "");
}

/** Whether `text` reaches a terminal as it is, so that who copies it has the same. */
export function isShowable(text: string): boolean {
  return inert(text) === text;
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** Whether `text` has a character that must not reach a terminal, a variable or a line of the wire. */
export function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(text);
}

/** `value` in double quotes, made safe to show; blanks at its ends stay, because they may be what is wrong with it. */
export function quoted(value: string): string {
  return `"${cut(inert(value), 400)}"`;
}

/** Characters that take two columns. Source: Unicode Standard Annex 11, the ranges that are wide throughout. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{3ffff}]/u;

/** Columns that `text` takes on a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += wide.test(character) ? 2 : 1;
  return columns;
}

/** The start of `text` that takes at most `columns`. */
export function fitted(text: string, columns: number): string {
  let left = columns;
  const characters = [...text];
  const end = characters.findIndex((character) => (left -= columnsOf(character)) < 0);
  return end < 0 ? text : characters.slice(0, end).join("");
}

/** `text` with blanks behind it, so that it takes `columns`. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
