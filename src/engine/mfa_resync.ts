/** `mfa resync`: two codes that follow each other bring AWS's counter back into step with the device. */
import { isTokenCode, spend, windowAt } from "../core/totp_window.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { tellClockNow } from "./aws_call.ts";
import { type CodePair, withPair } from "./code_pair.ts";
import { commandFor, withFlag } from "./hint_command.ts";
import { type Iam, isAccessDenied, refuseWrongClock } from "./mfa_access.ts";
import { chosen, type Devices, devicesOf } from "./mfa_devices.ts";
import { digestOf, exclusivelyFor } from "./token_code.ts";

/**
 * Brings the device into step and returns its serial.
 *
 * Throws Failure: "usage" where the question cannot be asked, "config" for a device that is not there or has no codes,
 * "unavailable" where no key holds it and nobody can type, "denied" where AWS does not take the codes or one was typed that
 * is used already, "tryAgain" for a wrong clock or a lost answer, "cancelled".
 */
export async function resync(iam: Iam, wishes: { readonly name?: string; readonly yes: boolean }): Promise<string> {
  const { world } = iam;
  const devices = await devicesOf(iam, { name: wishes.name });
  const { serial, kind, at_aws, keys } = await chosen(iam, devices, { name: wishes.name });
  const isUnassigned = devices.unassigned.has(serial);
  if (kind === "fido" || !at_aws || isUnassigned) {
    const what = isUnassigned
      ? "is enabled for nobody"
      : at_aws
      ? "is a FIDO device, which has no codes"
      : "is not at AWS";
    throw new Failure(
      "config",
      `${quoted(serial)} ${what}`,
      {
        hint: `see the devices: ${commandFor("mfa list", iam.plan.profile)}`,
      },
    );
  }
  if (keys.length > 0) refuseWrongClock(iam);
  else if (!world.terminal.interactive) throw onNoKey(serial, devices, iam);
  else tellClockNow(world, iam.aws);
  const deviceSerial = keys.find((key) => key === iam.plan.yubikey) ?? keys.at(0);
  const source = deviceSerial ? `YubiKey ${deviceSerial}` : "the device, typed in";
  if (!wishes.yes) {
    const question = `resync ${serial} with two codes of ${source}`;
    if (!world.terminal.interactive) {
      throw new Failure("usage", `nobody can be asked whether to ${question}`, {
        hint: `answer on the command line: ${withFlag(iam.again, "--yes")}`,
      });
    }
    const answer = await world.terminal.ask(`aws-use: ${question}? [Y/n]`);
    if (answer === null || !/^(y(es)?)?$/i.test(answer.trim())) {
      throw new Failure("cancelled", "not resynchronized", { hint: "answer y, or give --yes" });
    }
  }
  const { aws } = iam;
  const send = async ({ codes }: CodePair) => {
    const request = { userName: devices.user.name, serial, codes };
    await iam.spend(call, (target, signal) => aws.resyncMfaDevice(target, request, signal));
  };
  const once = async () => {
    if (deviceSerial === undefined) await withTypedPair(iam, serial, send);
    else await withPair({ ...iam, serial, deviceSerial }, send);
  };
  try {
    await once().catch(async (error) => {
      if (!isAccessDenied(error) || !await iam.elevate()) throw error;
      world.terminal.say("aws-use: the two codes are spent with the refusal; once more with fresh ones");
      await once();
    });
  } catch (error) {
    throw explained(iam, { serial, isTyped: deviceSerial === undefined }, error);
  }
  return serial;
}

const call = "ResyncMFADevice";

interface Resynced {
  readonly serial: string;
  readonly isTyped: boolean;
}

function explained(iam: Iam, { serial, isTyped }: Resynced, error: unknown): unknown {
  const failure = iam.translated(error, call);
  if (!(error instanceof AwsError) || !(failure instanceof Failure)) return failure;
  const { profile } = iam.plan;
  if (error.code.startsWith("InvalidAuthenticationCode")) {
    // Typed digits say nothing about the device's seed, and a good device shall not be removed for a slip.
    if (isTyped) {
      return new Failure(
        "denied",
        `AWS does not take the two codes for ${quoted(serial)}: mistyped, not in sequence or already used`,
        { hint: typeNext(serial, iam), cause: error },
      );
    }
    return new Failure(
      "denied",
      `AWS does not take the two codes for ${quoted(serial)}: the device has another seed`,
      {
        hint: `remove it and enrol the key anew: ${commandFor("mfa remove", profile, [`--name ${shellWord(serial)}`])}`,
        cause: error,
      },
    );
  }
  if (error.kind !== "trouble" && error.kind !== "unanswered") return failure;
  return new Failure(failure.kind, `${failure.message}; AWS may have resynchronized the device all the same`, {
    hint: `find out whether it takes a code: ${
      commandFor("use", iam.plan.profile, ["--no-cache"])
    }; if not: ${iam.again}`,
    cause: error,
  });
}

/** A hardware token, or an authenticator on a phone: the person reads both codes off it. */
async function withTypedPair(iam: Iam, serial: string, send: (pair: CodePair) => Promise<void>): Promise<void> {
  const { world, cache } = iam;
  await exclusivelyFor({ cache, serial }, async (memory, remember) => {
    const before = await memory();
    const fresh = async (question: string, sent: readonly string[]) => {
      const code = await typed(iam, question);
      const digest = await digestOf(serial, code);
      if (sent.includes(digest)) throw alreadySent(serial, iam);
      return { code, digest };
    };
    const sent = before?.digests ?? [];
    const first = await fresh(`a code of ${serial}:`, sent);
    const second = await fresh("the code that follows it, in up to 30 s:", [...sent, first.digest]);
    const window = windowAt(world.clock.nowMs());
    await remember(spend(spend(before, window, first.digest), window, second.digest));
    try {
      await send({ codes: [first.code, second.code], window });
    } catch (error) {
      // Nothing of the request has left this machine, so the codes are as good as before.
      if (error instanceof AwsError && error.kind === "unreachable") await remember(before);
      throw error;
    }
  });
}

function alreadySent(serial: string, iam: Iam): Failure {
  return new Failure("denied", `this code of ${quoted(serial)} was used already, and AWS takes a code once`, {
    hint: typeNext(serial, iam),
  });
}

function typeNext(serial: string, { again }: Iam): string {
  return `wait for the next code of ${serial}, type it and the one after it: ${again}`;
}

async function typed({ world, again }: Iam, question: string): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const code = (await world.terminal.ask(question))?.replace(/\s/g, "");
    if (!code) break;
    if (isTokenCode(code)) return code;
    world.terminal.say("aws-use: a token code is six digits");
  }
  throw new Failure("cancelled", "no code was typed", { hint: `call again: ${again}` });
}

function onNoKey(serial: string, { keys, unread }: Devices, { again }: Iam): Failure {
  const there = keys.map(({ deviceSerial }) => deviceSerial);
  const orType = `or type the codes in a terminal: ${again}`;
  // A key that could not be read may be the one.
  if (unread !== undefined) {
    return new Failure(unread.kind, `cannot tell whether a YubiKey has ${quoted(serial)}: ${unread.message}`, {
      hint: `${unread.hint}; ${orType}`,
      cause: unread.cause,
    });
  }
  const which = there.length === 0 ? "no YubiKey is plugged in" : `no YubiKey that is plugged in (${there.join(", ")})`;
  return new Failure("unavailable", there.length === 0 ? which : `${which} has an account named ${quoted(serial)}`, {
    hint: `plug in the one that has it, ${orType}`,
  });
}
