/** Until when each profile is cached: for the list and the picker. */
import type { Config } from "../core/config.ts";
import { plan } from "../core/plan.ts";
import { secondsLeft } from "../core/session.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { keysOf } from "./from_cache.ts";
import { plannedFromMemory, type Planner } from "./planning.ts";

/** When the cached credentials of each profile end, in whole seconds since 1970; profiles without any are left out. */
export async function cachedUntil(world: World, config: Config): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const cache = await openCache(world, "read");
  const cached = new Set([...await cache.names("roles"), ...await cache.names("sessions")]);
  if (cached.size === 0) return found;
  const loginName = await world.loginName();
  const environment = world.environment.all();
  for (const name of config.profiles.keys()) {
    const expiresAt = await endOf(
      world,
      cache,
      cached,
      (known) => plan(name, config, environment, { additions: {}, loginName, ...known }),
    );
    if (expiresAt !== undefined) found.set(name, expiresAt);
  }
  return found;
}

async function endOf(
  world: World,
  cache: SessionCache,
  cached: ReadonlySet<string>,
  planner: Planner,
): Promise<number | undefined> {
  try {
    const nowMs = world.clock.nowMs();
    const planned = await plannedFromMemory(cache, planner, nowMs);
    const last = planned.steps.length - 1;
    if (last < 0) return undefined;
    const key = (await keysOf(planned))[last];
    if (!cached.has(key)) return undefined;
    const session = await cache.readSession(planned.steps[last].call === "AssumeRole" ? "roles" : "sessions", key);
    return session && secondsLeft(session, nowMs) > 0 ? session.expiresAt : undefined;
  } catch {
    // What is wrong with a profile is told when it is used.
    return undefined;
  }
}
