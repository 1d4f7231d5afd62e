/** Words of a command line → flags and arguments of one verb, checked against the command table. */
import {
  AliasNotFoundError,
  ArgumentParseError,
  buildApplication,
  buildCommand,
  FlagNotFoundError,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
} from "@stricli/core";
import type { Flag, Verb } from "./cli.ts";
import { didYouMean } from "./core/nearest.ts";
import { shellWord } from "./core/shell_word.ts";
import { shown } from "./core/text.ts";
import { Failure } from "./errors.ts";

export interface Arguments {
  readonly positional: readonly string[];
  has(flag: string): boolean;
  /** Whether no other flag than this one was given. */
  only(flag: string): boolean;
  /** The value of a flag, undefined where it was not given and for a switch. */
  value(flag: string): string | undefined;
  /** All values of a flag that repeats. */
  values(flag: string): readonly string[];
}

/** `given` with another value for one flag. */
export function withValue(given: Arguments, flag: string, value: string | undefined): Arguments {
  return { ...given, value: (name) => name === flag ? value : given.value(name) };
}

/**
 * The arguments in `words`: `--flag VALUE`, `--flag=VALUE`, switches, and after `--` nothing but arguments. A value that
 * begins with a dash is written with the equals sign. Throws Failure("usage") that names the word which does not fit.
 */
export async function parseArguments(verb: Verb, words: readonly string[]): Promise<Arguments> {
  let parsed: { readonly flags: Record<string, unknown>; readonly positional: readonly string[] } | undefined;
  // The library takes `--flag=` for an argument.
  const empty = words.slice(0, words.indexOf("--") >>> 0).find((word) => /^--[^=]+=$/.test(word));
  if (empty) throw new Failure("usage", `${shown(empty)} needs a value`, { hint: `aws-use ${verb.name} --help` });
  let refused: unknown;
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
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments(error) {
          refused = error;
          return "";
        },
      },
    },
  }, {}); // without the library's own --help and --version
  const silent = { write: () => {} };
  await run(application, words, { process: { stdout: silent, stderr: silent, env: {} } });
  if (!parsed) throw refusal(verb, refused);
  const { flags, positional } = parsed;
  return {
    positional,
    has: (flag) => flags[flag] !== undefined && flags[flag] !== false,
    only: (flag) => Object.keys(flags).every((each) => each === flag || flags[each] === undefined),
    value: (flag) => typeof flags[flag] === "string" ? flags[flag] : undefined,
    values: (flag) => (flags[flag] as string[] | undefined) ?? [],
  };
}

function parameterOf(flag: Flag) {
  if (!flag.value) return { kind: "boolean", brief: flag.help, optional: true, withNegated: false };
  return { kind: "parsed", brief: flag.help, parse: String, optional: true, ...(flag.repeats && { variadic: true }) };
}

/** By class and not by the library's own formatter, which goes by the names of classes, and a bundle has others. */
function refusal(verb: Verb, error: unknown): Failure {
  const refused = (message: string, hint = `aws-use ${verb.name} --help`) => new Failure("usage", message, { hint });
  const unknown = (word: string) => {
    const near = didYouMean(word, verb.flags.map((flag) => `--${flag.name}`));
    return refused(`${verb.name} has no flag ${shown(word)}${near}`, hintFor(verb, word));
  };
  if (error instanceof FlagNotFoundError) return unknown(`--${error.input}`);
  if (error instanceof AliasNotFoundError) return unknown(`-${error.input}`);
  if (error instanceof UnexpectedPositionalError) return refused(`"${shown(error.input)}" is one argument too many`);
  if (error instanceof UnexpectedFlagError) return refused(`--${error.externalFlagName} is given twice`);
  if (error instanceof ArgumentParseError) return refused(`--${error.externalFlagNameOrPlaceholder} takes no value`);
  if (error instanceof UnsatisfiedFlagError) {
    const { externalFlagName: name } = error;
    const { value } = verb.flags.find((flag) => flag.name === name)!;
    return refused(`--${name} needs a value: --${name} ${value}`);
  }
  throw error;
}

/** A profile may have a name with a leading dash. */
function hintFor({ name: verb }: Verb, word: string): string | undefined {
  return verb === "use"
    ? `aws-use use --help; for a profile of that name: aws-use use -- ${shellWord(word)}`
    : undefined;
}
