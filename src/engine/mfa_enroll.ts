/** A new virtual MFA device whose seed is on a YubiKey and nowhere else; all of it, or nothing. */
import { identityPlan } from "../core/identity_plan.ts";
import { lastPart } from "../core/arn.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import { cancelledWith, Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { codeOf, withPair } from "./code_pair.ts";
import { readWorldConfig } from "./config.ts";
import { obtain } from "./credentials.ts";
import { commandFor } from "./hint_command.ts";
import { rememberKey } from "./key_memory.ts";
import type { Wishes } from "./from_cache.ts";
import { type Iam, isAccessDenied } from "./mfa_access.ts";
import {
  checkEnrolment,
  deletionByHand,
  type Enrolment,
  type EnrolmentWishes,
  nameTaken,
  removalOf,
} from "./mfa_checks.ts";
import { checkMfaSerial, writeMfaSerial } from "./mfa_config.ts";
import { pluggedAgain, takeSpare } from "./mfa_spare.ts";
import { type Made, madeAccount, madeDevice, undo, undoLimitMs } from "./mfa_undo.ts";
import { putAccount } from "./oath_keys.ts";
import { patiently } from "./patience.ts";
import { remember } from "./planning.ts";

export interface EnrollWishes extends EnrolmentWishes {
  /** Whether a code of the device wants a touch. */
  readonly touch: boolean;
  /** Whether mfa_serial is written without a question. */
  readonly yes: boolean;
  /** Shows the seed to the person, where they wish to keep it elsewhere too. */
  readonly showSeed?: (device: { readonly serial: string; readonly seed: string }) => Promise<void>;
}

/**
 * Makes the device, puts its seed on the keys, enables it, writes `mfa_serial` and proves it with a new MFA session. The
 * device's ARN is returned, with the words for the case that something after EnableMFADevice failed: from there on nothing
 * is undone, because the device is in force.
 *
 * Throws what `checkEnrolment` throws; after that, once what was made is removed again, what went wrong.
 */
export async function enroll(iam: Iam, wishes: EnrollWishes): Promise<{ serial: string; unfinished?: Failure }> {
  const enrolment = await checkEnrolment(iam, wishes);
  const { world } = iam;
  if (wishes.userName === undefined) {
    await checkMfaSerial(iam, iam.plan.keysFrom.profile, enrolment.serial, wishes.yes);
  }
  world.allowUndoing(undoLimitMs);
  const made: Made[] = [];
  try {
    await enabled(iam, enrolment, wishes, made);
  } catch (error) {
    if (isInForce(error)) return { serial: enrolment.serial, unfinished: unfinished(iam, enrolment, wishes, error) };
    const left = await undo(iam, made);
    if (world.signal.aborted) throw cancelledWith(undoneWords(iam, made, left));
    const failure = iam.translated(error, "EnableMFADevice");
    if (left.length === 0 || !(failure instanceof Failure)) throw failure;
    const isOwn = wishes.userName === undefined;
    const removal = isOwn ? removalOf(iam, enrolment.serial) : left.map(({ command }) => command).join(" && ");
    throw removingFirst(failure, removal, iam);
  }
  world.terminal.say(`aws-use: ${enrolment.serial} is enabled for ${enrolment.user.name}`);
  if (wishes.userName !== undefined) return { serial: enrolment.serial };
  try {
    await finish(iam, enrolment, wishes);
    return { serial: enrolment.serial };
  } catch (error) {
    return { serial: enrolment.serial, unfinished: unfinished(iam, enrolment, wishes, error) };
  }
}

function undoneWords({ again }: Iam, made: readonly Made[], left: readonly Made[]): string {
  if (made.length === 0) return `nothing was made; once more: ${again}`;
  if (left.length === 0) return `what was made is removed again; once more: ${again}`;
  const [what, commands] = [left.map((each) => each.what), left.map(({ command }) => command)];
  return `still there: ${what.join(", ")}; remove it: ${commands.join("; ")}`;
}

/** With what is left of this enrolment the next one would be refused, so its removal comes first in the hint. */
function removingFirst({ kind, message, hint, cause }: Failure, removal: string, { again }: Iam): Failure {
  return new Failure(kind, message, {
    hint: hint.includes(again)
      ? hint.replace(again, () => `${removal} && ${again}`)
      : `remove what is left: ${removal}; then ${hint}`,
    cause,
  });
}

/** All that is undone when it fails. What is made is added to `made` before the call that makes it. */
async function enabled(iam: Iam, enrolment: Enrolment, wishes: EnrollWishes, made: Made[]): Promise<void> {
  const { serial } = enrolment;
  const { seed } = await createDevice(iam, enrolment, wishes.userName === undefined, made);
  const keys = [...enrolment.keys];
  const put = async (deviceSerial: string) => {
    iam.world.signal.throwIfAborted();
    made.push(madeAccount(serial, deviceSerial));
    await putAccount(iam, { deviceSerial, account: serial, seed, touch: wishes.touch });
    iam.world.terminal.say(`aws-use: the seed is on YubiKey ${deviceSerial}`);
  };
  for (const deviceSerial of keys) await put(deviceSerial);
  while (keys.length < wishes.count) {
    const spare = await takeSpare(iam, serial, keys, wishes.count);
    await put(spare);
    keys.push(spare);
  }
  await wishes.showSeed?.({ serial, seed });
  const request = { ...iam, serial, seed };
  const [first, ...spares] = keys;
  for (const deviceSerial of spares) await codeOf({ ...request, deviceSerial }, "a code to compare");
  if (spares.length > 0) await pluggedAgain(iam, first);
  await enableDevice(iam, enrolment, first, seed);
  if (keys.length > 1) await rememberKey(iam.cache, serial, first);
}

async function createDevice(
  iam: Iam,
  { name, serial }: Enrolment,
  isOwn: boolean,
  made: Made[],
): Promise<{ readonly seed: string }> {
  const { aws } = iam;
  const call = "CreateVirtualMFADevice";
  iam.world.signal.throwIfAborted();
  made.push(madeDevice(serial, iam.plan.keysFrom.profile));
  try {
    const device = await iam.change(call, (target, signal) => aws.createVirtualMfaDevice(target, name, signal));
    iam.world.terminal.say(`aws-use: the MFA device ${serial} is made`);
    return device;
  } catch (error) {
    // Without an answer the device may be there, and its seed is lost: it is removed like one that was made.
    const mayBeMade = error instanceof AwsError && (error.kind === "trouble" || error.kind === "unanswered");
    if (!mayBeMade) made.pop();
    if (error instanceof AwsError && error.code.startsWith("EntityAlreadyExists")) {
      throw await nameTaken(iam, serial, isOwn, error);
    }
    throw iam.translated(error, call);
  }
}

/** EnableMFADevice with two codes of the key, until AWS takes them. */
async function enableDevice(iam: Iam, { user, serial }: Enrolment, deviceSerial: string, seed: string): Promise<void> {
  const { world, aws, cache, again } = iam;
  const call = "EnableMFADevice";
  const once = async () => {
    world.signal.throwIfAborted();
    await withPair({ world, cache, serial, deviceSerial, again, seed }, async ({ codes }) => {
      const request = { userName: user.name, serial, codes };
      try {
        await iam.spend(call, (target, signal) => aws.enableMfaDevice(target, request, signal));
      } catch (error) {
        if (!isAnswerLost(error) || !await isEnabled(iam, user.name, serial)) throw error;
      }
    });
  };
  const attempt = () =>
    once().catch(async (error) => {
      // The codes are spent with the refusal, so the MFA session goes with fresh ones.
      if (!isAccessDenied(error) || !await iam.elevate()) throw error;
      await once();
    });
  await patiently(
    world,
    "AWS does not take the codes yet, as it often is for some minutes after a device was made",
    attempt,
    isCodeRefused,
  ).catch((error) => {
    if (!isCodeRefused(error)) throw iam.translated(error, call);
    throw new Failure("denied", `AWS does not take the codes of YubiKey ${deviceSerial} after 5 minutes`, {
      hint: `check the clock of this machine, then: ${again}`,
      cause: error,
    });
  });
}

function isAnswerLost(error: unknown): boolean {
  return error instanceof AwsError && (error.kind === "trouble" || error.kind === "unanswered");
}

/** Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html#API_EnableMFADevice_Errors> */
function isCodeRefused(error: unknown): boolean {
  return error instanceof AwsError && error.kind === "refused" && error.code.startsWith("InvalidAuthenticationCode");
}

/** How long AWS is given to list what it has just done, in milliseconds between two looks. */
const lookPausesMs = [1000, 3000] as const;

/** Whether a call whose answer was lost has enabled the device. Throws InForce where AWS does not tell. */
async function isEnabled(iam: Iam, userName: string, serial: string): Promise<boolean> {
  const { world, aws, read } = await iam.deaf();
  world.terminal.say("aws-use: the answer to EnableMFADevice was lost; looking whether the device is enabled");
  try {
    for (let look = 0;; look++) {
      const { serials } = await read("ListMFADevices", (target) => aws.listMfaDevices(target, world.signal, userName));
      if (serials.includes(serial)) return true;
      if (look === lookPausesMs.length) return false;
      await world.clock.sleep(lookPausesMs[look]);
    }
  } catch (cause) {
    throw new Failure("tryAgain", "AWS does not tell whether the device is enabled", {
      hint: `look at it: ${commandFor("mfa list", iam.plan.profile)}`,
      cause: { name: "inForce", cause },
    });
  }
}

/** Whether the device may be enabled although this went wrong. */
function isInForce(error: unknown): boolean {
  return error instanceof Failure && (error.cause as { readonly name?: string } | undefined)?.name === "inForce";
}

/** What follows on EnableMFADevice: the person's config, and the proof that STS takes a code. */
async function finish(iam: Iam, { serial, user, keys }: Enrolment, wishes: EnrollWishes): Promise<void> {
  const { world, cache, plan } = iam;
  world.signal.throwIfAborted();
  await writeMfaSerial(iam, plan.keysFrom.profile, serial, wishes.yes);
  const { config } = await readWorldConfig(world);
  const session = identityPlan(plan.profile, config, world.environment.all(), serial);
  await remember(cache, session, {
    mfaSerial: serial,
    userName: user.name,
    askedAt: Math.floor(world.clock.nowMs() / 1000),
  });
  if (session.steps.length === 0) return;
  const own = { ...session, mfaProcess: undefined, yubikey: keys[0] };
  const fresh: Wishes = {
    marginSeconds: 0,
    endsAfter: Infinity,
    noCache: false,
    noTouch: false,
    takesNoCode: true,
    again: iam.again,
    plain: iam.again,
  };
  await patiently(
    world,
    "STS does not know the device yet, as it often is for some minutes after it was enabled",
    async () => {
      world.signal.throwIfAborted();
      await obtain(world, cache, own, fresh);
    },
    isRefusedByWantOfDevice,
  );
  world.terminal.say(`aws-use: proven: ${lastPart(serial)} gives an MFA session to profile ${quoted(plan.profile)}`);
}

function isRefusedByWantOfDevice(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : error;
  return cause instanceof AwsError && cause.kind === "refused" && /MultiFactorAuthentication/i.test(cause.message);
}

/** The Failure for a device that is enabled while something after that did not come off. */
function unfinished(iam: Iam, { serial, user, name }: Enrolment, wishes: EnrollWishes, error: unknown): Failure {
  const told = iam.translated(error, "GetSessionToken");
  const why = iam.world.signal.aborted
    ? "you cancelled the rest"
    : told instanceof Failure
    ? told.message
    : String(told);
  const { plan } = iam;
  const profile = shellWord(plan.profile);
  const removal = wishes.userName === undefined
    ? commandFor("mfa remove", plan.profile, [`--name ${shellWord(name)}`])
    : `aws iam deactivate-mfa-device --user-name ${shellWord(user.name)} --serial-number ${
      shellWord(serial)
    } --profile ${profile} && ${deletionByHand(serial, plan.profile)}`;
  const state = isInForce(error) ? "may be enabled" : "is enabled";
  return new Failure("tryAgain", `the MFA device ${quoted(serial)} ${state} for ${quoted(user.name)}, and ${why}`, {
    hint: wishes.userName === undefined
      ? `use it: ${commandFor("use", plan.profile)}; or remove it: ${removal} --last`
      : `remove it, if it shall go: ${removal}`,
    cause: error,
  });
}
