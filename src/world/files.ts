/** The file system. */
import type { Files, FileStatus, Lock } from "./world.ts";

/** First character of the name of a file that is being written; no plain profile name has it. */
export const temporaryPrefix = "~";

export const denoFiles: Files = {
  async readText(path) {
    return await orNull(() => Deno.readTextFileSync(path));
  },

  async readBytes(path) {
    return await orNull(() => Deno.readFileSync(path));
  },

  async status(path) {
    return await orNull(() => statusOf(Deno.lstatSync(path)));
  },

  async makeDirectory(path, mode) {
    await Deno.mkdirSync(path, { recursive: true, mode });
  },

  async names(path) {
    return await orNull(() => Array.from(Deno.readDirSync(path), (entry) => entry.name)) ?? [];
  },

  async replace(path, text, mode, modifiedMs) {
    const slash = path.lastIndexOf("/") + 1;
    const temporary = `${path.slice(0, slash)}${temporaryPrefix}${path.slice(slash)}`;
    // Left over from a killed writer, or put there by somebody else: never written through.
    await orNull(() => Deno.remove(temporary));
    try {
      await Deno.writeTextFile(temporary, text, { createNew: true, mode });
      // Before it has its name: a reader in between, or for good if we are killed there, would take it for newer than it is.
      if (modifiedMs !== undefined) await Deno.utime(temporary, new Date(modifiedMs), new Date(modifiedMs));
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
      return { lock: heldLock(path, file), noted: await textOf(file) };
    } catch (error) {
      file.close();
      throw error;
    }
  },
};

function heldLock(path: string, file: Deno.FsFile): Lock {
  return {
    path,
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

async function orNull<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
