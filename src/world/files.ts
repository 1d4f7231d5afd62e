// deno-lint-ignore-file require-await -- the interface leaves the choice; see below
/**
 * The file system. All but locks is done synchronously: these are small local files, and a hop to another thread takes
 * longer than the call itself (measured: 14 status calls 1.0 ms, synchronously 0.1 ms).
 */
import { temporaryPrefix } from "../core/temporary.ts";
import type { Files, FileStatus, Lock } from "./world.ts";

export const denoFiles: Files = {
  async readText(path) {
    return orNull(() => Deno.readTextFileSync(path));
  },

  async readBytes(path) {
    return orNull(() => Deno.readFileSync(path));
  },

  async status(path, { follow = false } = {}) {
    return orNull(() => statusOf(follow ? Deno.statSync(path) : Deno.lstatSync(path)));
  },

  async realPath(path) {
    return orNull(() => Deno.realPathSync(path));
  },

  async makeDirectory(path, mode) {
    Deno.mkdirSync(path, { recursive: true, mode });
  },

  async names(path) {
    return orNull(() => Array.from(Deno.readDirSync(path), (entry) => entry.name)) ?? [];
  },

  async replace(path, text, mode, modifiedMs) {
    const slash = path.lastIndexOf("/") + 1;
    const temporary = `${path.slice(0, slash)}${temporaryPrefix}${path.slice(slash)}`;
    // Left over from a killed writer, or put there by somebody else: never written through.
    orNull(() => Deno.removeSync(temporary));
    try {
      Deno.writeTextFileSync(temporary, text, { createNew: true, mode });
      // The umask takes bits away that a file of the person's may have.
      if ((mode & 0o077) !== 0) Deno.chmodSync(temporary, mode);
      // Before it has its name: a reader in between, or for good if we are killed there, would take it for newer than it is.
      if (modifiedMs !== undefined) Deno.utimeSync(temporary, new Date(modifiedMs), new Date(modifiedMs));
      Deno.renameSync(temporary, path);
    } catch (error) {
      removeQuietly(temporary);
      throw error;
    }
  },

  async append(path, text, mode) {
    Deno.writeTextFileSync(path, text, { append: true, create: true, mode });
  },

  async remove(path) {
    orNull(() => Deno.removeSync(path));
  },

  async lock(path, { existing = false } = {}) {
    const writing = existing ? {} : { write: true, create: true, mode: 0o600 };
    const file = await Deno.open(path, { read: true, ...writing });
    try {
      await file.lock(true);
      const held = heldLock(path, file);
      return {
        lock: existing ? { ...held, path: null, note: async () => {}, clear: async () => {} } : held,
        noted: await textOf(file),
      };
    } catch (error) {
      file.close();
      throw error;
    }
  },
};

function heldLock(path: string, file: Deno.FsFile): Lock {
  return {
    path,
    async note(text) {
      await file.truncate();
      await file.seek(0, Deno.SeekMode.Start);
      await file.write(new TextEncoder().encode(text));
    },
    clear: () => file.truncate(),
    // Closing the descriptor gives the lock back; the file stays, because removing it would let two hold "the" lock.
    release: () => file.close(),
  };
}

/** The start of a file that holds a line at most. */
async function textOf(file: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array(1024);
  return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
}

function statusOf(info: Deno.FileInfo): FileStatus {
  return {
    isFile: info.isFile,
    isDirectory: info.isDirectory,
    isLink: info.isSymlink,
    mode: (info.mode ?? 0) & 0o7777,
    uid: info.uid ?? 0,
    size: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
  };
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Why the file could not be written is what matters; the next call removes what is left of it.
  }
}

function orNull<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
