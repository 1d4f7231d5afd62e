/**
 * Characters that Python's `str.isspace` calls white: botocore strips lines with `str.strip`, whose set is not that of
 * JavaScript's `trim` (it has U+001C to U+001F and U+0085, and not U+FEFF).
 * Source: <https://docs.python.org/3/library/stdtypes.html#str.isspace>
 */
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether the character is white space to Python. */
export function isSpace(character: string): boolean {
  return space.test(character);
}

/** Number of white characters that `text` begins with. */
export function indentLength(text: string): number {
  let length = 0;
  while (length < text.length && isSpace(text[length])) length++;
  return length;
}

/** `text` without the white space at its end. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1])) end--;
  return text.slice(0, end);
}

/** `text` without the white space at both ends. */
export function strip(text: string): string {
  return stripEnd(text.slice(indentLength(text)));
}

/**
 * Lines of `text` as Python's `str.splitlines` cuts them, which is at more characters than a file is cut at.
 * Source: <https://docs.python.org/3/library/stdtypes.html#str.splitlines>
 */
export function splitLines(text: string): readonly string[] {
  return text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
}
