/** The OATH accounts of one YubiKey, changed by way of ykman. The caller sees to it that no other ykman has the key. */
import { type NoCodeReason, ykmanFailure } from "../core/ykman_failure.ts";
import { parseAccounts, parseFirmware } from "../core/ykman_output.ts";
import { checkedYubikeySerial } from "../core/yubikey_serial.ts";
import { askPatiently, isReason, type KeyRequest } from "./ykman.ts";
import type { RunOptions, YkmanRun, YkmanWorld } from "./ykman_process.ts";

export interface OneKey extends KeyRequest {
  /** Serial number of the key; without it, the only one that is plugged in. */
  readonly deviceSerial?: string;
}

export interface NewAccount extends OneKey {
  /** ARN of the MFA device. */
  readonly account: string;
  /** In base32; goes over stdin and nowhere else. */
  readonly seed: string;
  readonly touch: boolean;
}

/** Names of the accounts on the key. Throws as `codeFromYubiKey` does. */
export async function accountsOf(world: YkmanWorld, request: OneKey): Promise<readonly string[]> {
  return parseAccounts((await ask(world, request, ["oath", "accounts", "list"])).stdout);
}

/** The key's firmware, undefined where ykman does not tell it. Throws as `codeFromYubiKey` does. */
export async function firmwareOf(world: YkmanWorld, request: OneKey): Promise<string | undefined> {
  return parseFirmware((await ask(world, request, ["info"])).stdout);
}

/** Puts a new account on the key. Throws as `codeFromYubiKey` does, and where the key has no room for another one. */
export async function addAccount(world: YkmanWorld, request: NewAccount): Promise<void> {
  const touch = request.touch ? ["--touch"] : [];
  await ask(world, request, ["oath", "accounts", "add", ...touch, "--", request.account], [request.seed]);
}

/** Takes the account off the key and returns whether it was there. Throws as `codeFromYubiKey` does. */
export async function deleteAccount(
  world: YkmanWorld,
  request: OneKey & { readonly account: string },
): Promise<boolean> {
  // ykman takes the name for a part of one: without this look it would delete `…/bob2` in place of a missing `…/bob`.
  if (!(await accountsOf(world, request)).includes(request.account)) return false;
  await ask(world, request, ["oath", "accounts", "delete", "--force", "--", request.account]);
  return true;
}

/** Lets ykman keep `request.password` for this key on this machine. Throws as `codeFromYubiKey` does. */
export async function rememberPassword(world: YkmanWorld, request: OneKey): Promise<void> {
  await ask(world, request, ["oath", "access", "remember"]);
}

async function ask(
  world: YkmanWorld,
  request: OneKey,
  args: readonly string[],
  input?: RunOptions["input"],
): Promise<YkmanRun> {
  const { deviceSerial } = request;
  const answer: YkmanRun | NoCodeReason = await askPatiently(
    world,
    [...(deviceSerial === undefined ? [] : ["--device", checkedYubikeySerial(deviceSerial)]), ...args],
    { ...request, input },
  );
  if (isReason(answer)) throw ykmanFailure(answer, { mfaSerial: "", deviceSerial, again: request.again });
  return answer;
}
