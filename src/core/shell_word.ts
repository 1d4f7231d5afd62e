import { isShowable } from "./text.ts";

/** Stands for a name with characters that a terminal does not show: what is left of it may be another thing's name. */
const unshowable = "NAME_WITH_HIDDEN_CHARACTERS";

/**
 * `text` as one word of a command that a hint shows, the same in sh, bash, zsh and fish: quoted only where one of them would
 * want it.
 */
export function shellWord(text: string): string {
  if (!isShowable(text)) return unshowable;
  // At the start `=` names a program's path in zsh, and `%` a process in fish.
  if (/^(?![=%])[\w@%+=:,./-]+$/.test(text)) return text;
  // In fish a backslash is special between single quotes too, so it stands outside them.
  return `'${text.replace(/['\\]/g, "'\\$&'")}'`;
}
