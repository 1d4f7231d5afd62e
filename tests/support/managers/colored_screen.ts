/** What a terminal shows, with the color of each character. */

export interface ColoredLine {
  readonly text: string;
  /** The foreground of each character of `text`: a name below, `#` and a number of the 256, or `default`. */
  readonly colors: readonly string[];
}

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** The lines of a screen that tmux has captured with its escape sequences. */
export function coloredLines(capture: string): readonly ColoredLine[] {
  let color = "default";
  return capture.split("\n").map((line) => {
    let text = "";
    const colors: string[] = [];
    for (const [, parameters, character] of line.matchAll(/\x1b\[([\d;:]*)m|\x0e|\x0f|([^\x1b])/gu)) {
      if (character !== undefined) {
        text += character;
        for (let unit = 0; unit < character.length; unit++) colors.push(color);
      } else if (parameters !== undefined) {
        color = colorAfter(color, parameters);
      }
    }
    return { text, colors };
  });
}

/** SGR sequences, ECMA-48 8.3.117; 38;5 is xterm's. */
function colorAfter(color: string, parameters: string): string {
  const numbers = parameters.split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index];
    if (number === 0 || number === 39) color = "default";
    else if (number >= 30 && number <= 37) color = names[number - 30];
    else if (number >= 90 && number <= 97) color = names[number - 90];
    else if (number === 38 || number === 48) {
      const length = numbers[index + 1] === 5 ? 2 : 4;
      const value = numbers[index + 2];
      if (number === 38) color = length === 2 && value < 16 ? names[value % 8] : `#${value}`;
      index += length;
    }
  }
  return color;
}

/** The colors that the last occurrence of `text` has on the screen, each once; empty where it does not occur. */
export function colorsOf(text: string, capture: string): readonly string[] {
  const line = coloredLines(capture).findLast((line) => line.text.includes(text));
  if (line === undefined) return [];
  const start = line.text.lastIndexOf(text);
  const colors = line.colors.slice(start, start + text.length).filter((_, index) => text[index] !== " ");
  return [...new Set(colors)];
}
