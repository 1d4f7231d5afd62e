/** The YubiKey as a source of codes: one ykman at a time, the touch asked for where the person sees it. */
import { lastPart } from "../core/arn.ts";
import { isLocked, keyOf, reasonOf, ykmanFailure } from "../core/ykman_failure.ts";
import type { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import {
  type AccountsOfKey,
  codeFromYubiKey,
  findAccount,
  type KeyRequest as KeyAsked,
  pluggedSerials,
  type YkmanWorld,
  type YubiKeyCode,
} from "../world/ykman.ts";
import { forgetKey, recallKey, rememberKey } from "./key_memory.ts";
import { eachKey } from "./oath_keys.ts";
import { unlocked } from "./oath_password.ts";
import { notify } from "./notification.ts";
import { withYkman } from "./one_ykman.ts";
import { forgetTouch, keyWaitText, noteTouch } from "./pending_touch.ts";
import { busyTo, type Tell, waitingFor } from "./waiting.ts";

export interface KeyRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** ARN of the MFA device, which is the name of the account on the key. */
  readonly serial: string;
  /** Serial number of the YubiKey that the profile names. */
  readonly deviceSerial?: string;
  /** Why a touch is asked for, as the person reads it: `profile "admin"`. */
  readonly purpose: string;
  /** The command that does the same again, and the one that takes a code from another source, for hints. */
  readonly again: string;
  readonly byHand?: string;
}

/** A touch that does not come within this time is asked for once more. */
const reminderMs = 5000;

/** A code of the account. Throws what `codeFromYubiKey` throws, or the reason of `signal`. */
export async function codeFromKey(request: KeyRequest, signal: AbortSignal): Promise<YubiKeyCode> {
  const { world, cache, serial } = request;
  try {
    return await withYkman(request, async (ykman) => {
      // Only now: as long as another aws-use has the key, its touch is wanted.
      const usual = "waiting for ykman to find the YubiKey, for at most 30 s …";
      const text = await keyWaitText(cache, world.clock.nowMs(), usual);
      return await waitingFor(world, text, async (tell, whileAsking) => {
        const remembered = request.deviceSerial ??
          await holderPlugged(request, ykman, { signal, onBusy: busyTo(tell) });
        const codeOf = (deviceSerial: string | undefined) =>
          unlocked(
            { world, ykman, signal, deviceSerial, whileAsking },
            (password) => touched(request, ykman, { deviceSerial, password, signal, tell }),
          );
        const codeOfAny = () =>
          codeOf(undefined).catch(async (error) => {
            // Several are plugged in, and any of those that are locked may have it.
            if (!isLocked(error) || keyOf(error) === undefined) throw error;
            const asked = { world, ykman, whileAsking, signal, again: request.again, onBusy: busyTo(tell) };
            return await codeOf(await holderAmong(request, eachKey(asked)));
          });
        const answer = remembered === undefined ? await codeOfAny() : await codeOf(remembered).catch(async (error) => {
          // The account was moved to another key since.
          if (request.deviceSerial !== undefined || reasonOf(error) !== "noAccount") throw error;
          await forgetKey(cache, serial);
          return await codeOfAny();
        });
        if (answer.deviceSerial !== undefined && answer.deviceSerial !== remembered) {
          await rememberKey(cache, serial, answer.deviceSerial);
        }
        return answer;
      });
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  }
}

/** Serial number of the first of `keys` that has the account. Throws Failure "unavailable" where none has. */
async function holderAmong(
  { serial, again, byHand }: KeyRequest,
  keys: AsyncIterable<AccountsOfKey>,
): Promise<string> {
  const others: AccountsOfKey[] = [];
  for await (const key of keys) {
    if (key.accounts.includes(serial)) return key.deviceSerial;
    others.push(key);
  }
  const serials = others.map(({ deviceSerial }) => deviceSerial);
  throw others.find(({ failure }) => failure)?.failure ??
    ykmanFailure({ name: "noAccount", serials }, { mfaSerial: serial, again, byHand });
}

/** Reasons to give no code that may be gone when it is asked for. */
const passing = ["busy", "cardReset", "pulledOut", "noAnswer", "ended"];

/** Throws what `codeFromKey` is bound to throw later too, found out without a touch, or the reason of `signal`. */
export async function checkKey(request: KeyRequest, signal: AbortSignal): Promise<void> {
  const { serial: mfaSerial, deviceSerial, again, byHand } = request;
  try {
    await withYkman(request, (ykman) => findAccount(ykman, { mfaSerial, deviceSerial, again, byHand, signal }));
  } catch (error) {
    signal.throwIfAborted();
    // For a password the person is asked later.
    if (!isLocked(error) && !passing.includes(reasonOf(error) ?? "")) throw error;
  }
}

interface Asking {
  readonly deviceSerial: string | undefined;
  readonly password: string | undefined;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** The code, with the touch asked for where the account wants one, and once more while it does not come. */
async function touched(
  { world, cache, serial, purpose, again, byHand }: KeyRequest,
  ykman: YkmanWorld,
  { tell, ...asked }: Asking,
): Promise<YubiKeyCode> {
  const over = new AbortController();
  let noted: Promise<void> | undefined;
  const onTouchWanted = (device: string | undefined) => {
    const key = device ? `YubiKey ${device}` : "your YubiKey";
    const what = `${key} for ${purpose} (${lastPart(serial)})`;
    tell(`touch ${what}, within 15 s …`);
    notify(world, `touch ${what}`);
    noted = noteTouch(cache, world.clock.nowMs()).catch(() => {});
    world.clock.sleep(reminderMs, over.signal).then(() => {
      tell(`still waiting: touch ${what}; it blinks …`);
      notify(world, `still waiting: touch ${what}`);
    }, () => {});
  };
  let isGivenUp = false;
  try {
    return await codeFromYubiKey(ykman, {
      ...asked,
      mfaSerial: serial,
      again,
      byHand,
      onTouchWanted,
      onBusy: busyTo(tell),
    });
  } catch (error) {
    isGivenUp = asked.signal.aborted || reasonOf(error) === "ended";
    throw error;
  } finally {
    over.abort();
    // A note that cannot be removed costs a wrong word for some seconds, and no code.
    await noted;
    if (noted && !isGivenUp) await forgetTouch(cache).catch(() => {});
  }
}

/**
 * The key that held the account when several were plugged in, if it is plugged in now: asking for one that is not takes
 * ykman up to 13 s.
 */
async function holderPlugged(
  { cache, serial }: KeyRequest,
  ykman: YkmanWorld,
  asked: Pick<KeyAsked, "signal" | "onBusy">,
): Promise<string | undefined> {
  const remembered = await recallKey(cache, serial);
  if (remembered === null) return undefined;
  return (await pluggedSerials(ykman, asked)).includes(remembered) ? remembered : undefined;
}

/** Whether a typed code is the way out: there is no key, no ykman, or not this account on it. */
export function mayTypeInstead(failure: Failure): boolean {
  const reasons = ["noDevice", "notInstalled", "pcscdOff", "noAccount", "wrongSerial", "severalDevices"];
  return reasons.includes(reasonOf(failure) ?? "");
}
