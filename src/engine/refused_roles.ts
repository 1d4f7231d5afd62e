/** Roles that AWS refused although the MFA code was a fresh one: another touch would be spent in vain. */
import type { SessionCache } from "../world/session_cache.ts";

/** How long that is believed, in seconds: an administrator may have allowed the role meanwhile. */
const believedSeconds = 600;

/** Whether AWS refused the role of the step cached under `stepKey` with a fresh code, no longer than ten minutes ago. */
export async function isRefusedAnyway(cache: SessionCache, stepKey: string, nowMs: number): Promise<boolean> {
  const refusedAt = Number(await cache.readText("devices", nameOf(stepKey)) ?? NaN);
  const age = nowMs / 1000 - refusedAt;
  return age > -1 && age <= believedSeconds;
}

export async function rememberRefused(cache: SessionCache, stepKey: string, nowMs: number): Promise<void> {
  await cache.writeText("devices", nameOf(stepKey), `${Math.floor(nowMs / 1000)}\n`);
}

function nameOf(stepKey: string): string {
  return `refused-${stepKey}`;
}
