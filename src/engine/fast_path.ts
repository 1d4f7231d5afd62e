/** The file env/NAME of the cache, from which a shell plugin switches without starting a process. */
import { hasControl } from "../core/text.ts";
import { isVerb } from "../cli.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { Environment, World } from "../world/world.ts";
import type { WorldConfig } from "./config.ts";

/** Under which values of these the file was made; the plugins compare them with today's. */
const circumstances = [
  "HOME",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_STS",
  "AWS_ENDPOINT_URL_IAM",
  "AWS_USE_COMPAT",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
] as const;

/** First line of the file but for its last field; null as {@link circumstancesHeader} is. */
export function fastPathHeader(environment: Environment): string | null {
  return circumstancesHeader(environment, circumstances);
}

/**
 * First line, but for its last field, of a file that was made under these values of `names`; null where no shell may use one:
 * a value that cannot stand in a line, a path that only the core expands, and an empty path, which is not the usual one
 * although it would look the same here.
 */
export function circumstancesHeader(environment: Environment, names: readonly string[]): string | null {
  const values = names.map((name) => environment.get(name) ?? "");
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = environment.all(); // where empty is not yet unset
  const paths = [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE];
  if (values.some(hasControl) || paths.some((path) => path === "" || path?.includes("$"))) return null;
  return `# ${values.join("\t")}\t`;
}

/** The file's text. `atMs`: when the config was read, milliseconds since 1970; the shell refuses a time to come. */
export function fastPathText(header: string, lines: string, atMs: number): string {
  return `${header}${Math.floor(atMs / 1000)}\n${lines}`;
}

/** Whether `text` says the same as one with this header and these lines that was made now or before. */
export function saysTheSame(text: string, header: string, lines: string, nowMs: number): boolean {
  return madeUnder(text, header, nowMs) && text.slice(text.indexOf("\n") + 1) === lines;
}

/** Whether `text` begins with this header and a time that is not to come. */
export function madeUnder(text: string, header: string, nowMs: number): boolean {
  const made = text.startsWith(header) ? /^(\d{1,12})\n/.exec(text.slice(header.length)) : null;
  return made !== null && Number(made[1]) <= nowMs / 1000;
}

/**
 * Whether file `path` of the cache is newer than both AWS files, of which one at least is there, and their folders, which
 * change when a file moves or goes. Without either file there is no profile left of which it could speak.
 */
export async function isNewerThanFiles(
  path: string,
  world: World,
  cache: SessionCache,
  read: Pick<WorldConfig, "configPath" | "credentialsPath">,
): Promise<boolean> {
  const files = [read.configPath, read.credentialsPath];
  const paths = [`${cache.root}/${path}`, ...files, ...files.map(folderOf)];
  const [own, ...others] = await Promise.all(paths.map((each) => world.files.status(each)));
  if (own === null || !others.slice(0, files.length).some((file) => file?.isFile || file?.isLink)) return false;
  return others.every((other) => other === null || other.modifiedMs < own.modifiedMs);
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Whether a shell may look for the file by itself: the name is a file name (at most 255 bytes), no flag and no verb. */
export function isPlainName(profile: string): boolean {
  return /^[A-Za-z0-9._@+][A-Za-z0-9._@+-]{0,249}$/.test(profile) && !/^\.{1,2}$/.test(profile) && !isVerb(profile);
}
