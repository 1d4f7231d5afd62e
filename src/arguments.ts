/** Words of a command line → flags and arguments of one verb, checked against the command table. */
import {
  buildApplication,
  buildCommand,
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
  checkFlags(verb, words.includes("--") ? words.slice(0, words.indexOf("--")) : words);
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
  if (!parsed) throw libraryRefusal(verb, refused);
  const { flags, positional } = parsed;
  return {
    positional,
    has: (flag) => flags[flag] !== undefined,
    only: (flag) => Object.keys(flags).every((each) => each === flag || flags[each] === undefined),
    value: (flag) => typeof flags[flag] === "string" ? flags[flag] : undefined,
    values: (flag) => (flags[flag] as string[] | undefined) ?? [],
  };
}

function parameterOf(flag: Flag) {
  if (!flag.value) return { kind: "boolean", brief: flag.help, optional: true, withNegated: false };
  return { kind: "parsed", brief: flag.help, parse: String, optional: true, ...(flag.repeats && { variadic: true }) };
}

/** Refuses what the library takes more kindly: what is nearly a flag's name, or a property of every object, `--switch=value`, `--flag=`. */
function checkFlags(verb: Verb, words: readonly string[]): void {
  const flagOf = (word: string) => verb.flags.find(({ name }) => word === `--${name}`);
  for (const [at, word] of words.entries()) {
    const open = flagOf(words[at - 1] ?? "");
    if (!/^-./.test(word)) {
      // What the plugin says of itself to a verb without an argument stands behind `--`.
      if (verb.argument === undefined && open?.value === undefined) {
        throw refusal(verb, `"${shown(word)}" is one argument too many`);
      }
      continue;
    }
    if (open?.value !== undefined) throw refusal(verb, needsValue(open));
    const [name] = word.split("=", 1);
    const flag = flagOf(name);
    if (flag === undefined) {
      const near = didYouMean(name, verb.flags.map((flag) => `--${flag.name}`));
      throw refusal(verb, `${verb.name} has no flag ${shown(name)}${near}`, hintFor(verb, name));
    }
    if (word !== name && flag.value === undefined) {
      // Who writes --setup=zsh means the argument.
      const value = word.slice(name.length + 1);
      const isArgument = Array.isArray(verb.completes) && verb.completes.includes(value);
      const meant = isArgument ? `aws-use ${verb.name} ${name} ${value}` : undefined;
      throw refusal(verb, `${name} takes no value`, meant);
    }
    if (word === `${name}=`) throw refusal(verb, needsValue(flag));
  }
}

/** By class and not by the library's own formatter, which goes by the names of classes, and a bundle has others. */
function libraryRefusal(verb: Verb, error: unknown): unknown {
  if (error instanceof UnexpectedPositionalError) {
    return refusal(verb, `"${shown(error.input)}" is one argument too many`);
  }
  if (error instanceof UnexpectedFlagError) return refusal(verb, `--${error.externalFlagName} is given twice`);
  if (error instanceof UnsatisfiedFlagError) {
    return refusal(verb, needsValue(verb.flags.find((flag) => flag.name === error.externalFlagName)!));
  }
  return error;
}

function needsValue({ name, value }: Flag): string {
  return `--${name} needs a value: --${name} ${value}`;
}

function refusal({ name }: Verb, message: string, hint = `aws-use ${name} --help`): Failure {
  return new Failure("usage", message, { hint });
}

/** A profile may have a name with a leading dash. */
function hintFor({ name: verb }: Verb, word: string): string | undefined {
  return verb === "use"
    ? `aws-use use --help; for a profile of that name: aws-use use -- ${shellWord(word)}`
    : undefined;
}
