/** Words of a command line → flags and arguments of one verb, checked against the command table. */
import {
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  formatMessageForArgumentScannerError,
  run,
  text_en,
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
  /** The value of a flag, undefined where it was not given. */
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
  let refused = new Failure("usage", "the arguments do not fit", { hint: `aws-use ${verb.name} --help` });
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
          if (error instanceof ArgumentScannerError) refused = refusal(verb, error);
          return "";
        },
      },
    },
  });
  const silent = { write: () => {} };
  await run(application, words, { process: { stdout: silent, stderr: silent, env: {} } });
  if (!parsed) throw refused;
  const { flags, positional } = parsed;
  return {
    positional,
    has: (flag) => flags[flag] !== undefined && flags[flag] !== false,
    only: (flag) => Object.keys(flags).every((each) => each === flag || flags[each] === undefined),
    value: (flag) => flags[flag] as string | undefined,
    values: (flag) => (flags[flag] as string[] | undefined) ?? [],
  };
}

function parameterOf(flag: Flag) {
  if (!flag.value) return { kind: "boolean", brief: flag.help, optional: true, withNegated: false };
  return { kind: "parsed", brief: flag.help, parse: String, optional: true, ...(flag.repeats && { variadic: true }) };
}

function refusal(verb: Verb, error: ArgumentScannerError): Failure {
  let hint = `aws-use ${verb.name} --help`;
  const unknown = (word: string) => {
    hint = hintFor(verb, word) ?? hint;
    const near = didYouMean(word, verb.flags.map((flag) => `--${flag.name}`));
    return `${verb.name} has no flag ${shown(word)}${near}`;
  };
  const message = formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input }) => unknown(`--${input}`),
    AliasNotFoundError: ({ input }) => unknown(`-${input}`),
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name }) => `--${name} takes no value`,
    UnsatisfiedFlagError: ({ externalFlagName: name }) =>
      `--${name} needs a value: --${name} ${verb.flags.find((flag) => flag.name === name)?.value}`,
    UnexpectedFlagError: ({ externalFlagName: name }) => `--${name} is given twice`,
    UnexpectedPositionalError: ({ input }) => `"${shown(input)}" is one argument too many`,
  });
  return new Failure("usage", message, { hint });
}

/** A profile may have a name with a leading dash. */
function hintFor({ name: verb }: Verb, word: string): string | undefined {
  return verb === "use"
    ? `aws-use use --help; for a profile of that name: aws-use use -- ${shellWord(word)}`
    : undefined;
}
