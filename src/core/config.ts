import {
  type ConfigFile,
  type Option,
  parse,
  parseTolerant,
  type Problem,
  refused,
  type Section,
  type Value,
} from "./config_file.ts";
import { shellWord } from "./shell_word.ts";
import { shellWords } from "./shell_words.ts";

/** The texts of the two files; `null` for one that does not exist, which botocore takes for an empty one. */
export interface ConfigTexts {
  readonly configText: string | null;
  readonly configPath: string;
  readonly credentialsText: string | null;
  readonly credentialsPath: string;
  readonly absent?: Config["absent"];
  /** What `decodeTolerant` had to replace in them. */
  readonly undecoded?: readonly Problem[];
}

/** A section together with the `[DEFAULT]` of its file. */
export interface Block {
  readonly section: Section;
  readonly defaults: ReadonlyMap<string, Option>;
}

/** A profile as the files have it: its section of the config file, its section of the credentials file, or both. */
export interface ProfileEntry {
  readonly name: string;
  readonly config?: Block;
  readonly credentials?: Block;
}

/** What both files say, profiles in the order of the files. `problems` is empty unless the files were read tolerantly. */
export interface Config {
  readonly configFile: ConfigFile;
  readonly credentialsFile: ConfigFile;
  readonly profiles: ReadonlyMap<string, ProfileEntry>;
  readonly ssoSessions: ReadonlyMap<string, Block>;
  readonly services: ReadonlyMap<string, Block>;
  readonly problems: readonly Problem[];
  /** Files that are not there although they should be: likely why a profile is missed. */
  readonly absent: readonly AbsentFile[];
}

export interface AbsentFile {
  readonly path: string;
  /** Whether a folder is in its place, which counts as no file. */
  readonly isFolder: boolean;
  /** The variable that names it; null for the usual place. */
  readonly variable: string | null;
}

/**
 * Both files put together as botocore's `full_config` does.
 *
 * Throws Failure "data" naming file and line where botocore refuses a file.
 */
export function readConfig(texts: ConfigTexts): Config {
  if (texts.undecoded?.length) throw refused(texts.undecoded[0]);
  const configFile = parse(texts.configText ?? "", texts.configPath);
  return merge(configFile, parse(texts.credentialsText ?? "", texts.credentialsPath), [], texts);
}

/** As {@link readConfig}, but what cannot be read is left out and told in `problems`. */
export function readConfigTolerant(texts: ConfigTexts): Config {
  const config = parseTolerant(texts.configText ?? "", texts.configPath);
  const credentials = parseTolerant(texts.credentialsText ?? "", texts.credentialsPath);
  const problems = [...texts.undecoded ?? [], ...config.problems, ...credentials.problems];
  return merge(config.file, credentials.file, problems, texts);
}

/** The value of `key` in the profile and the file it comes from; the credentials file goes first, each with its `[DEFAULT]`. */
export function lookUp(
  entry: ProfileEntry,
  key: string,
): { readonly value: Value; readonly from: "config" | "credentials" } | undefined {
  for (const from of ["credentials", "config"] as const) {
    const value = valueIn(entry[from], key);
    if (value !== undefined) return { value, from };
  }
  return undefined;
}

/** The value of `key` in one section, inherited from its file's `[DEFAULT]` where it has none. */
export function valueIn(block: Block | undefined, key: string): Value | undefined {
  return (block?.section.options.get(key) ?? block?.defaults.get(key))?.value;
}

/** Every key that the profile has in either file. */
export function keysOf(entry: ProfileEntry): ReadonlySet<string> {
  const blocks = [entry.config, entry.credentials].filter((block) => block !== undefined);
  return new Set(blocks.flatMap((block) => [...block.defaults.keys(), ...block.section.options.keys()]));
}

/**
 * The text of an AWS file, UTF-8 as botocore wants it; a byte order mark stays, because an edit must give it back.
 *
 * Throws Failure "data" naming path and line for bytes that are no UTF-8.
 */
export function decodeConfig(bytes: Uint8Array, path: string): string {
  const { text, problems } = decodeTolerant(bytes, path);
  if (problems.length > 0) throw refused(problems[0]);
  return text;
}

/** As {@link decodeConfig}, but what is no UTF-8 is replaced (U+FFFD) and told in `problems`, by its first line. */
export function decodeTolerant(bytes: Uint8Array, path: string): { text: string; problems: readonly Problem[] } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), problems: [] };
  } catch {
    const [file, copy] = [path, `${path}.latin1`].map(shellWord);
    // Into the file and not over it: its mode stays, and who else may read it.
    const hint = `if it is Latin-1: cp -p ${file} ${copy} && iconv -f LATIN1 -t UTF-8 ${copy} > ${file} && rm ${copy}`;
    const problem = { path, line: firstBrokenLine(bytes), message: "it is not UTF-8", hint };
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), problems: [problem] };
  }
}

function firstBrokenLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let start = 0;
  for (let line = 1;; line++) {
    const end = bytes.indexOf("\n".charCodeAt(0), start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}

function merge(
  configFile: ConfigFile,
  credentialsFile: ConfigFile,
  problems: readonly Problem[],
  { absent = [] }: ConfigTexts,
): Config {
  const profiles = new Map<string, ProfileEntry>();
  const ssoSessions = new Map<string, Block>();
  const services = new Map<string, Block>();
  for (const section of configFile.sections.values()) {
    const block = { section, defaults: configFile.defaults };
    const { header } = section;
    // botocore looks at how the header begins, then at its second word: [profiles x] is a profile too.
    const kind = ["profile", "sso-session", "services"].find((prefix) => header.startsWith(prefix));
    const name = header === "default" ? header : kind && secondOfTwo(header);
    if (name === undefined) continue;
    if (kind === "sso-session") ssoSessions.set(name, block);
    else if (kind === "services") services.set(name, block);
    else profiles.set(name, { name, config: block });
  }
  for (const section of credentialsFile.sections.values()) {
    const name = section.header;
    const block = { section, defaults: credentialsFile.defaults };
    profiles.set(name, { ...profiles.get(name), name, credentials: block });
  }
  return { configFile, credentialsFile, profiles, ssoSessions, services, problems, absent };
}

function secondOfTwo(header: string): string | undefined {
  const words = shellWords(header);
  return words?.length === 2 ? words[1] : undefined;
}
