/** What can be known before an MFA device is made: that it will work. */
import { lastPart } from "../core/arn.ts";
import { devicesPerUser, isVirtual, newDeviceArn, oathCapacity } from "../core/mfa_device.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError, type IamUser } from "../world/aws.ts";
import { commandFor, withFlag, withoutFlag } from "./hint_command.ts";
import { firmware, type KeysRequest, plugged } from "./oath_keys.ts";
import { type Iam, isAccessDenied, isNoSuchEntity, refuseWrongClock, whoSigns } from "./mfa_access.ts";

export interface Enrolment {
  /** Whose device it becomes. */
  readonly user: IamUser;
  readonly name: string;
  /** The ARN that the device will have. */
  readonly serial: string;
  /** Serial numbers of the YubiKeys that are plugged in and taken. */
  readonly keys: readonly string[];
}

export interface EnrolmentWishes {
  readonly name?: string;
  /** Somebody else than the one who signs. */
  readonly userName?: string;
  /** How many YubiKeys get the seed. */
  readonly count: number;
  /** The YubiKey that the profile names. */
  readonly deviceSerial?: string;
  /** Whether a spare key may be plugged in later, because somebody can be asked for it. */
  readonly mayWaitForSpare: boolean;
}

/**
 * What will be made, once nothing speaks against it. Makes nothing and asks for no touch, unless IAM wants an MFA session.
 *
 * Throws Failure: "usage" for a name that does not do, "config" where there are eight devices or one of that name, or the
 * keys are not those that are wanted, "denied" for what IAM does not allow, "unavailable" for a key that cannot take an
 * account, "tryAgain" for a clock that is off.
 */
export async function checkEnrolment(iam: Iam, wishes: EnrolmentWishes): Promise<Enrolment> {
  const { userName } = wishes;
  const user = userName === undefined ? await whoSigns(iam) : await userCalled(iam, userName);
  refuseWrongClock(iam);
  const name = wishes.name ?? user.name;
  const serial = newDeviceArn(user.arn, name);
  await checkDevices(iam, user, serial, userName === undefined);
  const keys = await checkKeys(iam, wishes, serial);
  await checkPermissions(iam, user, serial, userName === undefined);
  return { user, name, serial, keys };
}

async function userCalled(iam: Iam, userName: string): Promise<IamUser> {
  const { aws, world } = iam;
  try {
    return await iam.read("GetUser", (target) => aws.getUser(target, userName, world.signal));
  } catch (error) {
    if (!isNoSuchEntity(error)) throw iam.translated(error, "GetUser");
    throw new Failure("config", `there is no IAM user ${quoted(userName)} in this account`, {
      hint: `see who there is: aws iam list-users --profile ${shellWord(iam.plan.profile)}`,
      cause: error,
    });
  }
}

async function checkDevices(iam: Iam, user: IamUser, serial: string, isOwn: boolean): Promise<void> {
  const { aws, world } = iam;
  const owned = await iam.read("ListMFADevices", (target) => aws.listMfaDevices(target, world.signal, user.name))
    .then(({ serials }) => serials, (error): readonly string[] => {
      // Refused to somebody who may make a device all the same: then making it tells.
      if (isAccessDenied(error)) return [];
      throw iam.translated(error, "ListMFADevices");
    });
  if (owned.length >= devicesPerUser) {
    throw new Failure(
      "config",
      `${quoted(user.name)} has ${owned.length} MFA devices, and AWS allows ${devicesPerUser}`,
      {
        hint: `remove one first: ${
          commandFor("mfa remove", iam.plan.profile, [`--name ${shellWord(lastPart(owned[0]))}`])
        }`,
      },
    );
  }
  const all = owned.includes(serial) ? owned : await virtualDevices(iam);
  if (all.includes(serial)) throw await nameTaken(iam, serial, isOwn);
}

/** Every virtual device of the account, as far as IAM tells; nobody is asked for a touch for it. */
async function virtualDevices(iam: Iam): Promise<readonly string[]> {
  return await iam.aws.listVirtualMfaDevices(iam.target(), iam.world.signal).catch((error) => {
    if (error instanceof AwsError && error.kind !== "unreachable") return [];
    throw iam.translated(error, "ListVirtualMFADevices");
  });
}

/**
 * The Failure for a device that is there already, in this account. One that is enabled for nobody, as an enrolment or a
 * removal that could not be finished leaves it, may go; `isOwn`: it is of the user who signs.
 */
export async function nameTaken(iam: Iam, serial: string, isOwn: boolean, cause?: unknown): Promise<Failure> {
  const { again, aws, plan, world } = iam;
  const unassigned = await aws.listVirtualMfaDevices(iam.target(), world.signal, "Unassigned").catch((error) => {
    if (error instanceof AwsError) return null;
    throw error;
  });
  const rename = `give the new one another name: ${
    withFlag(withoutFlag(again, "name"), `--name ${shellWord(`${lastPart(serial)}-2`)}`)
  }`;
  const taken = `AWS has an MFA device ${quoted(serial)} already`;
  if (unassigned?.includes(serial)) {
    const deletion = isOwn
      ? commandFor("mfa remove", plan.profile, [`--name ${shellWord(lastPart(serial))}`])
      : deletionByHand(serial, plan.profile);
    return new Failure("config", `${taken}, which is enabled for nobody`, {
      hint: `delete it: ${deletion}; or ${rename}`,
      cause,
    });
  }
  // AWS deletes no device that somebody has enabled.
  const orDelete = `; or, where nobody uses it, delete that one: ${deletionByHand(serial, plan.profile)}`;
  return new Failure("config", taken, { hint: unassigned === null ? rename + orDelete : rename, cause });
}

/** What a person types to delete a virtual device that is enabled for nobody. */
export function deletionByHand(serial: string, profile: string): string {
  return `aws iam delete-virtual-mfa-device --serial-number ${shellWord(serial)} --profile ${shellWord(profile)}`;
}

/** The command that removes what is left of a device of the user's own, at both ends and in the config. */
export function removalOf({ world, plan }: Iam, serial: string): string {
  const yes = world.terminal.interactive ? "" : " --yes";
  return commandFor("mfa remove", plan.profile, [`--name ${shellWord(serial)}${yes}`]);
}

async function checkKeys(iam: Iam, wishes: EnrolmentWishes, serial: string): Promise<readonly string[]> {
  const { count, deviceSerial } = wishes;
  const all = await plugged(iam);
  const there = all.map((key) => key.deviceSerial);
  if (there.length === 0) {
    throw new Failure("unavailable", "no YubiKey is plugged in", { hint: `plug it in, then: ${iam.again}` });
  }
  if (deviceSerial !== undefined && !there.includes(deviceSerial)) {
    throw new Failure("unavailable", `YubiKey ${deviceSerial}, which aws_use_yubikey names, is not plugged in`, {
      hint: `plug it in, then: ${iam.again}`,
    });
  }
  // The one that the profile names is the first, whose codes enable the device.
  const ordered = deviceSerial === undefined ? there : [deviceSerial, ...there.filter((key) => key !== deviceSerial)];
  const isOneMeant = count === 1 && deviceSerial !== undefined;
  if (ordered.length > count && !isOneMeant) {
    if (count === 1 && iam.world.terminal.interactive) return await checked([await whichKey(iam, there)]);
    const orName = count === 1 ? `, or name the one in the profile: aws_use_yubikey = ${there[0]}` : "";
    throw new Failure(
      "config",
      `${ordered.length} YubiKeys are plugged in (${ordered.join(", ")}), and ${count} wanted`,
      {
        hint: `unplug the others, or put the seed on all of them: --keys ${ordered.length}${orName}`,
      },
    );
  }
  if (ordered.length < count && !wishes.mayWaitForSpare) {
    throw new Failure("unavailable", `${ordered.length} of ${count} YubiKeys are plugged in (${ordered.join(", ")})`, {
      hint: `plug the others in, or run it in a terminal: ${iam.again}`,
    });
  }
  return await checked(ordered.slice(0, count));

  async function checked(taken: readonly string[]): Promise<readonly string[]> {
    for (const key of all.filter(({ deviceSerial }) => taken.includes(deviceSerial))) await checkKey(iam, key, serial);
    return taken;
  }
}

/** The key that the person names. Throws Failure "cancelled" where they name none of them. */
async function whichKey({ world, again }: Iam, there: readonly string[]): Promise<string> {
  const choice = there.join(" or ");
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = (await world.terminal.ask(`aws-use: which YubiKey gets the seed, ${choice}?`))?.trim();
    if (!answer) break;
    if (there.includes(answer)) return answer;
    world.terminal.say("aws-use: that serial number is not among them; it is printed on the key");
  }
  throw new Failure("cancelled", `no YubiKey was named, of ${choice}`, {
    hint: `unplug the others, or name it in the profile (aws_use_yubikey = ${there[0]}), then: ${again}`,
  });
}

/** Throws Failure "unavailable" or "config" where the key cannot take the account. */
export async function checkKey(
  request: KeysRequest,
  key: { readonly deviceSerial: string; readonly accounts: readonly string[]; readonly failure?: Failure },
  serial: string,
): Promise<void> {
  const { deviceSerial, accounts, failure } = key;
  if (failure !== undefined) throw failure;
  if (accounts.includes(serial)) {
    throw new Failure(
      "config",
      `YubiKey ${deviceSerial} has an account ${quoted(serial)} already, of an older device`,
      {
        hint: `remove it: ykman --device ${deviceSerial} oath accounts delete ${shellWord(serial)}`,
      },
    );
  }
  if (accounts.length < oathCapacity(undefined)) return;
  const capacity = oathCapacity(await firmware(request, deviceSerial));
  if (accounts.length < capacity) return;
  throw new Failure("unavailable", `YubiKey ${deviceSerial} has no room: it holds ${capacity} OATH accounts`, {
    hint: `remove one that is not needed: ykman --device ${deviceSerial} oath accounts list`,
  });
}

/** Asks IAM beforehand what it would refuse, where that may be asked; what is refused without MFA may be allowed with it. */
async function checkPermissions(iam: Iam, user: IamUser, serial: string, isOwn: boolean): Promise<void> {
  // Of a role's credentials only the name is known, and not the path that its policies are found by.
  if (!isOwn || !isVirtual(serial)) return;
  const refused = await deniedTo(iam, user, serial, false);
  if (refused.length === 0) return;
  const forGood = await deniedTo(iam, user, serial, true);
  if (forGood.length > 0) {
    throw new Failure("denied", `IAM does not allow ${forGood.join(" and ")} to ${quoted(user.name)}`, {
      hint: `let an administrator enrol the key: aws-use mfa enroll PROFILE --user ${shellWord(user.name)}`,
    });
  }
  await iam.elevate();
}

async function deniedTo(iam: Iam, user: IamUser, serial: string, withMfa: boolean): Promise<readonly string[]> {
  const { aws, world, target } = iam;
  const ask = (action: string, resource: string) =>
    aws.deniedActions(
      target(),
      { principal: user.arn, userName: user.name, actions: [action], resource, withMfa },
      world.signal,
    );
  try {
    return (await Promise.all([
      ask("iam:CreateVirtualMFADevice", serial),
      ask("iam:EnableMFADevice", user.arn),
    ])).flat();
  } catch (error) {
    if (error instanceof AwsError && error.kind !== "unreachable") return [];
    throw iam.translated(error, "SimulatePrincipalPolicy");
  }
}
