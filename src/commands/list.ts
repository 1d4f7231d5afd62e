/** `aws-use list`: every profile that can be read, and until when it is cached. */
import type { Arguments } from "../arguments.ts";
import { isVerb } from "../cli.ts";
import type { Config } from "../core/config.ts";
import { refused } from "../core/config_file.ts";
import { rfc3339 } from "../core/environment.ts";
import { formatLeft } from "../core/duration.ts";
import { hintIn } from "../core/hint.ts";
import { jsonText } from "../core/json.ts";
import { mfaSettingsOf } from "../core/mfa_serials.ts";
import { absentFile, type Variables } from "../core/profile.ts";
import { type ListedProfile, listProfiles } from "../core/profile_list.ts";
import { secondsUntil } from "../core/session.ts";
import { table } from "../core/table.ts";
import { shown } from "../core/text.ts";
import { cachedUntil } from "../engine/cached_until.ts";
import { readWorldConfig } from "../engine/config.ts";
import { commandFor } from "../engine/hint_command.ts";
import { exitCodes } from "../errors.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const { config } = await readWorldConfig(world, true);
  const until = await cachedUntil(world, config);
  const environment = world.environment.all();
  const profiles = listProfiles(config, environment);
  if (given.has("json")) {
    const rows = profiles.map((profile) => {
      const expiresAt = until.get(profile.name);
      return { ...profile, cached_until: expiresAt === undefined ? null : rfc3339(expiresAt) };
    });
    world.output.out(jsonText(rows));
  } else if (profiles.length > 0) {
    const devices = (profile: ListedProfile) => devicesOf(profile, config, environment);
    world.output.out(listed(profiles, devices, until, world.clock.nowMs()));
  } else {
    const absent = absentFile(config);
    const remedy = absent ? `: ${absent.why}; ${hintIn(environment, absent.hint)}` : "; make one with: aws configure";
    world.output.err(`aws-use: there is no profile${remedy}`);
  }
  for (const problem of config.problems) {
    const { message, hint } = refused(problem);
    world.output.err(`aws-use: error: ${shown(message)}`);
    world.output.err(`aws-use: hint: ${shown(hintIn(environment, hint), 2000)}`);
  }
  return config.problems.length > 0 ? exitCodes.data : 0;
}

/** Names of the devices whose code may be asked for: the profile's own, or those of the profiles that it builds on. */
function devicesOf({ name, mfa_serial }: ListedProfile, config: Config, environment: Variables): readonly string[] {
  const serials = () => {
    try {
      return mfaSettingsOf(name, config, environment);
    } catch {
      // What is wrong with a profile is told when it is used.
      return mfa_serial === null ? [] : [mfa_serial];
    }
  };
  return serials().map((serial) => shown(serial.replace(/^.*\//, "")));
}

/** The name, and how it is typed where a verb hides it or it looks like a flag. */
function nameOf({ name }: ListedProfile): string {
  return isVerb(name) || name.startsWith("-") ? `${shown(name)} (${commandFor("use", name)})` : shown(name);
}

function listed(
  profiles: readonly ListedProfile[],
  devices: (profile: ListedProfile) => readonly string[],
  until: ReadonlyMap<string, number>,
  nowMs: number,
): string {
  const rows = profiles.map((profile) => {
    const expiresAt = until.get(profile.name);
    return [
      nameOf(profile),
      shown(profile.role_arn?.replace(/^.*:role\//, "") ?? "-"),
      shown(profile.account ?? "-"),
      devices(profile).join(" ") || "-",
      expiresAt === undefined ? "-" : formatLeft(secondsUntil(expiresAt, nowMs)),
    ];
  });
  return table(["PROFILE", "ROLE", "ACCOUNT", "MFA", "CACHED"], rows);
}
