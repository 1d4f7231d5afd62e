/** `mfa remove`: a device off AWS, off the YubiKeys and out of the AWS files. */
import { deviceArn, isVirtual } from "../core/mfa_device.ts";
import type { MfaRow } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { forgetKey } from "./key_memory.ts";
import { type Iam, isNoSuchEntity } from "./mfa_access.ts";
import { chosen, type Devices, devicesOf } from "./mfa_devices.ts";
import { type Naming, profilesNaming, removeMfaSerial } from "./mfa_config.ts";
import { removeAccount } from "./oath_keys.ts";
import { remember } from "./planning.ts";

export interface RemoveWishes {
  readonly name?: string;
  /** Whether it may be the last device that the user has. */
  readonly last: boolean;
  readonly yes: boolean;
}

/**
 * Removes the device and returns its serial. Run again after a failure, it removes what is left.
 *
 * Throws Failure: "usage" for the last device without `last` and where a question cannot be asked, "config" for one that is
 * not there, "denied" for what IAM refuses, "unavailable" for a key that does not answer, "cancelled".
 */
export async function remove(iam: Iam, wishes: RemoveWishes): Promise<string> {
  const devices = await devicesOf(iam);
  const device = await chosen(await withUnassigned(iam, devices, wishes.name), wishes.name, iam);
  const { serial } = device;
  const owned = devices.rows.filter((row) => row.at_aws);
  if (owned.length === 1 && owned[0].serial === serial && !wishes.last) {
    throw new Failure("usage", `${quoted(serial)} is the last MFA device of ${quoted(devices.user.name)}`, {
      hint: `make another one first: aws-use mfa enroll --name NAME; or, if it shall go: ${iam.again} --last`,
    });
  }
  const isForeign = !device.at_aws && devices.foreign.has(serial);
  const namings = (await profilesNaming(iam, serial))
    .filter(({ profile }) => !isForeign || profile === iam.plan.keysFrom.profile);
  await confirm(iam, device, devices, namings, wishes.yes && !isForeign);
  if (device.at_aws) await removeAtAws(iam, devices.user.name, device);
  const failure = await removeOnKeys(iam, device);
  if (namings.length > 0) {
    await removeMfaSerial(iam, serial, namings);
    iam.world.terminal.say(`aws-use: removed from ${wordsOf(namings)}`);
  }
  await forgetKey(iam.cache, serial);
  // What IAM said of the user's device holds no longer: the next call asks anew.
  await remember(iam.cache, iam.plan, { askedAt: 0 });
  if (failure) throw failure;
  return serial;
}

/** A device that belongs to nobody is found by its name alone: one that was half removed, or half made. */
async function withUnassigned(iam: Iam, devices: Devices, name: string | undefined): Promise<Devices> {
  const { aws, world } = iam;
  if (name === undefined) return devices;
  const serial = name.startsWith("arn:") ? name : deviceArn(devices.user.arn, name);
  const known = devices.rows.find((row) => row.serial === serial || row.serial === name);
  if (!isVirtual(serial) || known?.at_aws) return devices;
  const unassigned = await aws.listVirtualMfaDevices(iam.target(), world.signal, "Unassigned")
    .catch((error): readonly string[] => {
      // Who may not list them has none to remove either.
      if (error instanceof AwsError) return [];
      throw error;
    });
  if (!unassigned.includes(serial)) return devices;
  const row: MfaRow = { serial, kind: "virtual", at_aws: true, keys: known?.keys ?? [], state: "only_aws" };
  return { ...devices, rows: [...devices.rows.filter((each) => each !== known), row] };
}

async function confirm(
  { world, again }: Iam,
  { serial, at_aws, keys }: MfaRow,
  { user, foreign }: Devices,
  namings: readonly Naming[],
  yes: boolean,
): Promise<void> {
  const parts = [
    at_aws
      ? `the device of ${shown(user.name)} at AWS`
      : foreign.has(serial)
      ? "nothing at AWS, which may have it enabled for another user"
      : "nothing at AWS",
    keys.length > 0 ? `the account on YubiKey ${keys.join(" and ")}` : "no account, for no plugged YubiKey has it",
    namings.length > 0 ? `mfa_serial of ${wordsOf(namings)}` : "no mfa_serial, for no profile names it",
  ];
  const question = `remove ${serial}: ${parts.join("; ")}`;
  if (yes) return world.terminal.say(`aws-use: ${question}`);
  if (!world.terminal.interactive) {
    throw new Failure("usage", `nobody can be asked whether to ${question}`, {
      hint: !at_aws && foreign.has(serial)
        ? `answer in a terminal, where --yes does not count: ${again}`
        : `answer on the command line: ${again} --yes`,
    });
  }
  const answer = await world.terminal.ask(`aws-use: ${question}? [y/N]`);
  if (/^y(es)?$/i.test(answer?.trim() ?? "")) return;
  throw new Failure("cancelled", "nothing was removed", { hint: "answer y, or give --yes" });
}

/** Both calls may be repeated: that there is nothing (any more) is what is wanted. */
async function removeAtAws(iam: Iam, userName: string, { serial, kind }: MfaRow): Promise<void> {
  const { aws, world } = iam;
  const gone = (name: string) => (error: unknown) => {
    if (!isNoSuchEntity(error)) throw withCommand(iam, error, name, userName, serial);
  };
  const device = { userName, serial };
  await iam.read("DeactivateMFADevice", (target) => aws.deactivateMfaDevice(target, device, world.signal))
    .catch(gone("DeactivateMFADevice"));
  if (kind === "virtual") {
    await iam.read("DeleteVirtualMFADevice", (target) => aws.deleteVirtualMfaDevice(target, serial, world.signal))
      .catch(gone("DeleteVirtualMFADevice"));
  }
  world.terminal.say(`aws-use: removed at AWS: ${serial}`);
}

function withCommand(iam: Iam, error: unknown, name: string, userName: string, serial: string): unknown {
  const failure = iam.translated(error, name);
  if (!(failure instanceof Failure)) return failure;
  const words = name === "DeactivateMFADevice"
    ? `deactivate-mfa-device --user-name ${shellWord(userName)}`
    : "delete-virtual-mfa-device";
  const command = `aws iam ${words} --serial-number ${shellWord(serial)} --profile ${shellWord(iam.plan.profile)}`;
  return new Failure(failure.kind, failure.message, {
    hint: `once more: ${iam.again}; or by somebody who may: ${command}`,
    cause: failure.cause,
  });
}

/** Removes every account that can be removed; the first failure is returned, so that the rest is done all the same. */
async function removeOnKeys(iam: Iam, { serial, keys, kind }: MfaRow): Promise<Failure | undefined> {
  let first: Failure | undefined;
  for (const deviceSerial of keys) {
    try {
      await removeAccount(iam, { deviceSerial, account: serial });
      iam.world.terminal.say(`aws-use: removed on YubiKey ${deviceSerial}`);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
      const command = `ykman --device ${deviceSerial} oath accounts delete ${shellWord(serial)}`;
      first ??= new Failure(error.kind, error.message, { hint: `remove the account: ${command}`, cause: error.cause });
    }
  }
  if (keys.length === 0 && kind === "virtual") {
    iam.world.terminal.say(
      `aws-use: a YubiKey that has its account still has it: ykman oath accounts delete ${serial}`,
    );
  }
  return first;
}

function wordsOf(namings: readonly Naming[]): string {
  const profiles = [...new Set(namings.map(({ profile }) => quoted(profile)))];
  return `${profiles.length > 1 ? "profiles" : "profile"} ${profiles.join(", ")}`;
}
