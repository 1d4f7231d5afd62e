/** `aws-use token` and `aws-token`: the code of an MFA device, for a login in the console. */
import type { Arguments } from "../arguments.ts";
import { findChain, mfaSetting } from "../core/chain.ts";
import type { Config } from "../core/config.ts";
import { splitSerials } from "../core/mfa_serials.ts";
import { findProfile, setting } from "../core/profile.ts";
import { listProfiles } from "../core/profile_list.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { windowOpensAtMs } from "../core/totp_window.ts";
import { copy } from "../engine/clipboard.ts";
import { pluggedOf } from "../engine/device_choice.ts";
import { readWorldConfig } from "../engine/config.ts";
import { codeToShow, type ShownSources } from "../engine/token_code.ts";
import { plugged } from "../engine/oath_keys.ts";
import { Failure } from "../errors.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

type Device = Pick<ShownSources, "serial" | "several" | "profile" | "mfaProcess" | "deviceSerial">;

export async function command(given: Arguments, world: World): Promise<number> {
  const [named] = given.positional;
  const again = ["aws-token", ...(named?.startsWith("-") ? ["--"] : []), ...given.positional.map(shellWord)];
  const { config } = await readWorldConfig(world);
  const cache = await openCache(world);
  const meant = await deviceOf(named, config, cache, world);
  const device = meant.several ? { ...meant, serial: await pluggedOf(world, cache, meant.several) } : meant;
  const { code, window } = await codeToShow({
    world,
    cache,
    ...device,
    wishes: { again: [...again, ...(given.has("copy") ? ["--copy"] : [])].join(" ") },
  });
  const seconds = Math.max(0, Math.round((windowOpensAtMs(window + 1) - world.clock.nowMs()) / 1000));
  if (!given.has("copy")) {
    world.output.out(`${code}\n`);
    return 0;
  }
  const instead = again.join(" ");
  const program = await copy(code, instead, world);
  const what = `aws-use: the code of ${shown(device.serial)}`;
  world.output.err(
    program === null
      ? `${what} was handed to the terminal's clipboard (OSC 52) and lives ${seconds} s; if it is not there: ${instead}`
      : `${what} is on the clipboard (${program}) and lives ${seconds} s`,
  );
  return 0;
}

/** The argument's device, else the active profile's, else the default profile's, else the only one there is. */
async function deviceOf(named: string | undefined, config: Config, cache: SessionCache, world: World): Promise<Device> {
  if (named !== undefined) return ofArgument(named, config, world);
  const active = world.environment.get("AWS_USE_ACTIVE") ?? world.environment.get("AWS_USE_PROFILE");
  for (const profile of [active, "default"]) {
    const device = profile !== undefined && config.profiles.has(profile) ? ofProfile(profile, config, world) : null;
    if (device) return device;
  }
  const configured = new Set(
    listProfiles(config, world.environment.all()).flatMap((profile) => profile.mfa_serial ?? []),
  );
  if (configured.size === 1) return ofSerial([...configured][0], config, world);
  if (configured.size > 1) throw severalDevices([...configured]);
  const onKeys = (await plugged({ world, cache })).flatMap(({ accounts }) => accounts.filter((a) => /:mfa\//.test(a)));
  if (onKeys.length === 1) return ofSerial(onKeys[0], config, world);
  if (onKeys.length > 1) throw severalDevices(onKeys);
  throw new Failure("config", "no profile has an mfa_serial, and no YubiKey has an account of AWS", {
    hint: "name the device: aws-token arn:aws:iam::123456789012:mfa/NAME",
  });
}

function ofArgument(named: string, config: Config, world: World): Device {
  if (!config.profiles.has(named)) {
    const isSerial = /^arn:[\w-]+:iam::\d{12}:/.test(named) || serials(config, world).includes(named);
    if (isSerial) return ofSerial(named, config, world);
  }
  const device = ofProfile(named, config, world);
  if (device) return device;
  throw new Failure("config", `profile ${quoted(named)} has no mfa_serial`, {
    hint: "name the device: aws-token arn:aws:iam::123456789012:mfa/NAME",
  });
}

function serials(config: Config, world: World): readonly string[] {
  return listProfiles(config, world.environment.all()).flatMap((profile) => profile.mfa_serial ?? []);
}

/** A device by its serial, with the settings of a profile that names it. */
function ofSerial(serial: string, config: Config, world: World): Device {
  const profile = listProfiles(config, world.environment.all()).find((each) => each.mfa_serial === serial);
  const device = profile && ofProfile(profile.name, config, world);
  return device?.serial === serial ? { ...device, several: undefined } : { serial, profile: profile?.name };
}

/** The device of a profile: its own mfa_serial, or that of the profiles it builds on; null where there is none. */
function ofProfile(name: string, config: Config, world: World): Device | null {
  const settingOf = settings(name, config, world);
  const single = settingOf("mfa_serial");
  const several = splitSerials(settingOf("aws_use_mfa_serials") ?? "");
  const serials = [...new Set([...(single === undefined ? [] : [single]), ...several])];
  if (serials.length === 0) return null;
  return {
    serial: serials[0],
    ...(serials.length > 1 ? { several: serials } : {}),
    profile: name,
    mfaProcess: settingOf("mfa_process"),
    deviceSerial: settingOf("aws_use_yubikey"),
  };
}

/** Settings as a plan sees them; a profile whose keys are missing has a device nevertheless. */
function settings(name: string, config: Config, world: World): (key: string) => string | undefined {
  const profile = findProfile(name, config);
  try {
    const chain = findChain(name, config, world.environment.all());
    return (key) => mfaSetting(chain, key);
  } catch {
    return (key) => setting(profile, key);
  }
}

function severalDevices(found: readonly string[]): Failure {
  return new Failure("config", `there are several MFA devices: ${found.map((serial) => shown(serial)).join(", ")}`, {
    hint: `name one: aws-token ${shown(found[0])}`,
  });
}
