/** The directory of the cache: ours alone, or not made yet. */
import { shown } from "../../core/text.ts";
import { cacheRoot, openCache, type SessionCache } from "../../world/session_cache.ts";
import type { World } from "../../world/world.ts";
import { broken, brokenBy, type Finding, ok, warning } from "./finding.ts";

const name = "cache";

export interface CacheExamined {
  /** Null where it is refused. */
  readonly cache: SessionCache | null;
  readonly findings: readonly Finding[];
}

export async function examineCache(world: World): Promise<CacheExamined> {
  const root = cacheRoot(world.environment);
  try {
    const cache = await openCache(world, "read");
    return { cache, findings: [await stateOf(world, root)] };
  } catch (error) {
    return { cache: null, findings: [brokenBy(name, error)] };
  }
}

async function stateOf(world: World, root: string): Promise<Finding> {
  const status = await world.files.status(root);
  if (!root.startsWith("/")) {
    const remedy = "export AWS_USE_CACHE_DIR=/an/absolute/path";
    return warning(name, `${shown(root)} is another directory in each working directory`, remedy);
  }
  if (status === null) return ok(name, `${shown(root)} is not there yet; the first call makes it`);
  if ((status.mode & 0o700) === 0o700) return ok(name, `${shown(root)} is yours alone`);
  const mode = status.mode.toString(8).padStart(4, "0");
  return broken(name, "cannotCreate", `you may not write ${shown(root)} (mode ${mode})`, `chmod 700 '${shown(root)}'`);
}
