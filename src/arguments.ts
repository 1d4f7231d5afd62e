/**
 * Words of a command line → flags and arguments of one verb, checked against the command table. Written out here, because
 * every command waits for it: the parser libraries that were measured take 3 to 4 ms, a tenth of a whole cached answer.
 */
import type { Verb } from "./cli.ts";
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
export function parseArguments(verb: Verb, words: readonly string[]): Arguments {
  const given = new Map<string, string[]>();
  const positional: string[] = [];
  const refuse = (complaint: string, hint = `aws-use ${verb.name} --help`): never => {
    throw new Failure("usage", complaint, { hint });
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "--") {
      positional.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positional.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = verb.flags.find((each) => `--${each.name}` === name) ??
      refuse(unknown(verb, name), hintFor(verb, name));
    const values = given.get(flag.name) ?? [];
    if (values.length > 0 && !flag.repeats) refuse(`${name} is given twice`);
    if (flag.value === undefined && equals >= 0) refuse(`${name} takes no value`);
    const next = words[at + 1];
    const joined = equals >= 0 || flag.value === undefined;
    if (!joined && (next === undefined || next.startsWith("-"))) refuse(`${name} needs a value: ${name} ${flag.value}`);
    given.set(flag.name, [...values, joined ? word.slice(name.length + 1) : next]);
    if (!joined) at++;
  }
  const maximum = verb.maximum ?? (verb.argument ? 1 : 0);
  if (positional.length > maximum) refuse(`"${shown(positional[maximum])}" is one argument too many`);
  return {
    positional,
    has: (flag) => given.has(flag),
    only: (flag) => given.keys().every((each) => each === flag),
    value: (flag) => given.get(flag)?.[0],
    values: (flag) => given.get(flag) ?? [],
  };
}

/** A profile may have a name with a leading dash. */
function hintFor({ name: verb }: Verb, word: string): string | undefined {
  return verb === "use"
    ? `aws-use use --help; for a profile of that name: aws-use use -- ${shellWord(word)}`
    : undefined;
}

function unknown(verb: Verb, name: string): string {
  return `${verb.name} has no flag ${shown(name)}${didYouMean(name, verb.flags.map((flag) => `--${flag.name}`))}`;
}
