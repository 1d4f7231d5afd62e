/** What a person may type against a cache that is refused: they may have named a folder that is no cache of ours. */
import { cacheFolders, usesFile } from "../core/cache_files.ts";
import { temporaryPrefix } from "../core/temporary.ts";
import type { World } from "./world.ts";

export const anotherDirectory = "set AWS_USE_CACHE_DIR to a directory of your own";

/** `command` where the cache at `root` is plainly ours, else words that change nothing of the person's. */
export async function cacheRemedy(world: World, root: string, command: string): Promise<string> {
  return await isPlainlyOurs(world, root) ? command : anotherDirectory;
}

async function isPlainlyOurs({ files, environment }: World, root: string): Promise<boolean> {
  const status = await files.status(root);
  const home = environment.get("HOME")?.replace(/\/+$/, "");
  // Closing a sticky folder, the home or the root takes it from everybody who works in it.
  if (status === null || status.mode & 0o1000 || root === "/" || root === home) return false;
  if (root.endsWith("/aws-use")) return true;
  if (!status.isDirectory) return false;
  const names = await files.names(root).catch(() => null);
  return names !== null && names.every(isOurName);
}

function isOurName(name: string): boolean {
  return [...cacheFolders, usesFile, `${temporaryPrefix}${usesFile}`].includes(name);
}
