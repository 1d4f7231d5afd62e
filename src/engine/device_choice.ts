/** Which of several MFA devices serves now: one whose session is cached, else the one that is plugged in. */
import type { Plan } from "../core/plan.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { fromCache, keysOf, type Wishes } from "./from_cache.ts";
import { plugged } from "./oath_keys.ts";
import type { Planner } from "./planning.ts";

/** The device of `serials` to plan with; `last` is the one that was chosen before. Throws what `plugged` throws. */
export async function chooseDevice(
  world: World,
  cache: SessionCache,
  planner: Planner,
  serials: readonly string[],
  last: string | null | undefined,
  wishes: Wishes,
): Promise<string> {
  const ordered = [...serials].sort((a, b) => Number(b === last) - Number(a === last));
  if (!wishes.noCache) {
    for (const serial of ordered) {
      if (await isCached(world, cache, planner({ discoveredMfaSerial: serial }), wishes)) return serial;
    }
  }
  // A code that was given says nothing of its device, and where nobody may be asked none is asked, for a password neither.
  return wishes.tokenCode === undefined && !wishes.noTouch ? await pluggedOf(world, cache, ordered) : ordered[0];
}

/** The first of the devices whose account is on a plugged key, else the first of all. Throws what `plugged` throws. */
export async function pluggedOf(world: World, cache: SessionCache, serials: readonly string[]): Promise<string> {
  try {
    const keys = await plugged({ world, cache });
    return serials.find((serial) => keys.some((key) => key.accounts.includes(serial))) ?? serials[0];
  } catch (error) {
    if (error instanceof Failure && error.kind === "unavailable") return serials[0];
    throw error;
  }
}

async function isCached(world: World, cache: SessionCache, plan: Plan, wishes: Wishes): Promise<boolean> {
  const keys = await keysOf(plan);
  const found = plan.steps.map((_, index) => fromCache(cache, plan, keys, index, wishes, world.clock.nowMs()));
  return (await Promise.all(found)).some((session) => session !== null);
}
