/** The picker as a value: what it shows for what was typed so far, and what a key makes of it. */
import { columnsOf, fitted, padded, shown } from "./text.ts";

export interface Choice {
  readonly name: string;
  /** Role, account: shown beside the name and searched too. */
  readonly detail: string;
  /** `active`, `11h` where cached, or nothing. */
  readonly mark: string;
}

export interface Picker {
  readonly filter: string;
  readonly selected: number;
}

export type PickerKey = "up" | "down" | "pageUp" | "pageDown" | "backspace" | "clear" | { readonly text: string };

export const startPicker: Picker = { filter: "", selected: 0 };

/** The choices whose name or detail has every word of the filter, in the order they came; names that begin with it first. */
export function matching(choices: readonly Choice[], filter: string): readonly Choice[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter(({ name, detail }) => {
    const text = `${name} ${detail}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const begins = (choice: Choice) => words.length > 0 && choice.name.toLowerCase().startsWith(words[0]);
  return [...found.filter(begins), ...found.filter((choice) => !begins(choice))];
}

/** The picker after `key`. */
export function pressed(picker: Picker, key: PickerKey, choices: readonly Choice[], page: number): Picker {
  if (typeof key === "object") return { filter: picker.filter + key.text, selected: 0 };
  if (key === "backspace") return { filter: [...picker.filter].slice(0, -1).join(""), selected: 0 };
  if (key === "clear") return startPicker;
  const step = { up: -1, down: 1, pageUp: -page, pageDown: page }[key];
  const last = Math.max(0, matching(choices, picker.filter).length - 1);
  return { ...picker, selected: Math.min(last, Math.max(0, picker.selected + step)) };
}

/** The lines of the picker, at most `rows` of them and none wider than `columns`. */
export function rendered(picker: Picker, choices: readonly Choice[], columns: number, rows: number): readonly string[] {
  const found = matching(choices, picker.filter);
  const page = Math.max(1, rows - 2);
  const top = Math.max(0, Math.min(picker.selected - page + 1, found.length - page));
  const width = Math.max(0, ...found.slice(top, top + page).map(({ name }) => columnsOf(shown(name, 40))));
  const list = found.slice(top, top + page).map((choice, index) => {
    const sign = top + index === picker.selected ? ">" : " ";
    const text = `${sign} ${padded(shown(choice.name, 40), width)}  ${shown(choice.mark).padEnd(6)}  ${
      shown(choice.detail)
    }`;
    return text.trimEnd();
  });
  const count = found.length === choices.length ? `${choices.length}` : `${found.length} of ${choices.length}`;
  // The longest that fits: how to leave is what nobody should have to guess.
  const feet = ["; type to filter, arrows, Enter; Esc leaves everything as it is", "; type, arrows, Enter; Esc leaves"]
    .map((keys) => `  ${count}${keys}`);
  const foot = feet.find((text) => columnsOf(text) < columns) ?? `  ${count}; Esc leaves`;
  return [
    `profile: ${shown(picker.filter)}`,
    ...(list.length > 0 ? list : ["  no profile matches"]),
    foot,
  ].map((line) => fitted(line, columns - 1)); // a line that wraps would spoil what is drawn below
}

/** Rows that `lines` take on a terminal of so many columns: one that has become narrower wraps what was drawn before. */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0);
}
