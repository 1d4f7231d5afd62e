/**
 * The cache: a directory of ours alone (0700) with small files (0600), each written beside itself and renamed.
 *
 *   sessions/  GetSessionToken, roles/  AssumeRole, env/NAME  the wire lines of a profile's last answer,
 *   windows/   which windows of which MFA device are spent, devices/  what iam:ListMFADevices said,
 *   locks/     one advisory lock a key, uses  the names of the profiles that were switched to
 *
 * What cannot be read is told and treated as empty. What is not ours, open to others or a link is an error and never a
 * miss: somebody else may have put it there.
 */
import { hasControl, shown } from "../core/text.ts";
import { parseSession, type Session } from "../core/session.ts";
import { formatUses, parseUses } from "../core/uses.ts";
import { Failure } from "../errors.ts";
import { temporaryPrefix } from "./files.ts";
import type { Environment, Files, Lock, World } from "./world.ts";

export type SessionKind = "sessions" | "roles";
export type Folder = SessionKind | "env" | "windows" | "devices" | "locks";

const folders: readonly Folder[] = ["sessions", "roles", "env", "windows", "devices", "locks"];

export interface SessionCache {
  readonly root: string;
  /** False where the directory cannot be made or written: then nothing is kept beyond this process. */
  readonly usable: boolean;
  readSession(kind: SessionKind, key: string): Promise<Session | null>;
  writeSession(kind: SessionKind, key: string, session: Session): Promise<void>;
  readText(folder: Folder, name: string): Promise<string | null>;
  /** Writes a file; a disk that is full or read-only is told once and is no error. */
  writeText(folder: Folder, name: string, text: string, modifiedMs?: number): Promise<void>;
  remove(folder: Folder, name: string): Promise<void>;
  /** Names of the files in a folder. */
  names(folder: Folder): Promise<readonly string[]>;
  /** Removes every file of a folder and returns how many there were. */
  empty(folder: Folder): Promise<number>;
  /** Runs `action` while no other aws-use runs one under the same name. `what` says what the other one does. */
  exclusively<T>(name: string, what: string, action: (lock: Lock, note: string) => Promise<T>): Promise<T>;
  /** Appends to the list of profiles that were switched to. */
  noteUse(profile: string): Promise<void>;
  /** How often each profile was switched to. */
  uses(): Promise<ReadonlyMap<string, number>>;
}

/** Root of the cache; the shell plugins compute the same. */
export function cacheRoot(environment: Environment): string {
  const own = environment.get("AWS_USE_CACHE_DIR");
  if (own) return own;
  const runtime = environment.get("XDG_RUNTIME_DIR");
  if (runtime) return `${runtime}/aws-use`;
  return `${environment.get("XDG_CACHE_HOME") ?? `${environment.get("HOME") ?? ""}/.cache`}/aws-use`;
}

/** How long another aws-use may hold a lock before we give up: a touch (15 s, ykman up to 25 s) or a code typed slowly. */
const lockTimeoutMs = 120_000;

/** Bytes from which on the list of switches is counted up. */
const usesLimit = 65_536;

/** The cache of this user; to `read` it, nothing is made or swept. Throws Failure("cannotCreate") for a directory that is foreign, open to others or a link. */
export async function openCache(world: World, purpose: "change" | "read" = "change"): Promise<SessionCache> {
  const { files, output } = world;
  const root = cacheRoot(world.environment);
  let told = false;
  const warn = (error: unknown) => {
    if (!told) output.err(`aws-use: warning: nothing is cached in ${shown(root)}: ${reasonOf(error)}`);
    told = true;
  };

  const usable = await (async () => {
    try {
      await refuseForeign(files, root, world.uid, true);
      if (await files.status(root) === null) {
        if (purpose === "read") return false;
        await files.makeDirectory(root, 0o700);
      }
      for (const folder of folders) {
        const path = `${root}/${folder}`;
        await refuseForeign(files, path, world.uid, true);
        if (purpose === "change" && await files.status(path) === null) await files.makeDirectory(path, 0o700);
      }
      return true;
    } catch (error) {
      if (error instanceof Failure) throw error;
      warn(error);
      return false;
    }
  })();

  const usesPath = `${root}/uses`;
  const memory = new Map<string, string>();
  const pathOf = (folder: Folder, name: string) => `${root}/${folder}/${name}`;

  const cache: SessionCache = {
    root,
    usable,

    async readSession(kind, key) {
      const text = await cache.readText(kind, key);
      if (text === null) return null;
      const session = parseSession(text);
      if (!session) output.err(`aws-use: warning: ${shown(pathOf(kind, key))} is no session; it is replaced`);
      return session;
    },

    async writeSession(kind, key, session) {
      await cache.writeText(kind, key, `${JSON.stringify(session)}\n`);
    },

    async readText(folder, name) {
      const path = pathOf(folder, name);
      if (!usable) return memory.get(path) ?? null;
      await refuseForeign(files, path, world.uid, false);
      try {
        return await files.readText(path);
      } catch (error) {
        output.err(`aws-use: warning: cannot read ${shown(path)}: ${reasonOf(error)}`);
        return memory.get(path) ?? null;
      }
    },

    async writeText(folder, name, text, modifiedMs) {
      const path = pathOf(folder, name);
      memory.set(path, text);
      if (!usable) return;
      try {
        await cache.exclusively("write", "writes the cache", async () => {
          await files.replace(path, text, 0o600);
          if (modifiedMs !== undefined) await files.touch(path, modifiedMs);
        });
      } catch (error) {
        if (error instanceof Failure) throw error;
        warn(error);
      }
    },

    async remove(folder, name) {
      memory.delete(pathOf(folder, name));
      if (usable) await files.remove(pathOf(folder, name));
    },

    async names(folder) {
      return usable ? await files.names(`${root}/${folder}`) : [];
    },

    async empty(folder) {
      const names = await cache.names(folder);
      for (const name of names) await files.remove(pathOf(folder, name));
      return names.length;
    },

    async exclusively(name, what, action) {
      if (!usable) return await action(noLock, "");
      const { lock, noted } = await patiently(world, what, async () => {
        try {
          return await files.lock(pathOf("locks", name));
        } catch (error) {
          warn(error);
          return { lock: noLock, noted: "" };
        }
      });
      try {
        return await action(lock, noted);
      } finally {
        lock.release();
      }
    },

    async noteUse(profile) {
      if (!usable || hasControl(profile)) return;
      await refuseForeign(files, usesPath, world.uid, false);
      try {
        await files.append(usesPath, `${profile}\n`, 0o600);
        const size = (await files.status(usesPath))?.size ?? 0;
        if (size > usesLimit) await files.replace(usesPath, formatUses(await cache.uses()), 0o600);
      } catch (error) {
        warn(error);
      }
    },

    async uses() {
      await refuseForeign(files, usesPath, world.uid, false);
      return parseUses(usable ? await files.readText(usesPath).catch(() => null) ?? "" : "");
    },
  };

  if (usable && purpose === "change") await sweep(cache, files, root).catch(warn);
  return cache;
}

/** Runs `take`, telling after a second what it waits for. Throws Failure("tryAgain") when it takes too long. */
async function patiently<T>(world: World, what: string, take: () => Promise<T>): Promise<T> {
  const progress = world.terminal.progress();
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const limit = async (): Promise<never> => {
    await world.clock.sleep(1000, signal);
    progress.show(`waiting for another aws-use, which ${what}, for at most ${lockTimeoutMs / 1000} s …`);
    await world.clock.sleep(lockTimeoutMs - 1000, signal);
    throw new Failure("tryAgain", `another aws-use, which ${what}, does not end`, {
      hint: "look for it with: pgrep -fl aws-use",
    });
  };
  try {
    return await Promise.race([take(), limit()]);
  } finally {
    over.abort();
    progress.end();
  }
}

const noLock: Lock = { note: () => Promise.resolve(), release: () => {} };

/** Removes what a killed writer left. Under the writers' lock no file is being written, so what is there is a leftover. */
async function sweep(cache: SessionCache, files: Files, root: string): Promise<void> {
  const leftovers = async () => {
    const found: string[] = [];
    for (const folder of folders) {
      for (const name of await files.names(`${root}/${folder}`)) {
        if (name.startsWith(temporaryPrefix)) found.push(`${root}/${folder}/${name}`);
      }
    }
    return found;
  };
  if ((await leftovers()).length === 0) return;
  await cache.exclusively("write", "writes the cache", async () => {
    for (const path of await leftovers()) await files.remove(path);
  });
}

/** Throws Failure("cannotCreate") for what somebody else may read or have put there; nothing there is fine. */
async function refuseForeign(files: Files, path: string, uid: number | null, directory: boolean): Promise<void> {
  const status = await files.status(path);
  if (status === null) return;
  const refuse = (why: string, hint: string) => {
    throw new Failure("cannotCreate", `the cache is refused: ${shown(path)} ${why}`, { hint });
  };
  const remove = `remove it: rm -rf '${shown(path)}'`;
  if (status.isLink) refuse("is a link", remove);
  if (directory ? !status.isDirectory : !status.isFile) refuse(`is no ${directory ? "directory" : "file"}`, remove);
  if (uid !== null && status.uid !== uid) {
    refuse(`belongs to user ${status.uid} and you are user ${uid}`, "set AWS_USE_CACHE_DIR to a directory of your own");
  }
  if (status.mode & 0o077) {
    refuse(
      `is open to others (mode ${status.mode.toString(8).padStart(4, "0")})`,
      `${directory ? "chmod 700" : "chmod 600"} '${shown(path)}'`,
    );
  }
}

function reasonOf(error: unknown): string {
  const text = shown(error instanceof Error ? error.message : String(error));
  return text.replace(/: (?:open|mkdir|lstat|rename|writefile|remove|utime) '.*$/, "");
}
