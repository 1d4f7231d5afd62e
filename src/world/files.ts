/** The file system. */
import type { Files, FileStatus, Lock } from "./world.ts";

/** First character of the name of a file that is being written; no plain profile name has it. */
export const temporaryPrefix = "~";

export const denoFiles: Files = {
  async readText(path) {
    return await orNull(() => Deno.readTextFile(path));
  },

  async readBytes(path) {
    return await orNull(() => Deno.readFile(path));
  },

  async status(path) {
    return await orNull(async () => statusOf(await Deno.lstat(path)));
  },

  async makeDirectory(path, mode) {
    await Deno.mkdir(path, { recursive: true, mode });
  },

  async names(path) {
    return await orNull(() => Array.fromAsync(Deno.readDir(path), (entry) => entry.name)) ?? [];
  },

  async replace(path, text, mode) {
    const slash = path.lastIndexOf("/") + 1;
    const temporary = `${path.slice(0, slash)}${temporaryPrefix}${path.slice(slash)}`;
    // Left over from a killed writer, or put there by somebody else: never written through.
    await orNull(() => Deno.remove(temporary));
    try {
      await Deno.writeTextFile(temporary, text, { createNew: true, mode });
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  },

  async append(path, text, mode) {
    await Deno.writeTextFile(path, text, { append: true, create: true, mode });
  },

  async remove(path) {
    await orNull(() => Deno.remove(path));
  },

  async lock(path) {
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      await file.lock(true);
      const noted = await Deno.readTextFile(path);
      return { lock: heldLock(file), noted };
    } catch (error) {
      file.close();
      throw error;
    }
  },

  async touch(path, modifiedMs) {
    await Deno.utime(path, new Date(modifiedMs), new Date(modifiedMs));
  },
};

function heldLock(file: Deno.FsFile): Lock {
  return {
    async note(text) {
      await file.truncate();
      await file.seek(0, Deno.SeekMode.Start);
      await file.write(new TextEncoder().encode(text));
    },
    // Closing the descriptor gives the lock back; the file stays, because removing it would let two hold "the" lock.
    release: () => file.close(),
  };
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

async function orNull<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
