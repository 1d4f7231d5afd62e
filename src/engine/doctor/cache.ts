/** The directory of the cache: ours alone, or not made yet. */
import { shellWord } from "../../core/shell_word.ts";
import { shown } from "../../core/text.ts";
import { cacheRemedy } from "../../world/cache_remedy.ts";
import { openCache, type SessionCache } from "../../world/session_cache.ts";
import type { World } from "../../world/world.ts";
import { broken, brokenBy, type Finding, ok } from "./finding.ts";

const name = "cache";

export interface CacheExamined {
  /** Null where it is refused. */
  readonly cache: SessionCache | null;
  readonly findings: readonly Finding[];
}

export async function examineCache(world: World): Promise<CacheExamined> {
  try {
    const cache = await openCache(world, "read");
    return { cache, findings: [await stateOf(world, cache.root)] };
  } catch (error) {
    return { cache: null, findings: [brokenBy(name, error)] };
  }
}

async function stateOf(world: World, root: string): Promise<Finding> {
  const status = await world.files.status(root);
  if (status === null) return ok(name, `${shown(root)} is not there yet; the first call makes it`);
  if ((status.mode & 0o700) === 0o700) return ok(name, `${shown(root)} is yours alone`);
  const mode = status.mode.toString(8).padStart(4, "0");
  const remedy = await cacheRemedy(world, root, `chmod 700 ${shellWord(root)}`);
  return broken(name, "cannotCreate", `you may not write ${shown(root)} (mode ${mode})`, remedy);
}
