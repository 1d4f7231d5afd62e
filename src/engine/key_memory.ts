/** Which YubiKey held a device's account when several were plugged in, so that the next call asks that one at once. */
import { cacheKey } from "../core/session.ts";
import type { SessionCache } from "../world/session_cache.ts";

/** Serial number of the YubiKey, null where none is remembered. */
export async function recallKey(cache: SessionCache, mfaSerial: string): Promise<string | null> {
  const [deviceSerial, remembered] = (await cache.readText("devices", await nameOf(mfaSerial)) ?? "").split("\n");
  return remembered === mfaSerial && /^[0-9]{1,10}$/.test(deviceSerial) ? deviceSerial : null;
}

export async function rememberKey(cache: SessionCache, mfaSerial: string, deviceSerial: string): Promise<void> {
  await cache.writeText("devices", await nameOf(mfaSerial), `${deviceSerial}\n${mfaSerial}\n`);
}

export async function forgetKey(cache: SessionCache, mfaSerial: string): Promise<void> {
  await cache.remove("devices", await nameOf(mfaSerial));
}

async function nameOf(mfaSerial: string): Promise<string> {
  return `key-${await cacheKey({ mfaSerial })}`;
}
