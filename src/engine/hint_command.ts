/** Commands of ours as a hint shows them: in the form that works for every profile's name. */
import { isVerb } from "../cli.ts";
import { shellWord } from "../core/shell_word.ts";

/** The command that does `verb` with `profile`; a name that a verb hides or that begins with a dash takes more words. */
export function commandFor(verb: "use" | "env" | "clear", profile: string, flags: readonly string[] = []): string {
  const name = shellWord(profile);
  const verbs = verb === "use" && !profile.startsWith("-") && !isVerb(profile) ? [] : [verb];
  const rest = profile.startsWith("-") ? [...flags, "--", name] : [name, ...flags];
  return ["aws-use", ...verbs, ...rest].join(" ");
}

/** The command that shows how the credentials of `profile` come about. */
export function explainCommand(profile: string): string {
  return `aws-use status --explain${profile.startsWith("-") ? "=" : " "}${shellWord(profile)}`;
}

/** `command`, as `commandFor` made it, with one flag more. */
export function withFlag(command: string, flag: string): string {
  const end = command.search(/ -- '?-/);
  return end < 0 ? `${command} ${flag}` : `${command.slice(0, end)} ${flag}${command.slice(end)}`;
}
