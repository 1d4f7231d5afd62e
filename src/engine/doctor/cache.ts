/** The directory of the cache: ours alone, or one that the first call can make. */
import { cacheFolders } from "../../core/cache_files.ts";
import { secretVariables } from "../../core/secret_variables.ts";
import { shellWord } from "../../core/shell_word.ts";
import { shown } from "../../core/text.ts";
import { anotherDirectory, cacheRemedy } from "../../world/cache_remedy.ts";
import { cacheRoot, openCache, type SessionCache } from "../../world/session_cache.ts";
import type { FileStatus, World } from "../../world/world.ts";
import { systemReason } from "../config.ts";
import { broken, brokenBy, type Finding, ok } from "./finding.ts";

const name = "cache";

export interface CacheExamined {
  /** Null where it is refused, or nothing can be kept in it. */
  readonly cache: SessionCache | null;
  readonly findings: readonly Finding[];
}

export async function examineCache(world: World): Promise<CacheExamined> {
  try {
    const root = cacheRoot(world.environment);
    const trouble = await troubleOf(world, root).catch((error) => unusable(systemReason(error), anotherDirectory));
    if (trouble) return { cache: null, findings: [trouble] };
    const cache = await openCache(world, "read");
    const state = cache.usable ? "is yours alone" : "is not there yet; the first call makes it";
    return { cache, findings: [ok(name, `${shown(root)} ${state}`)] };
  } catch (error) {
    return { cache: null, findings: [brokenBy(name, error)] };
  }
}

/** Why nothing would be kept; what is not ours, open to others or a link is told by `openCache`. */
async function troubleOf(world: World, root: string): Promise<Finding | null> {
  const { files } = world;
  const status = await files.status(root);
  if (status === null) return await cannotBeMade(world, root);
  if (status.isLink) return null;
  if (!status.isDirectory) return await noDirectory(world, root, root);
  if (world.uid !== null && status.uid !== world.uid || status.mode & 0o077) return null;
  if ((status.mode & 0o700) !== 0o700) {
    const remedy = await cacheRemedy(world, root, `chmod 700 ${shellWord(root)}`);
    return unusable(`you may not write ${shown(root)} (mode ${octal(status)})`, remedy);
  }
  const there = [root];
  for (const path of cacheFolders.map((folder) => `${root}/${folder}`)) {
    const below = await files.status(path);
    if (below === null || below.isLink) continue;
    if (!below.isDirectory) return await noDirectory(world, root, path);
    there.push(path);
  }
  const closed = await firstClosed(world, there);
  return closed === undefined ? null : unusable(`you may not write ${shown(closed)}`, anotherDirectory);
}

/** Tried as far as it can be without making anything: the nearest folder that is there must take another one. */
async function cannotBeMade(world: World, root: string): Promise<Finding | null> {
  let folder = root;
  let status: FileStatus | null = null;
  while (status === null && folder !== "/") {
    folder = folder.replace(/\/+[^/]*$/, "") || "/";
    status = await world.files.status(folder, { follow: true });
  }
  const because = (why: string) => unusable(`${shown(root)} cannot be made: ${why}`, anotherDirectory);
  if (!status?.isDirectory) return because(`${shown(folder)} is no directory`);
  // Root may do what nobody may; where the kernel makes the folders up, as in /proc, it cannot.
  const isClosed = !(status.mode & 0o222) || await firstClosed(world, [folder]) !== undefined;
  return isClosed ? because(`you may not write ${shown(folder)} (mode ${octal(status)})`) : null;
}

/** Prints those of its arguments that this user may not put files into: only the system knows of groups and of mounts. */
const closedScript = 'for path do [ -w "$path" ] && [ -x "$path" ] || printf "%s\\0" "$path"; done';

async function firstClosed(world: World, paths: readonly string[]): Promise<string | undefined> {
  const child = (await world.processes()).spawn({
    command: "/bin/sh",
    args: ["-c", closedScript, "sh", ...paths],
    unset: secretVariables,
  });
  return (await child.stdout).split("\0").find(Boolean);
}

async function noDirectory(world: World, root: string, path: string): Promise<Finding> {
  const away = `move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
  return unusable(`${shown(path)} is no directory`, await cacheRemedy(world, root, away));
}

function unusable(message: string, remedy: string): Finding {
  return broken(name, "cannotCreate", `nothing is cached: ${message}`, remedy);
}

function octal({ mode }: FileStatus): string {
  return mode.toString(8).padStart(4, "0");
}
