/** The YubiKeys that are plugged in and their OATH accounts, each asked for its password where it wants one. */
import type { SessionCache } from "../world/session_cache.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";
import { type AccountsOfKey, type KeyRequest, pluggedSerials, type YkmanWorld } from "../world/ykman.ts";
import { accountsOf, addAccount, deleteAccount, firmwareOf, type OneKey } from "../world/ykman_accounts.ts";
import { unlocked } from "./oath_password.ts";
import { withYkman } from "./one_ykman.ts";
import { keyWaitText } from "./pending_touch.ts";
import { busyTo, waitingFor, type WhileAsking } from "./waiting.ts";

export interface KeysRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** The command that does the same again, for hints. */
  readonly again?: string;
}

/**
 * The accounts of every key that is plugged in, without a touch; empty where there is none. Keys that hide their serial
 * number are left out, because ykman cannot be told to ask them.
 *
 * Throws Failure "unavailable" (no ykman, no pcscd) or "cancelled"; what is wrong with one key is told beside it.
 */
export async function plugged(request: KeysRequest): Promise<readonly AccountsOfKey[]> {
  return await asking(request, "waiting for ykman to look at the keys", (asked) => Array.fromAsync(eachKey(asked)));
}

/** As {@link plugged}, one key after the other: who has found what they look for asks for no further password. */
export async function* eachKey(asked: Asked): AsyncIterable<AccountsOfKey> {
  for (const deviceSerial of await pluggedSerials(asked.ykman, asked)) {
    try {
      yield { deviceSerial, accounts: await onKey(asked, deviceSerial, (key) => accountsOf(asked.ykman, key)) };
    } catch (error) {
      if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
      yield { deviceSerial, accounts: [], failure: error };
    }
  }
}

/** Serial numbers of the keys that are plugged in. Throws as {@link plugged}. */
export async function pluggedKeys(request: KeysRequest): Promise<readonly string[]> {
  return await asking(request, "waiting for ykman to look for keys", (asked) => pluggedSerials(asked.ykman, asked));
}

/** The firmware of a key, undefined where ykman does not tell it. Throws as `codeFromYubiKey` does. */
export async function firmware(request: KeysRequest, deviceSerial: string): Promise<string | undefined> {
  return await asking(
    request,
    `waiting for YubiKey ${deviceSerial}`,
    (asked) => firmwareOf(asked.ykman, { ...asked, deviceSerial }),
  );
}

export interface Account {
  readonly deviceSerial: string;
  /** ARN of the MFA device. */
  readonly account: string;
}

/** Puts the account on the key; a code of it then wants a touch where `touch` says so. Throws as `codeFromYubiKey` does. */
export async function putAccount(
  request: KeysRequest,
  { deviceSerial, ...account }: Account & { readonly seed: string; readonly touch: boolean },
): Promise<void> {
  await asking(
    request,
    `writing to YubiKey ${deviceSerial}`,
    (asked) => onKey(asked, deviceSerial, (key) => addAccount(asked.ykman, { ...key, ...account })),
  );
}

/** Takes the account off the key and returns whether it was there. Throws as `codeFromYubiKey` does. */
export async function removeAccount(request: KeysRequest, { deviceSerial, account }: Account): Promise<boolean> {
  return await asking(
    request,
    `removing the account from YubiKey ${deviceSerial}`,
    (asked) => onKey(asked, deviceSerial, (key) => deleteAccount(asked.ykman, { ...key, account })),
  );
}

export interface Asked extends Pick<KeyRequest, "signal" | "onBusy" | "again"> {
  readonly world: World;
  readonly ykman: YkmanWorld;
  readonly whileAsking: WhileAsking;
}

async function asking<T>(
  { world, cache, again }: KeysRequest,
  text: string,
  action: (asked: Asked) => Promise<T>,
): Promise<T> {
  return await withYkman({ world, cache }, async (ykman) => {
    const waiting = await keyWaitText(cache, world.clock.nowMs(), `${text}, for at most 30 s …`);
    const { signal } = world;
    return await waitingFor(
      world,
      waiting,
      (tell, whileAsking) => action({ world, ykman, whileAsking, signal, again, onBusy: busyTo(tell) }),
    );
  });
}

async function onKey<T>(
  { world, ykman, whileAsking, ...asked }: Asked,
  deviceSerial: string,
  ask: (key: OneKey) => Promise<T>,
): Promise<T> {
  const { signal } = asked;
  return await unlocked(
    { world, ykman, signal, deviceSerial, whileAsking },
    (password) => ask({ ...asked, deviceSerial, password }),
  );
}
