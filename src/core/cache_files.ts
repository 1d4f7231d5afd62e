/**
 * Which files of the cache's folders are ours. The person may have named a folder that has an `env` or a `windows` of their
 * own, and what is cleared or swept there must not be theirs.
 */
import { temporaryPrefix } from "./temporary.ts";

export const cacheFolders = ["sessions", "roles", "env", "tab", "windows", "devices", "locks"] as const;

export type CacheFolder = typeof cacheFolders[number];

/** What lies beside them in the root, besides the same name while it is being written. */
export const usesFile = "uses";

/** What a SHA-256 over the request names. */
const hash = /^[0-9a-f]{64}$/;

/** install.sh has those of `windows` and `locks` too. */
const names: Readonly<Record<CacheFolder, RegExp>> = {
  sessions: hash,
  roles: hash,
  env: /^[A-Za-z0-9._@+][A-Za-z0-9._@+-]{0,249}$/,
  tab: /^profiles$/,
  windows: hash,
  devices: /^((key-|refused-)?[0-9a-f]{64}|\w+)$/,
  locks: /^(config|write|ykman|(mfa-)?[0-9a-f]{64})$/,
};

const withCircumstances = /^# ([^\t\n]*\t){3,}\d{1,12}\n/;

/** How the files begin whose names others could have given as well. */
const beginnings: Readonly<Partial<Record<CacheFolder, RegExp>>> = {
  env: withCircumstances,
  tab: withCircumstances,
  devices: /^(\d+[ \n]|\{.*"askedAt":\d)/,
};

/** Whether a file of ours in `folder` may have this name, also while it is being written. */
export function isNameOfOurs(folder: CacheFolder, name: string): boolean {
  return names[folder].test(name.startsWith(temporaryPrefix) ? name.slice(temporaryPrefix.length) : name);
}

/** Whether a file of that name with this text is ours; a full disk leaves an empty one. */
export function isFileOfOurs(folder: CacheFolder, name: string, text: string): boolean {
  return isNameOfOurs(folder, name) && (text === "" || (beginnings[folder]?.test(text) ?? true));
}
