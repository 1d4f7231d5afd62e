/** The MFA devices of the user who signs, beside the YubiKeys that are plugged in, and which of them is meant. */
import { parseArn } from "../core/arn.ts";
import { isNamed } from "../core/mfa_device.ts";
import { mfaSettingsOf } from "../core/mfa_serials.ts";
import { type MfaRow, mfaRows } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError, type IamUser } from "../world/aws.ts";
import type { AccountsOfKey } from "../world/ykman.ts";
import { readWorldConfig } from "./config.ts";
import { type Iam, whoSigns } from "./mfa_access.ts";
import { plugged } from "./oath_keys.ts";

export interface Devices {
  readonly user: IamUser;
  readonly rows: readonly MfaRow[];
  readonly keys: readonly AccountsOfKey[];
  /** Serials on the keys that another user has enabled, or may have, as far as AWS tells. */
  readonly foreign: ReadonlySet<string>;
}

/** Asks AWS and the keys. What is wrong with the keys is told and is no error. Throws Failure for what AWS refuses. */
export async function devicesOf(iam: Iam): Promise<Devices> {
  const { aws, world } = iam;
  const user = await whoSigns(iam);
  const serials = await iam.read("ListMFADevices", (target) => aws.listMfaDevices(target, world.signal, user.name))
    .then((devices) => devices.serials, (error) => {
      throw iam.translated(error, "ListMFADevices");
    });
  const keys = await keysThere(iam);
  const rows = mfaRows(serials, keys, parseArn(user.arn)?.account ?? "");
  const strays = rows.filter((row) => !row.at_aws).map(({ serial }) => serial);
  return { user, keys, rows, foreign: new Set(await foreignOf(iam, strays)) };
}

/** Those that AWS has for another user; where AWS does not tell, all but those that the profile names. */
async function foreignOf(iam: Iam, strays: readonly string[]): Promise<readonly string[]> {
  if (strays.length === 0) return [];
  const { aws, world } = iam;
  try {
    const all = await aws.listVirtualMfaDevices(iam.target(), world.signal);
    const unassigned = await aws.listVirtualMfaDevices(iam.target(), world.signal, "Unassigned");
    return strays.filter((serial) => all.includes(serial) && !unassigned.includes(serial));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { config } = await readWorldConfig(world);
    const configured = mfaSettingsOf(iam.plan.profile, config, world.environment.all());
    return strays.filter((serial) => !configured.includes(serial));
  }
}

async function keysThere(iam: Iam): Promise<readonly AccountsOfKey[]> {
  const tell = ({ message, hint }: Failure) => iam.world.terminal.say(`aws-use: note: ${message}; ${hint}`);
  try {
    const keys = await plugged(iam);
    for (const { failure } of keys) if (failure) tell(failure);
    return keys;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "unavailable") throw error;
    tell(error);
    return [];
  }
}

/**
 * The device that is meant: the one of that name, else the profile's, else the only one, else the only one on a key.
 *
 * Throws Failure "config" where there is none, or there are several, naming them.
 */
export async function chosen(devices: Devices, name: string | undefined, iam: Iam): Promise<MfaRow> {
  const { user, foreign } = devices;
  const rows = devices.rows.filter((row) => row.at_aws || !foreign.has(row.serial) || row.serial === name);
  if (name !== undefined) {
    const found = rows.filter(({ serial }) => isNamed(serial, name));
    if (found.length === 1) return found[0];
    throw found.length === 0 ? unknown(user, rows, name, iam) : several(user, found, iam);
  }
  const { config } = await readWorldConfig(iam.world);
  const configured = mfaSettingsOf(iam.plan.profile, config, iam.world.environment.all());
  const atAws = rows.filter((row) => row.at_aws);
  const candidates = [
    rows.filter(({ serial }) => configured.includes(serial)),
    atAws,
    atAws.filter(({ keys }) => keys.length > 0),
  ].find((some) => some.length === 1);
  if (candidates !== undefined) return candidates[0];
  throw atAws.length === 0 ? none(user, iam) : several(user, atAws, iam);
}

function none(user: IamUser, { plan }: Iam): Failure {
  return new Failure("config", `${quoted(user.name)} has no MFA device`, {
    hint: `make one: aws-use mfa enroll ${shellWord(plan.profile)}`,
  });
}

function unknown(user: IamUser, rows: readonly MfaRow[], name: string, { plan }: Iam): Failure {
  const there = rows.length === 0 ? "none" : rows.map(({ serial }) => shown(serial)).join(", ");
  return new Failure("config", `${quoted(user.name)} has no MFA device ${quoted(name)}; there is: ${there}`, {
    hint: `see them: aws-use mfa list ${shellWord(plan.profile)}`,
  });
}

function several(user: IamUser, rows: readonly MfaRow[], { again }: Iam): Failure {
  const there = rows.map(({ serial }) => shown(serial)).join(", ");
  return new Failure("config", `${quoted(user.name)} has several MFA devices: ${there}`, {
    hint: `name one: ${again} --name ${shellWord(rows[0].serial)}`,
  });
}
