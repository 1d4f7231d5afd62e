/** Commands of ours as a hint shows them: in the form that works for every profile's name. */
import { isVerb } from "../cli.ts";
import { shellWord } from "../core/shell_word.ts";

/** The command that does `verb` with `profile`; a name that a verb hides or that begins with a dash takes more words. */
export function commandFor(
  verb: "use" | "env" | "clear" | `mfa ${string}`,
  profile: string,
  flags: readonly string[] = [],
): string {
  const name = shellWord(profile);
  const verbs = verb === "use" && !profile.startsWith("-") && !isVerb(profile) ? [] : [verb];
  const rest = profile.startsWith("-") ? [...flags, "--", name] : [name, ...flags];
  return ["aws-use", ...verbs, ...rest].join(" ");
}

/** The command that shows how the credentials of `profile` come about. */
export function explainCommand(profile: string): string {
  return `aws-use status --explain${profile.startsWith("-") ? "=" : " "}${shellWord(profile)}`;
}

/** `command`, as we make them for hints, with one flag more. */
export function withFlag(command: string, flag: string): string {
  const words = wordsOf(command);
  const end = words.indexOf("--");
  return words.toSpliced(end < 0 ? words.length : end, 0, flag).join(" ");
}

/** `command` without the flag `--NAME VALUE`. */
export function withoutFlag(command: string, name: string): string {
  const words = wordsOf(command);
  const at = words.indexOf(`--${name}`);
  return at < 0 ? command : words.toSpliced(at, 2).join(" ");
}

/** The words of a command as they stand there, what `shellWord` has put around them included. */
function wordsOf(command: string): readonly string[] {
  return command.match(/(?:'[^']*'|\\.|[^'\\ ])+/g) ?? [];
}
