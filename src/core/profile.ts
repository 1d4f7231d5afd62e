import { Failure } from "../errors.ts";
import { type AbsentFile, type Config, lookUp, type ProfileEntry } from "./config.ts";
import { didYouMean } from "./nearest.ts";
import { shellWord } from "./shell_word.ts";
import { hasControl, quoted, shown } from "./text.ts";

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A profile, and those it includes with aws-vault's `include_profile`, nearest first. */
export interface Profile {
  readonly name: string;
  readonly entry: ProfileEntry;
  readonly included: readonly ProfileEntry[];
}

/**
 * The profile with that name.
 *
 * Throws Failure "config" where there is none (naming the nearest names), or where `include_profile` names none or
 * comes back to a profile.
 */
export function findProfile(name: string, config: Config): Profile {
  const entry = config.profiles.get(name);
  if (entry === undefined) throw unknownProfile(name, config);
  const chain = new Map([[name, entry]]);
  for (let last = entry, next = includeOf(last); next !== undefined; next = includeOf(last)) {
    if (chain.has(next)) throw loop("include_profile", [...chain.keys(), next]);
    const included = config.profiles.get(next);
    if (included === undefined) throw missing(last.name, "include_profile", next, config);
    chain.set(next, included);
    last = included;
  }
  return { name, entry, included: [...chain.values()].slice(1) };
}

/**
 * The value of `key` for the profile: its own, else that of the nearest included profile; `undefined` where there is
 * none or it is empty. Keys of credentials are never taken from an included profile: they are an identity.
 *
 * Throws Failure "config" for a block of indented lines and for control characters (without showing the value).
 */
export function setting(profile: Profile, key: string): string | undefined {
  return textOf(profile.name, key, find(profile, key)?.value) || undefined;
}

/** Whether the profile has `key` at all, empty or not, by itself or by inclusion. */
export function hasSetting(profile: Profile, key: string): boolean {
  return find(profile, key) !== undefined;
}

/** `value` as text. Throws as {@link setting}. */
export function textOf(profile: string, key: string, value: unknown): string {
  if (value === undefined) return "";
  const fault = typeof value !== "string" ? "is a block of lines" : hasControl(value) ? "has control characters" : "";
  if (typeof value === "string" && fault === "") return value;
  throw new Failure("config", `"${key}" of profile ${quoted(profile)} ${fault}`, {
    hint: `set it to one line of text: a line that is indented belongs to the line before it`,
  });
}

/** The Failure for a setting of `profile` that names a profile which is not there. */
export function missing(profile: string, key: string, name: string, config: Config): Failure {
  const near = didYouMean(name, config.profiles.keys());
  return new Failure("config", `${key} of profile ${quoted(profile)} is ${quoted(name)}, and there is none${near}`, {
    hint: `name another one of aws-use list: ${setCommand(profile, key)}`,
  });
}

function setCommand(profile: string, key: string): string {
  return `aws configure set ${key} NAME --profile ${shellWord(profile)}`;
}

/** The Failure for profiles that lead back to one of them: the last of `names` is there twice. */
export function loop(key: string, names: readonly string[]): Failure {
  const circle = names.slice(names.indexOf(names[names.length - 1])).map((name) => quoted(name));
  const named = circle.length <= 8 ? circle : [...circle.slice(0, 4), "…", ...circle.slice(-3)];
  return new Failure("config", `${key} runs in a loop: ${named.join(" → ")}`, {
    cause: { name: "loop", profiles: names.slice(names.indexOf(names[names.length - 1])) },
    hint: key === "source_profile"
      ? `name one that has keys: ${setCommand(names[names.length - 2], key)}`
      : `take ${key} out of one of them`,
  });
}

/** Why profiles may be missed, as error and hint: a file that should be there is not; undefined where each is. */
export function absentFile({ absent }: Config): { readonly why: string; readonly hint: string } | undefined {
  return absent.length === 0 ? undefined : whyAbsent(absent[0]);
}

export function whyAbsent({ variable, path, isFolder }: AbsentFile): { readonly why: string; readonly hint: string } {
  if (variable === null) {
    const away = `move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
    return { why: `${shown(path)} is a folder and no file`, hint: away };
  }
  const what = isFolder ? "is a folder and no file" : "is not there";
  return {
    why: path === "" ? `${variable} is set, and names no file` : `${variable} names ${shown(path)}, which ${what}`,
    hint: `correct the path, or: unset ${variable}`,
  };
}

function unknownProfile(name: string, config: Config): Failure {
  const absent = absentFile(config);
  if (absent) {
    return new Failure("config", `there is no profile ${quoted(name)}: ${absent.why}`, {
      hint: absent.hint,
      cause: { name: "unknownProfile" },
    });
  }
  const near = didYouMean(name, config.profiles.keys());
  const places = [config.configFile.path, config.credentialsFile.path].filter((path) => path !== "").map((p) =>
    shown(p)
  );
  return new Failure("config", `there is no profile ${quoted(name)}${near}`, {
    hint: config.profiles.size > 0
      ? "see the profiles that there are with: aws-use list"
      : `no profile at all was found in ${places.join(" and ")}; make one with: aws configure`,
    cause: { name: "unknownProfile" },
  });
}

function includeOf(entry: ProfileEntry): string | undefined {
  return textOf(entry.name, "include_profile", lookUp(entry, "include_profile")?.value) || undefined;
}

function find(profile: Profile, key: string) {
  for (const entry of [profile.entry, ...profile.included]) {
    const found = lookUp(entry, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
