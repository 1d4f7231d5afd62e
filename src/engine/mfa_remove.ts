/** `mfa remove`: a device off AWS, off the YubiKeys and out of the AWS files. */
import type { MfaRow } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { cancelledWith, Failure } from "../errors.ts";
import { AwsError, callTimeoutMs } from "../world/aws.ts";
import { withFlag } from "./hint_command.ts";
import { forgetKey } from "./key_memory.ts";
import { type Iam, isNoSuchEntity, uninterrupted } from "./mfa_access.ts";
import { chosen, type Devices, devicesOf } from "./mfa_devices.ts";
import { removalOf } from "./mfa_checks.ts";
import { type Naming, profilesNaming, removeMfaSerial, wordsOf } from "./mfa_config.ts";
import { removeAccount } from "./oath_keys.ts";
import { remember } from "./planning.ts";

export interface RemoveWishes {
  readonly name?: string;
  /** Whether it may be the last device that the user has. */
  readonly last: boolean;
  readonly yes: boolean;
}

/**
 * Removes the device and returns its serial. Run again after a failure, it removes what is left, which is told.
 *
 * Throws Failure: "usage" for the last device without `last` and where a question cannot be asked, "config" for one that is
 * not there, "denied" for what IAM refuses, "unavailable" for a key that does not answer, "cancelled".
 */
export async function remove(iam: Iam, wishes: RemoveWishes): Promise<string> {
  const devices = await devicesOf(iam, { name: wishes.name, thorough: true });
  const device = await chosen(iam, devices, { name: wishes.name, unfinished: true });
  const { serial } = device;
  const owned = devices.rows.filter((row) => row.at_aws && !devices.unassigned.has(row.serial));
  if (owned.length === 1 && owned[0].serial === serial && !wishes.last) {
    throw new Failure("usage", `${quoted(serial)} is the last MFA device of ${quoted(devices.user.name)}`, {
      hint: `make another one first: aws-use mfa enroll --name NAME; or, if it shall go: ${
        withFlag(iam.again, "--last")
      }`,
    });
  }
  const isForeign = !device.at_aws && devices.foreign.has(serial);
  const namings = (await profilesNaming(iam, serial))
    .filter(({ profile }) => !isForeign || profile === iam.plan.keysFrom.profile);
  await confirm(iam, device, devices, namings, wishes.yes && !isForeign);
  await carriedOut(iam, serial, [
    ...atAws(iam, device, devices),
    ...device.keys.map((deviceSerial) => onKey(iam, serial, deviceSerial)),
    ...(namings.length > 0 ? [inConfig(iam, serial, namings)] : []),
  ]);
  // Nobody knows how many keys got the seed: one was enrolled on another machine, or the memory of it is gone.
  if (device.kind === "virtual") {
    iam.world.terminal.say(
      `aws-use: any other YubiKey that has its account still has it; with it plugged in: ${removalOf(iam, serial)}`,
    );
  }
  return serial;
}

/** One of the places that a device is removed from. */
interface Part {
  /** What is removed, while it is there. */
  readonly what: string;
  /** What does it by hand; absent where the failure says what helps. */
  readonly command?: string;
  /** Whether the other parts are removed where this one cannot be. */
  readonly mayFail?: true;
  /** Removes it where it is still there, and returns what was done, in words. */
  remove(): Promise<string>;
}

/** Removes the parts in their order. Throws the first failure, with what is left and the command that finishes it. */
async function carriedOut(iam: Iam, serial: string, parts: readonly Part[]): Promise<void> {
  const { world } = iam;
  // Long enough for the call that is under way, so that it is told what became of it.
  world.allowUndoing(callTimeoutMs + 1000);
  const left = new Set(parts);
  let failed: { readonly part: Part; readonly error: unknown } | undefined;
  let isAsked = false;
  for (const part of parts) {
    try {
      world.signal.throwIfAborted();
      isAsked = true;
      const done = await part.remove();
      left.delete(part);
      world.terminal.say(`aws-use: ${done}`);
    } catch (error) {
      failed ??= { part, error };
      if (world.signal.aborted || !part.mayFail || !(error instanceof Failure)) break;
    }
  }
  const isBegun = left.size < parts.length;
  if (isBegun) await forgotten(iam, serial);
  if (failed === undefined) return;
  const rest = [...left].map(({ what }) => what).join(", ");
  const again = / --name[ =]/.test(iam.again) ? iam.again : withFlag(iam.again, `--name ${shellWord(serial)}`);
  const remains = isBegun
    ? `still there: ${rest}; finish it: ${again}`
    : isAsked && !isRefused(failed.error)
    ? `AWS may have done it all the same; find out, and finish it: ${again}`
    : `nothing was removed; once more: ${again}`;
  if (world.signal.aborted) throw cancelledWith(remains);
  const { part, error } = failed;
  if (!(error instanceof Failure)) throw error;
  throw new Failure(error.kind, isBegun ? `${quoted(serial)} is half removed: ${error.message}` : error.message, {
    hint: part.command === undefined ? `${error.hint}; ${remains}` : `${remains}; or by hand: ${part.command}`,
    cause: error.cause,
  });
}

/** Whether the other side has said no, so that nothing was done. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return !(error.cause instanceof AwsError) || error.cause.kind === "refused" || error.cause.kind === "unreachable";
}

/** What IAM said of the user's device holds no longer: the next call asks anew. */
async function forgotten(iam: Iam, serial: string): Promise<void> {
  await forgetKey(iam.cache, serial);
  await remember(iam.cache, iam.plan, { askedAt: 0 });
}

async function confirm(
  { world, again }: Iam,
  { serial, at_aws, keys }: MfaRow,
  { user, foreign, unassigned, unread }: Devices,
  namings: readonly Naming[],
  yes: boolean,
): Promise<void> {
  const parts = [
    unassigned.has(serial)
      ? "the device at AWS, which is enabled for nobody"
      : at_aws
      ? `the device of ${shown(user.name)} at AWS`
      : foreign.has(serial)
      ? "nothing at AWS, which may have it enabled for another user"
      : "nothing at AWS",
    keys.length > 0
      ? `the account on YubiKey ${keys.join(" and ")}`
      : unread
      ? "no account, for not every YubiKey could be read"
      : "no account, for no plugged YubiKey has it",
    namings.length > 0 ? wordsOf(namings) : "no mfa_serial, for no profile names it",
  ];
  const question = `remove ${serial}: ${parts.join("; ")}`;
  if (yes) return world.terminal.say(`aws-use: ${question}`);
  if (!world.terminal.interactive) {
    throw new Failure("usage", `nobody can be asked whether to ${question}`, {
      hint: !at_aws && foreign.has(serial)
        ? `answer in a terminal, where --yes does not count: ${again}`
        : `answer on the command line: ${withFlag(again, "--yes")}`,
    });
  }
  const answer = await world.terminal.ask(`aws-use: ${question}? [y/N]`);
  if (/^y(es)?$/i.test(answer?.trim() ?? "")) return;
  throw new Failure("cancelled", "nothing was removed", { hint: "answer y, or give --yes" });
}

/** The calls may be repeated: that there is nothing (any more) is what is wanted. */
function atAws(iam: Iam, { serial, kind, at_aws }: MfaRow, { user, unassigned }: Devices): readonly Part[] {
  if (!at_aws) return [];
  const { aws, plan } = iam;
  const call = async (name: string, send: Parameters<Iam["read"]>[1], done: string) => {
    await iam.read(name, send).catch((error) => {
      if (!isNoSuchEntity(error)) throw iam.translated(error, name);
    });
    return done;
  };
  const byHand = (words: string) =>
    `aws iam ${words} --serial-number ${shellWord(serial)} --profile ${shellWord(plan.profile)}`;
  const device = { userName: user.name, serial };
  const deactivation: Part = {
    what: `the device of ${shown(user.name)} at AWS`,
    command: byHand(`deactivate-mfa-device --user-name ${shellWord(user.name)}`),
    remove: () =>
      call(
        "DeactivateMFADevice",
        (target) => aws.deactivateMfaDevice(target, device, uninterrupted),
        `deactivated for ${shown(user.name)} at AWS: ${shown(serial)}`,
      ),
  };
  const deletion: Part = {
    what: "the device at AWS, which nobody has any more",
    command: byHand("delete-virtual-mfa-device"),
    remove: () =>
      call(
        "DeleteVirtualMFADevice",
        (target) => aws.deleteVirtualMfaDevice(target, serial, uninterrupted),
        `removed at AWS: ${shown(serial)}`,
      ),
  };
  return [...(unassigned.has(serial) ? [] : [deactivation]), ...(kind === "virtual" ? [deletion] : [])];
}

function onKey(iam: Iam, account: string, deviceSerial: string): Part {
  return {
    what: `the account on YubiKey ${deviceSerial}`,
    command: `ykman --device ${deviceSerial} oath accounts delete ${shellWord(account)}`,
    mayFail: true,
    async remove() {
      await removeAccount(iam, { deviceSerial, account });
      return `removed on YubiKey ${deviceSerial}`;
    },
  };
}

function inConfig(iam: Iam, serial: string, namings: readonly Naming[]): Part {
  return {
    what: wordsOf(namings),
    remove: () => removeMfaSerial(iam, serial, namings),
  };
}
