/** A touch that was asked for and then given up: the key goes on waiting for it, and for no other request meanwhile. */
import type { SessionCache } from "../world/session_cache.ts";

/** How long a key waits for a touch, in milliseconds: then ykman, where it still runs, says `Touch account timed out!`. */
const touchLimitMs = 15_000;

/** Our clock starts when ykman says that it asks, some time before or after the key's. */
const toleranceMs = 1000;

const folder = "devices";
const name = "touch";

/** To be called when a touch is asked for: who kills us leaves no time for it. */
export async function noteTouch(cache: SessionCache, nowMs: number): Promise<void> {
  await cache.writeText(folder, name, `${nowMs}\n`);
}

/** To be called once the key has answered. */
export async function forgetTouch(cache: SessionCache): Promise<void> {
  await cache.remove(folder, name);
}

/** What the wait for a key is called: `otherwise`, where it does not wait for a touch that was given up. */
export async function keyWaitText(cache: SessionCache, nowMs: number, otherwise: string): Promise<string> {
  const askedMs = Number(await cache.readText(folder, name) ?? NaN);
  const leftMs = askedMs + touchLimitMs - nowMs;
  if (!(leftMs > -toleranceMs && leftMs <= touchLimitMs)) return otherwise;
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  return `the YubiKey still waits for the touch that was cancelled; at most ${seconds} s …`;
}
