/** `aws-use list`: every profile that can be read, and until when it is cached. */
import type { Arguments } from "../arguments.ts";
import { isVerb } from "../cli.ts";
import type { Config } from "../core/config.ts";
import { refused } from "../core/config_file.ts";
import { rfc3339 } from "../core/environment.ts";
import { formatLeft } from "../core/duration.ts";
import { jsonText } from "../core/json.ts";
import { plan } from "../core/plan.ts";
import { type ListedProfile, listProfiles } from "../core/profile_list.ts";
import { secondsLeft, secondsUntil } from "../core/session.ts";
import { shown } from "../core/text.ts";
import { readWorldConfig } from "../engine/config.ts";
import { keysOf } from "../engine/credentials.ts";
import { plannedFromMemory } from "../engine/planning.ts";
import { exitCodes } from "../errors.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const { config } = await readWorldConfig(world, true);
  const until = await cachedUntil(world, config);
  const profiles = listProfiles(config, world.environment.all());
  if (given.has("json")) {
    const rows = profiles.map((profile) => {
      const expiresAt = until.get(profile.name);
      return { ...profile, cached_until: expiresAt === undefined ? null : rfc3339(expiresAt) };
    });
    world.output.out(jsonText(rows));
  } else if (profiles.length > 0) {
    world.output.out(table(profiles, until, world.clock.nowMs()));
  } else {
    world.output.err("aws-use: there is no profile; make one with: aws configure");
  }
  for (const problem of config.problems) {
    const { message, hint } = refused(problem);
    world.output.err(`aws-use: error: ${shown(message)}`);
    world.output.err(`aws-use: hint: ${shown(hint)}`);
  }
  return config.problems.length > 0 ? exitCodes.data : 0;
}

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
  planner: Parameters<typeof plannedFromMemory>[1],
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

function table(profiles: readonly ListedProfile[], until: ReadonlyMap<string, number>, nowMs: number): string {
  const heads = ["PROFILE", "ROLE", "ACCOUNT", "MFA", "CACHED"];
  const rows = profiles.map((profile) => {
    const expiresAt = until.get(profile.name);
    return [
      isVerb(profile.name) ? `${shown(profile.name)} (aws-use use ${shown(profile.name)})` : shown(profile.name),
      shown(profile.role_arn?.replace(/^.*:role\//, "") ?? "-"),
      shown(profile.account ?? "-"),
      shown(profile.mfa_serial?.replace(/^.*\//, "") ?? "-"),
      expiresAt === undefined ? "-" : formatLeft(secondsUntil(expiresAt, nowMs)),
    ];
  });
  const widths = heads.map((head, column) =>
    rows.reduce((width, row) => Math.max(width, row[column].length), head.length)
  );
  return [heads, ...rows]
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()}\n`)
    .join("");
}
