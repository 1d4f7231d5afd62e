import { quoteSh } from "./quote.ts";
import { shown } from "./text.ts";

/** `text` as one word of a command that a hint shows: quoted only where a shell would want it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteSh(shown(text));
}
