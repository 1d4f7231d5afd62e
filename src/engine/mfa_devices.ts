/** The MFA devices of the user who signs, beside the YubiKeys that are plugged in, and which of them is meant. */
import { parseArn } from "../core/arn.ts";
import { hintIn } from "../core/hint.ts";
import { deviceArn, isNamed, isVirtual } from "../core/mfa_device.ts";
import { mfaSettingsOf } from "../core/mfa_serials.ts";
import { type MfaRow, mfaRows } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { IamUser } from "../world/aws.ts";
import type { AccountsOfKey } from "../world/ykman.ts";
import { callAws } from "./aws_call.ts";
import { readWorldConfig } from "./config.ts";
import { commandFor, withFlag, withoutFlag } from "./hint_command.ts";
import { type Iam, isAccessDenied, whoSigns } from "./mfa_access.ts";
import { plugged } from "./oath_keys.ts";

export interface Devices {
  readonly user: IamUser;
  readonly rows: readonly MfaRow[];
  readonly keys: readonly AccountsOfKey[];
  /** Why ykman as a whole, or the first key that could not be read, told no accounts. */
  readonly unread?: Failure;
  /** Serials that another user has enabled, or may have, as far as AWS tells. */
  readonly foreign: ReadonlySet<string>;
  /** Serials of virtual devices that are enabled for nobody, as far as AWS tells. */
  readonly unassigned: ReadonlySet<string>;
}

export interface Looking {
  /** The device that the person names, by its serial or its name. */
  readonly name?: string;
  /** Whether an MFA session, and so a touch, is worth it to learn of devices that are enabled for nobody. */
  readonly thorough?: boolean;
}

/**
 * What AWS and the keys have for the user, besides the virtual devices that are enabled for nobody and may be theirs: the
 * one called `name`, else those that the profile names, that a key has, or that are called like the user.
 *
 * What is wrong with the keys is told and is no error. Throws Failure for what AWS refuses.
 */
export async function devicesOf(iam: Iam, { name, thorough = false }: Looking = {}): Promise<Devices> {
  const { aws, world } = iam;
  const user = await whoSigns(iam);
  const account = parseArn(user.arn)?.account ?? "";
  const enabled = await iam.read("ListMFADevices", (target) => aws.listMfaDevices(target, world.signal, user.name))
    .then((devices) => devices.serials, (error) => {
      throw iam.translated(error, "ListMFADevices");
    });
  const { keys, unread } = await keysThere(iam);
  const seen = { enabled, unassigned: [], keys, isComplete: unread === undefined };
  const onKeysAlone = mfaRows(seen, account).filter((row) => !row.at_aws).map(({ serial }) => serial);
  const configured = (await configuredFor(iam)).filter((serial) =>
    isVirtual(serial) && parseArn(serial)?.account === account
  );
  const wanted = name === undefined ? [...configured, ...onKeysAlone, deviceArn(user.arn, user.name)] : [name];
  const strays = wanted.filter((each) => !enabled.some((serial) => isNamed(serial, each)));
  const isStray = (serial: string) => strays.some((each) => isNamed(serial, each));
  const virtual = strays.length === 0 ? { all: [], unassigned: [] } : await virtualDevices(iam, thorough);
  const unassigned = virtual?.unassigned.filter(isStray) ?? [];
  const foreign = virtual?.all.filter((serial) => isStray(serial) && !unassigned.includes(serial)) ??
    onKeysAlone.filter((serial) => !configured.includes(serial));
  return {
    user,
    keys,
    unread,
    rows: mfaRows({ ...seen, unassigned }, account),
    foreign: new Set(foreign),
    unassigned: new Set(unassigned),
  };
}

interface VirtualDevices {
  readonly all: readonly string[];
  readonly unassigned: readonly string[];
}

/** The virtual devices of the account; null where AWS does not tell the user. Throws Failure for any other trouble. */
async function virtualDevices(iam: Iam, thorough: boolean): Promise<VirtualDevices | null> {
  const { aws, world, plan } = iam;
  const name = "ListVirtualMFADevices";
  const ask = async (which: "Any" | "Unassigned") =>
    thorough ? await iam.read(name, (target) => aws.listVirtualMfaDevices(target, world.signal, which)) : await callAws(
      world,
      aws,
      { name, endpoint: plan.iam },
      () => aws.listVirtualMfaDevices(iam.target(), world.signal, which),
    );
  try {
    return { all: await ask("Any"), unassigned: await ask("Unassigned") };
  } catch (error) {
    // For want of a key with the device that gives the MFA session, too.
    const isUntold = isAccessDenied(error) || (error instanceof Failure && error.kind === "unavailable");
    if (isUntold) return null;
    throw iam.translated(error, name);
  }
}

async function keysThere(iam: Iam): Promise<Pick<Devices, "keys" | "unread">> {
  const { terminal, environment } = iam.world;
  const tell = ({ message, hint }: Failure) =>
    terminal.say(`aws-use: note: ${message}; ${hintIn(environment.all(), hint)}`);
  try {
    const keys = await plugged(iam);
    const failures = keys.flatMap(({ failure }) => failure ?? []);
    failures.forEach(tell);
    return { keys, unread: failures[0] };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
    tell(error);
    return { keys: [], unread: error };
  }
}

async function configuredFor({ world, plan }: Iam): Promise<readonly string[]> {
  const { config } = await readWorldConfig(world);
  return mfaSettingsOf(plan.profile, config, world.environment.all());
}

/**
 * The device that is meant: the one of that name, else the profile's, else, where `unfinished` ones are looked for, the only
 * one that is enabled for nobody, else the user's only one, else their only one on a key, else, `unfinished`, the only one
 * that a key alone has.
 *
 * Throws Failure "config" where there is none, or there are several, naming them.
 */
export async function chosen(
  iam: Iam,
  devices: Devices,
  { name, unfinished = false }: { readonly name?: string; readonly unfinished?: boolean },
): Promise<MfaRow> {
  const { user, foreign, unassigned } = devices;
  const rows = devices.rows.filter((row) => row.at_aws || !foreign.has(row.serial) || row.serial === name);
  if (name !== undefined) {
    const found = rows.filter(({ serial }) => isNamed(serial, name));
    if (found.length === 1) return found[0];
    throw found.length === 0 ? unknown(iam, devices, rows, name) : several(user, found, iam);
  }
  const configured = await configuredFor(iam);
  const enabled = rows.filter((row) => row.at_aws && !unassigned.has(row.serial));
  const candidates = [
    rows.filter(({ serial }) => configured.includes(serial)),
    unfinished ? rows.filter(({ serial }) => unassigned.has(serial)) : [],
    enabled,
    enabled.filter(({ keys }) => keys.length > 0),
    unfinished && enabled.length === 0 ? rows : [],
  ].find((some) => some.length === 1);
  if (candidates !== undefined) return candidates[0];
  const possible = unfinished ? rows : enabled;
  throw possible.length === 0 ? none(user, iam) : several(user, possible, iam);
}

function none(user: IamUser, { plan }: Iam): Failure {
  return new Failure("config", `${quoted(user.name)} has no MFA device`, {
    hint: `make one: ${commandFor("mfa enroll", plan.profile)}`,
  });
}

function unknown(
  { plan, again }: Iam,
  { user, keys, foreign }: Devices,
  rows: readonly MfaRow[],
  name: string,
): Failure {
  const there = rows.length === 0 ? "none" : rows.map(({ serial }) => shown(serial)).join(", ");
  const what = `${quoted(user.name)} has no MFA device ${quoted(name)}; there is: ${there}`;
  const onKeys = keys.flatMap(({ accounts }) => accounts).filter((serial) =>
    isVirtual(serial) && isNamed(serial, name)
  );
  const others = onKeys.find((serial) => foreign.has(serial));
  if (others !== undefined) {
    return new Failure("config", `${what}; ${quoted(others)} on the key may be another user's`, {
      hint: `if that is the one, give its full ARN: ${
        withFlag(withoutFlag(again, "name"), `--name ${shellWord(others)}`)
      }`,
    });
  }
  const elsewhere = onKeys.find((serial) => parseArn(serial)?.account !== parseArn(user.arn)?.account);
  if (elsewhere !== undefined) {
    return new Failure("config", `${what}; ${quoted(elsewhere)} on the key is of another AWS account`, {
      hint: `name a profile with keys of account ${parseArn(elsewhere)?.account}: aws-use list`,
    });
  }
  const [owned] = foreign;
  return new Failure("config", owned === undefined ? what : `${what}; ${quoted(owned)} is another user's`, {
    hint: `see them: ${commandFor("mfa list", plan.profile)}`,
  });
}

function several(user: IamUser, rows: readonly MfaRow[], { again }: Iam): Failure {
  const there = rows.map(({ serial }) => shown(serial)).join(", ");
  return new Failure("config", `${quoted(user.name)} has several MFA devices: ${there}`, {
    hint: `name one: ${withFlag(again, `--name ${shellWord(rows[0].serial)}`)}`,
  });
}
