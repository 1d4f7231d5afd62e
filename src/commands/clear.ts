/** `aws-use clear [PROFILE]`: forgets cached credentials, never which codes are spent. */
import type { Arguments } from "../arguments.ts";
import { counted } from "../core/count.ts";
import { findProfile } from "../core/profile.ts";
import { quoted, shown } from "../core/text.ts";
import { readWorldConfig, type WorldConfig } from "../engine/config.ts";
import { keysOf } from "../engine/from_cache.ts";
import { plannedFromMemory, plannerFor } from "../engine/planning.ts";
import { Failure } from "../errors.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const profile = given.positional[0];
  // First: a config that cannot be read is told before anything is touched.
  const config = profile === undefined ? null : await readWorldConfig(world);
  const cache = await openCache(world, "read"); // to forget, nothing needs to be made;
  if (!config || profile === undefined) {
    const counts = [await cache.empty("roles"), await cache.empty("sessions")];
    await cache.empty("env");
    await cache.empty("tab");
    await cache.empty("devices");
    const [roles, sessions] = [counted(counts[0], "role"), counted(counts[1], "MFA session")];
    world.output.err(`aws-use: cleared the credentials of ${roles} and ${sessions} in ${shown(cache.root)}`);
    return 0;
  }
  const removed = await forget(profile, config, cache, world);
  // One that was renamed or taken out since has left its credentials, and only those tell it from a slip.
  if (removed === 0) findProfile(profile, config.config);
  world.output.err(
    removed === 0
      ? `aws-use: nothing of ${quoted(profile)} is cached`
      : `aws-use: cleared the role credentials of ${quoted(profile)}`,
  );
  return 0;
}

/** Removes what is cached for `profile` and returns how many files there were. */
async function forget(profile: string, config: WorldConfig, cache: SessionCache, world: World): Promise<number> {
  let removed = await cache.empty("env", profile);
  // The MFA session stays: it is shared by all roles of the identity, and it cost a touch.
  for (const key of await cache.names("roles")) {
    const session = await cache.readSession("roles", key);
    // What is no session, or none to be believed, serves nobody.
    if (session === null || session.profile === profile) await cache.remove("roles", key);
    if (session?.profile === profile) removed++;
  }
  const key = await keyOfLastRole(profile, config, cache, world);
  if (key === null || !(await cache.names("roles")).includes(key)) return removed;
  await cache.remove("roles", key);
  return removed + 1;
}

/** Profiles that assume the same role share its credentials, which may have been asked for in another one's name. */
async function keyOfLastRole(
  profile: string,
  read: WorldConfig,
  cache: SessionCache,
  world: World,
): Promise<string | null> {
  try {
    const planner = await plannerFor({ profile, additions: {}, added: false, again: "", plain: "" }, world, read);
    const plan = await plannedFromMemory(cache, planner, world.clock.nowMs());
    return plan.steps.at(-1)?.call === "AssumeRole" ? (await keysOf(plan)).at(-1)! : null;
  } catch (error) {
    // A profile that can no longer be used still has what was cached for it.
    if (error instanceof Failure) return null;
    throw error;
  }
}
