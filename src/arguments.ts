/** Words of a command line → flags and arguments of one verb, checked against the command table. */
import { buildApplication, buildCommand, run, text_en } from "@stricli/core";
import type { Flag, Verb } from "./cli.ts";
import { shown } from "./core/text.ts";
import { Failure } from "./errors.ts";

export interface Arguments {
  readonly positional: readonly string[];
  has(flag: string): boolean;
  /** The value of a flag, undefined where it was not given. */
  value(flag: string): string | undefined;
  /** All values of a flag that repeats. */
  values(flag: string): readonly string[];
}

/** `given` with another value for one flag. */
export function withValue(given: Arguments, flag: string, value: string | undefined): Arguments {
  return { ...given, value: (name) => name === flag ? value : given.value(name) };
}

/** The arguments in `words`. Throws Failure("usage") that names the word which does not fit, and the nearest flag. */
export async function parseArguments(verb: Verb, words: readonly string[]): Promise<Arguments> {
  let parsed: { flags: Record<string, unknown>; positional: string[] } | undefined;
  let complaint = "";
  const command = buildCommand<Record<string, unknown>, string[]>({
    docs: { brief: verb.summary },
    parameters: {
      // deno-lint-ignore no-explicit-any -- stricli's types want the flags known at compile time; ours are data
      flags: Object.fromEntries(verb.flags.map((flag) => [flag.name, parameterOf(flag)])) as any,
      positional: {
        kind: "array",
        parameter: { brief: "", placeholder: verb.argument ?? "", parse: String },
        maximum: verb.maximum ?? (verb.argument ? 1 : 0),
      },
    },
    func: (flags, ...positional) => void (parsed = { flags, positional }),
  });
  const application = buildApplication(command, {
    name: "aws-use",
    scanner: { allowArgumentEscapeSequence: true },
    localization: { text: text_en },
  });
  const output = { write: (text: string) => void (complaint += text) };
  await run(application, words, { process: { stdout: output, stderr: output, env: { STRICLI_NO_COLOR: "1" } } });
  if (!parsed) {
    const said = shown(complaint);
    throw new Failure("usage", said.charAt(0).toLowerCase() + said.slice(1), { hint: `aws-use ${verb.name} --help` });
  }
  const { flags, positional } = parsed;
  return {
    positional,
    has: (flag) => flags[flag] !== undefined && flags[flag] !== false,
    value: (flag) => flags[flag] as string | undefined,
    values: (flag) => (flags[flag] as string[] | undefined) ?? [],
  };
}

function parameterOf(flag: Flag) {
  if (!flag.value) return { kind: "boolean", brief: flag.help, optional: true, withNegated: false };
  return { kind: "parsed", brief: flag.help, parse: String, optional: true, ...(flag.repeats && { variadic: true }) };
}
