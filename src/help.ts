/** Help texts out of the command table. */
import { type Verb, verbs, version } from "./cli.ts";
import { exitCodeMeanings } from "./errors.ts";
import { profileKeys, variables } from "./core/own_settings.ts";

/** Help for a verb or, where the verb has one of that name, for its action. */
export function helpFor(verb: Verb, word?: string): string {
  const { actions = {} } = verb;
  return word !== undefined && Object.hasOwn(actions, word)
    ? textOf({
      ...verb,
      ...actions[word],
      name: `${verb.name} ${word}`,
      argument: "[PROFILE]",
      completes: "profiles",
      actions: undefined,
    })
    : textOf(verb);
}

function textOf(verb: Verb): string {
  const actions = Object.entries(verb.actions ?? {}).map(([name, { summary }]) => [name, summary] as const);
  return [
    `${usageOf(verb)}`,
    "",
    `  ${verb.summary}`,
    ...(actions.length > 0 ? section("actions", actions) : []),
    ...section("flags", [...verb.flags.map((f) => [flagWords(f), f.help] as const), ["-h, --help", "this text"]]),
    ...(Array.isArray(verb.completes) && actions.length === 0
      ? ["", `${verb.argument?.match(/\w+/)}: ${verb.completes.join(", ")}`]
      : []),
    ...(verb.examples ? ["", "examples:", ...verb.examples.map((example) => `  ${example}`)] : []),
    ...(actions.length > 0 ? ["", `more: aws-use ${verb.name} ACTION --help`] : []),
    "",
  ].join("\n");
}

export function overview(): string {
  return [
    `aws-use ${version}: short-lived AWS credentials in this shell`,
    "",
    "usage: aws-use [PROFILE]          the credentials of PROFILE in this shell; alone: pick one",
    "       aws-use VERB [ARGUMENT]    a profile named like a verb: aws-use use NAME",
    "       aws-token                  the current MFA code (aws-use token)",
    ...section("verbs", verbs.map((verb) => [[verb.name, verb.argument].filter(Boolean).join(" "), verb.summary])),
    ...section("settings (variables of the shell)", Object.entries(variables)),
    ...section("settings (keys of a profile in ~/.aws/config)", Object.entries(profileKeys)),
    ...section("exit codes", Object.entries(exitCodeMeanings)),
    "",
    "more: aws-use VERB --help",
    "",
  ].join("\n");
}

function usageOf(verb: Verb): string {
  return ["usage: aws-use", verb.name, verb.argument, verb.flags.length ? "[flags]" : ""].filter(Boolean).join(" ");
}

function flagWords(flag: Verb["flags"][number]): string {
  return flag.value ? `--${flag.name} ${flag.value}` : `--${flag.name}`;
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return ["", `${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)];
}
