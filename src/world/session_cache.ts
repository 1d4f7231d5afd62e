/**
 * The cache: a directory of ours alone (0700) with small files (0600), each written beside itself and renamed.
 *
 *   sessions/  GetSessionToken, roles/  AssumeRole, env/NAME  the wire lines of a profile's last answer,
 *   tab/profiles  the names of hundreds of profiles,
 *   windows/   which windows of which MFA device are spent, devices/  what iam:ListMFADevices said,
 *   locks/     one advisory lock a key, uses  the names of the profiles that were switched to
 *
 * What cannot be read is told and treated as empty. What is not ours, open to others or a link is an error and never a
 * miss: somebody else may have put it there.
 */
import { type CacheFolder as Folder, cacheFolders, isFileOfOurs, isNameOfOurs, usesFile } from "../core/cache_files.ts";
import { shellWord } from "../core/shell_word.ts";
import { hasControl, quoted, shown } from "../core/text.ts";
import { isFromFuture, parseSession, type Session } from "../core/session.ts";
import { temporaryPrefix } from "../core/temporary.ts";
import { formatUses, parseUses } from "../core/uses.ts";
import { Failure } from "../errors.ts";
import { anotherDirectory, cacheRemedy } from "./cache_remedy.ts";
import { isWaitingNote, takenInTime, waitingNote } from "./lock_wait.ts";
import type { Environment, Files, Lock, World } from "./world.ts";

export type SessionKind = "sessions" | "roles";
export type { Folder };

export interface SessionCache {
  readonly root: string;
  /** False where the directory cannot be made or written: then nothing is kept beyond this process. */
  readonly usable: boolean;
  /** A cached session; null also for one that was written when the clock was ahead. */
  readSession(kind: SessionKind, key: string): Promise<Session | null>;
  writeSession(kind: SessionKind, key: string, session: Session): Promise<void>;
  readText(folder: Folder, name: string): Promise<string | null>;
  /** What `parse` makes of a file; where that is null the file is told to be no `what`, and counts as absent. */
  readParsed<T>(folder: Folder, name: string, what: string, parse: (text: string) => T | null): Promise<T | null>;
  /** Writes a file, and returns whether it is kept; a disk that is full or read-only is told once and is no error. */
  writeText(folder: Folder, name: string, text: string, modifiedMs?: number): Promise<boolean>;
  remove(folder: Folder, name: string): Promise<void>;
  /** Names in a folder that ours have; others may have put something there. */
  names(folder: Folder): Promise<readonly string[]>;
  /** Removes every file of ours in a folder, or the one with that name, and returns how many there were. */
  empty(folder: Folder, only?: string): Promise<number>;
  /** Runs `action` while no other aws-use runs one under the same name. `what` says what the other one does. */
  exclusively<T>(name: string, what: string, action: (lock: Lock, note: string) => Promise<T>): Promise<T>;
  /** What `question` returns; while it stands, who waits for a lock of ours reads that this process waits for `what`. */
  whileAsking<T>(what: string, question: () => Promise<T>): Promise<T>;
  /** Appends to the list of profiles that were switched to. */
  noteUse(profile: string): Promise<void>;
  /** How often each profile was switched to. */
  uses(): Promise<ReadonlyMap<string, number>>;
}

/**
 * Root of the cache; the shell plugins compute the same.
 *
 * Throws Failure("cannotCreate") for a relative one: each folder that the person works in would get a cache of its own,
 * with credentials, among files that others see.
 */
export function cacheRoot(environment: Environment): string {
  const { get } = environment;
  const setting = (["AWS_USE_CACHE_DIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"] as const).find(get);
  const folder = setting === undefined ? `${get("HOME") ?? ""}/.cache` : get(setting)!;
  if (!folder.startsWith("/")) {
    throw new Failure(
      "cannotCreate",
      `the cache is refused: ${setting ?? "HOME"} is ${quoted(folder)}, which is no absolute path`,
      {
        hint: setting ? `correct it, or: unset ${setting}` : "export HOME=/an/absolute/path",
      },
    );
  }
  const root = setting === "AWS_USE_CACHE_DIR" ? folder : `${folder}/aws-use`;
  // With a slash at its end a link would be followed when we look whether it is one.
  return root.replace(/(?<=.)\/+$/, "");
}

/** Bytes from which on the list of switches is counted up. */
const usesLimit = 65_536;

/** What was told in this process, so that one trouble is one warning however often it is met. */
const toldIn = new WeakMap<World, Set<string>>();

/**
 * The cache of this user; to `read` it, nothing is made or swept. Throws Failure("cannotCreate"), as every method does,
 * for what is foreign, open to others or a link.
 */
export async function openCache(world: World, purpose: "change" | "read" = "change"): Promise<SessionCache> {
  const { files, output } = world;
  const root = cacheRoot(world.environment);
  const usesPath = `${root}/${usesFile}`;
  const told = toldIn.get(world) ?? new Set();
  toldIn.set(world, told);
  const tell = (path: string, text: string) => {
    if (!told.has(path) && !told.has(root)) output.err(`aws-use: warning: ${text}`);
    told.add(path);
  };
  const warn = (error: unknown, path = root) => {
    // Ctrl-C ends the wait for a lock too, and that is no trouble of the cache.
    if (world.signal.aborted) return;
    if (!told.has(path)) tell(root, `nothing is cached in ${shown(root)}: ${reasonOf(error)}`);
  };

  const usable = await (async () => {
    try {
      if (!await isOurs(world, root, root, "directory")) {
        if (purpose === "read") return false;
        await files.makeDirectory(root, 0o700);
        // Making one that is there by now is no error, and somebody else may have put it there in between.
        await isOurs(world, root, root, "directory");
      }
      for (const folder of cacheFolders) {
        const path = `${root}/${folder}`;
        if (!await isOurs(world, root, path, "directory") && purpose === "change") {
          await files.makeDirectory(path, 0o700);
          await isOurs(world, root, path, "directory");
        }
      }
      // Refused now, and not after credentials were handed out.
      await isOurs(world, root, usesPath, "file").catch((error) => {
        if (error instanceof Failure) throw error;
      });
      return true;
    } catch (error) {
      if (error instanceof Failure) throw error;
      warn(error);
      return false;
    }
  })();

  /** What could not be written, so that at least this process has it. */
  const unwritten = new Map<string, string>();
  const held = new Set<Lock>();
  const pathOf = (folder: Folder, name: string) => `${root}/${folder}/${name}`;

  const cache: SessionCache = {
    root,
    usable,

    async readSession(kind, key) {
      const session = await cache.readParsed(kind, key, "session", parseSession);
      return session !== null && isFromFuture(session, world.clock.nowMs()) ? null : session;
    },

    async writeSession(kind, key, session) {
      await cache.writeText(kind, key, `${JSON.stringify(session)}\n`);
    },

    async readText(folder, name) {
      const path = pathOf(folder, name);
      const kept = unwritten.get(path);
      if (kept !== undefined || !usable) return kept ?? null;
      try {
        return await isOurs(world, root, path, "file") ? await files.readText(path) : null;
      } catch (error) {
        if (error instanceof Failure) throw error;
        tell(path, `cannot read ${shown(path)}: ${reasonOf(error)}`);
        return null;
      }
    },

    async readParsed(folder, name, what, parse) {
      const text = await cache.readText(folder, name);
      if (text === null) return null;
      const path = pathOf(folder, name);
      const parsed = parse(text);
      if (parsed === null) tell(path, `${shown(path)} is no ${what}; it is replaced`);
      return parsed;
    },

    async writeText(folder, name, text, modifiedMs) {
      const path = pathOf(folder, name);
      unwritten.set(path, text);
      if (!usable) return false;
      try {
        await cache.exclusively("write", "writes the cache", () => files.replace(path, text, 0o600, modifiedMs));
        unwritten.delete(path);
        return true;
      } catch (error) {
        if (error instanceof Failure) throw error;
        warn(error, path);
        return false;
      }
    },

    async remove(folder, name) {
      const path = pathOf(folder, name);
      unwritten.delete(path);
      if (!usable || !(await files.status(path))?.isFile) return;
      await files.remove(path).catch(async (cause) => {
        throw new Failure("io", `cannot remove ${shown(path)}: ${reasonOf(cause)}`, {
          hint: await cacheRemedy(world, root, `make the cache writable: chmod 700 ${shellWord(`${root}/${folder}`)}`),
          cause,
        });
      });
    },

    async names(folder) {
      if (!usable) return [];
      return (await files.names(`${root}/${folder}`)).filter((name) => isNameOfOurs(folder, name));
    },

    async empty(folder, only) {
      let removed = 0;
      for (const name of await cache.names(folder)) {
        if (name !== (only ?? name) || !await isFileThere(folder, name)) continue;
        await cache.remove(folder, name);
        removed++;
      }
      return removed;
    },

    async exclusively(name, what, action) {
      if (!usable) return await action(noLock, "");
      const path = pathOf("locks", name);
      const { lock, noted } = await takenInTime(world, path, what, async () => {
        try {
          const isThere = await isOurs(world, root, path, "file");
          if (purpose === "change") return await files.lock(path);
          return isThere ? await files.lock(path, { existing: true }) : { lock: noLock, noted: "" };
        } catch (error) {
          if (error instanceof Failure) throw error;
          warn(error, path);
          return { lock: noLock, noted: "" };
        }
      });
      held.add(lock);
      try {
        if (isWaitingNote(noted)) await lock.clear();
        return await action(lock, noted);
      } finally {
        held.delete(lock);
        lock.release();
      }
    },

    async whileAsking(what, question) {
      const locks = [...held];
      // A note that cannot be written costs a word, and no code.
      for (const lock of locks) await lock.note(waitingNote(world, what)).catch(() => {});
      try {
        return await question();
      } finally {
        for (const lock of locks) await lock.clear().catch(() => {});
      }
    },

    async noteUse(profile) {
      if (!usable || hasControl(profile)) return;
      try {
        await isOurs(world, root, usesPath, "file");
        await files.append(usesPath, `${profile}\n`, 0o600);
        const size = (await files.status(usesPath))?.size ?? 0;
        if (size > usesLimit) await countUp();
      } catch (error) {
        if (error instanceof Failure) throw error;
        warn(error, usesPath);
      }
    },

    async uses() {
      if (!usable) return new Map();
      try {
        return parseUses(await isOurs(world, root, usesPath, "file") ? await files.readText(usesPath) ?? "" : "");
      } catch (error) {
        if (error instanceof Failure) throw error;
        tell(usesPath, `cannot read ${shown(usesPath)}: ${reasonOf(error)}`);
        return new Map();
      }
    },
  };

  /** Whether there is a file of ours, by its text too. */
  async function isFileThere(folder: Folder, name: string): Promise<boolean> {
    const path = pathOf(folder, name);
    if (!(await files.status(path))?.isFile) return false;
    // What cannot be read does not say that it is ours.
    return isFileOfOurs(folder, name, await files.readText(path).catch(() => null) ?? "not ours");
  }

  async function countUp(): Promise<void> {
    await cache.exclusively("write", "writes the cache", async () => {
      await files.replace(usesPath, formatUses(await cache.uses()), 0o600);
    });
  }

  if (usable && purpose === "change") await sweep(cache, files, root).catch((error) => warn(error));
  return cache;
}

const noLock: Lock = { path: null, note: () => Promise.resolve(), clear: () => Promise.resolve(), release: () => {} };

/** Removes what a killed writer left. Under the writers' lock no file is being written, so what is there is a leftover. */
async function sweep(cache: SessionCache, files: Files, root: string): Promise<void> {
  const leftovers = async () => {
    const paths = [`${root}/${temporaryPrefix}${usesFile}`];
    for (const folder of cacheFolders) {
      const names = (await cache.names(folder)).filter((name) => name.startsWith(temporaryPrefix));
      paths.push(...names.map((name) => `${root}/${folder}/${name}`));
    }
    const found = await Promise.all(paths.map((path) => files.status(path)));
    return paths.filter((_, at) => found[at] && !found[at].isDirectory);
  };
  if ((await leftovers()).length === 0) return;
  await cache.exclusively("write", "writes the cache", async () => {
    for (const path of await leftovers()) await files.remove(path);
  });
}

/**
 * Whether there is a `kind` at `path`, in or at `root`; false where there is nothing. Throws Failure("cannotCreate") for what somebody else
 * may read or have put there, Error for something of our own that is no `kind`.
 */
async function isOurs(world: World, root: string, path: string, kind: "directory" | "file"): Promise<boolean> {
  const { files, uid } = world;
  const status = await files.status(path);
  if (status === null) return false;
  const refuse = async (why: string, command?: string) => {
    throw new Failure("cannotCreate", `the cache is refused: ${shown(path)} ${why}`, {
      hint: command === undefined ? anotherDirectory : await cacheRemedy(world, root, command),
    });
  };
  if (status.isLink) await refuse("is a link", `remove it: rm ${shellWord(path)}`);
  if (uid !== null && status.uid !== uid) await refuse(`belongs to user ${status.uid} and you are user ${uid}`);
  // Before its mode, which mends nothing of that.
  if (kind === "directory" ? !status.isDirectory : !status.isFile) throw new Error(`${shown(path)} is no ${kind}`);
  if (status.mode & 0o077) {
    await refuse(
      `is open to others (mode ${status.mode.toString(8).padStart(4, "0")})`,
      `${kind === "directory" ? "chmod 700" : "chmod 600"} ${shellWord(path)}`,
    );
  }
  return true;
}

function reasonOf(error: unknown): string {
  const text = shown(error instanceof Error ? error.message : String(error));
  return text.replace(/: \w+ '.*$/, "");
}
