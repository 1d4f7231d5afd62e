import type { Files, FileStatus } from "../../../src/world/world.ts";

export interface MemoryFiles extends Files {
  /** Texts by path. */
  readonly texts: Map<string, string>;
  readonly modes: Map<string, number>;
}

/** Files that exist only in this process. Everything below a directory that was made is there. */
export function memoryFiles(initial: Readonly<Record<string, string>>): MemoryFiles {
  const texts = new Map(Object.entries(initial));
  const modes = new Map<string, number>();
  const directories = new Set<string>();
  const locks = new Map<string, Promise<void>>();
  const isDirectory = (path: string) =>
    directories.has(path) || [...texts.keys()].some((p) => p.startsWith(`${path}/`));

  return {
    texts,
    modes,
    readText: (path) => Promise.resolve(texts.get(path) ?? null),
    readBytes(path) {
      const text = texts.get(path);
      return Promise.resolve(text === undefined ? null : new TextEncoder().encode(text));
    },
    status(path): Promise<FileStatus | null> {
      const isFile = texts.has(path);
      if (!isFile && !isDirectory(path)) return Promise.resolve(null);
      const mode = isFile ? modes.get(path) ?? 0o600 : 0o700;
      const size = texts.get(path)?.length ?? 0;
      return Promise.resolve({ isFile, isDirectory: !isFile, isLink: false, mode, uid: 1000, size, modifiedMs: 0 });
    },
    realPath: (path) => Promise.resolve(texts.has(path) ? path : null),
    makeDirectory: (path) => Promise.resolve(void directories.add(path)),
    names: (path) =>
      Promise.resolve(
        [...texts.keys()].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1)),
      ),
    replace(path, text, mode) {
      texts.set(path, text);
      modes.set(path, mode);
      return Promise.resolve();
    },
    append: (path, text) => Promise.resolve(void texts.set(path, (texts.get(path) ?? "") + text)),
    remove: (path) => Promise.resolve(void texts.delete(path)),
    async lock(path) {
      const held = Promise.withResolvers<void>();
      const before = locks.get(path);
      locks.set(path, held.promise);
      await before;
      const lock = {
        path,
        note: () => Promise.resolve(),
        clear: () => Promise.resolve(),
        release: () => held.resolve(),
      };
      return { lock, noted: "" };
    },
  };
}
