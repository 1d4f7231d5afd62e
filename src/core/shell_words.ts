/**
 * The words of `text` as a POSIX shell would split them, or `undefined` where a quote is not closed or a backslash ends
 * the text. botocore splits section headers this way: `profile "a b"` is the profile `a b`.
 * Source: <https://docs.python.org/3/library/shlex.html#shlex.split>
 */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\" && quote !== "'") {
      if (++at === text.length) return undefined;
      // Between double quotes a backslash protects only the quote and itself.
      const literal = quote === '"' && text[at] !== '"' && text[at] !== "\\";
      word = (word ?? "") + (literal ? "\\" : "") + text[at];
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (" \t\r\n".includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

/** `word` in the form that {@link shellWords} reads back as one word; left alone where that is safe. */
export function quoteWord(word: string): string {
  if (/^[^\s"'\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
