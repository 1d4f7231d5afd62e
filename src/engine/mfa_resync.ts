/** `mfa resync`: two codes that follow each other bring AWS's counter back into step with the device. */
import { isTokenCode, spend, windowAt } from "../core/totp_window.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { type CodePair, withPair } from "./code_pair.ts";
import { type Iam, isAccessDenied, refuseWrongClock } from "./mfa_access.ts";
import { chosen, devicesOf } from "./mfa_devices.ts";
import { digestOf, exclusivelyFor } from "./token_code.ts";

/**
 * Brings the device into step and returns its serial.
 *
 * Throws Failure: "usage" where the question cannot be asked, "config" for a device that is not there or has no codes,
 * "unavailable" where no key holds it and nobody can type, "denied" where AWS does not take the codes, "tryAgain" for a wrong clock or a lost answer, "cancelled".
 */
export async function resync(iam: Iam, wishes: { readonly name?: string; readonly yes: boolean }): Promise<string> {
  const { world } = iam;
  const devices = await devicesOf(iam);
  const { serial, kind, at_aws, keys } = await chosen(devices, wishes.name, iam);
  if (kind === "fido" || !at_aws) {
    throw new Failure(
      "config",
      `${quoted(serial)} ${at_aws ? "is a FIDO device, which has no codes" : "is not at AWS"}`,
      {
        hint: `see the devices: aws-use mfa list ${shellWord(iam.plan.profile)}`,
      },
    );
  }
  if (keys.length > 0) refuseWrongClock(iam);
  else if (!world.terminal.interactive) throw onNoKey(serial, devices.keys.map((key) => key.deviceSerial), iam);
  const source = keys.length > 0 ? `YubiKey ${keys[0]}` : "the device, typed in";
  if (!wishes.yes) {
    const question = `resync ${serial} with two codes of ${source}`;
    if (!world.terminal.interactive) {
      throw new Failure("usage", `nobody can be asked whether to ${question}`, {
        hint: `answer on the command line: ${iam.again} --yes`,
      });
    }
    const answer = await world.terminal.ask(`aws-use: ${question}? [Y/n]`);
    if (answer === null || !/^(y(es)?)?$/i.test(answer.trim())) {
      throw new Failure("cancelled", "not resynchronized", { hint: "answer y, or give --yes" });
    }
  }
  const send = (pair: CodePair) => sent(iam, devices.user.name, serial, pair);
  if (keys.length === 0) await withTypedPair(iam, serial, send);
  else await withPair({ ...iam, serial, deviceSerial: keys[0] }, send);
  return serial;
}

async function sent(iam: Iam, userName: string, serial: string, { codes }: CodePair): Promise<void> {
  const { aws } = iam;
  const call = "ResyncMFADevice";
  try {
    await iam.spend(call, (target, signal) => aws.resyncMfaDevice(target, { userName, serial, codes }, signal));
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("InvalidAuthenticationCode")) {
      throw new Failure(
        "denied",
        `AWS does not take the two codes for ${quoted(serial)}: the device has another seed`,
        {
          hint: `remove it and enrol the key anew: aws-use mfa remove ${shellWord(iam.plan.profile)} --name ${
            shellWord(serial)
          }`,
          cause: error,
        },
      );
    }
    if (isAccessDenied(error) && await iam.elevate()) {
      throw new Failure("tryAgain", "IAM wants an MFA session for ResyncMFADevice, which is there now", {
        hint: `the codes are spent; once more: ${iam.again}`,
        cause: error,
      });
    }
    throw iam.translated(error, call);
  }
}

/** A hardware token, or an authenticator on a phone: the person reads both codes off it. */
async function withTypedPair(iam: Iam, serial: string, send: (pair: CodePair) => Promise<void>): Promise<void> {
  const { world, cache } = iam;
  await exclusivelyFor({ cache, serial }, async (memory, remember) => {
    const first = await typed(iam, `a code of ${serial}:`);
    const second = await typed(iam, "the code that follows it, in up to 30 s:");
    const window = windowAt(world.clock.nowMs());
    const before = await memory();
    const spent = spend(before, window, await digestOf(serial, first));
    await remember(spend(spent, window, await digestOf(serial, second)));
    await send({ codes: [first, second], window });
  });
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

function onNoKey(serial: string, there: readonly string[], { again }: Iam): Failure {
  const which = there.length === 0 ? "no YubiKey is plugged in" : `no YubiKey that is plugged in (${there.join(", ")})`;
  return new Failure("unavailable", there.length === 0 ? which : `${which} has an account named ${quoted(serial)}`, {
    hint: `plug in the one that has it, or type the codes in a terminal: ${again}`,
  });
}
