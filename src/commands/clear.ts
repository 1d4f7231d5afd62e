/** `aws-use clear [PROFILE]`: forgets cached credentials, never which codes are spent. */
import type { Arguments } from "../arguments.ts";
import { quoted } from "../core/text.ts";
import { keyOf } from "../engine/credentials.ts";
import { isPlainName } from "../engine/fast_path.ts";
import { plannedFromMemory, plannerFor } from "../engine/planning.ts";
import { openCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const profile = given.positional[0];
  // Read first: an unknown profile is told before anything is touched.
  const planner = profile === undefined
    ? null
    : await plannerFor({ profile, additions: {}, added: false, again: "", plain: "" }, world);
  const cache = await openCache(world);
  if (!planner || profile === undefined) {
    const counts = [await cache.empty("roles"), await cache.empty("sessions")];
    await cache.empty("env");
    await cache.empty("devices");
    world.output.err(`aws-use: cleared ${counts[0]} roles and ${counts[1]} MFA sessions of ${cache.root}`);
    return 0;
  }
  // The MFA session stays: it is shared by all roles of the identity, and it cost a touch.
  for (const key of await cache.names("roles")) {
    const session = await cache.readSession("roles", key);
    if (session?.profile === profile) await cache.remove("roles", key);
  }
  const plan = await plannedFromMemory(cache, planner, world.clock.nowMs());
  const last = plan.steps.length - 1;
  if (plan.steps[last]?.call === "AssumeRole") await cache.remove("roles", await keyOf(plan, last));
  if (isPlainName(profile)) await cache.remove("env", profile);
  world.output.err(`aws-use: cleared the role credentials of ${quoted(profile)}`);
  return 0;
}
