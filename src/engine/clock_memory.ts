/** How far this machine's clock was from AWS's when a code of the key was last wanted, for a code that nobody sends for us. */
import { formatLeft } from "../core/duration.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { clockText, clockToleranceSeconds } from "./refusals.ts";

/** From then on nobody knows whether the clock was set since. */
const keptMs = 15 * 60_000;

const folder = "devices";
const name = "clock";

/** Remembers seconds that the clock of AWS is ahead, where they make it refuse codes. */
export async function noteClock(cache: SessionCache, nowMs: number, offset: number): Promise<void> {
  if (Math.abs(offset) > clockToleranceSeconds) await cache.writeText(folder, name, `${nowMs} ${offset}\n`);
  else if (await cache.readText(folder, name) !== null) await cache.remove(folder, name);
}

/** Tells that AWS may refuse a code which is shown: whoever types it there would learn no reason. Makes no call. */
export async function warnOfClock({ clock, terminal }: World, cache: SessionCache): Promise<void> {
  const [seenMs, offset] = (await cache.readText(folder, name) ?? "").split(" ").map(Number);
  const agoMs = clock.nowMs() - seenMs;
  if (!(agoMs >= 0 && agoMs <= keptMs && Math.abs(offset) > clockToleranceSeconds)) return;
  const ago = agoMs < 1000 ? "just now" : `${formatLeft(agoMs / 1000)} ago`;
  terminal.say(`aws-use: warning: ${clockText(offset)}, seen ${ago}: AWS may refuse this code; see: aws-use doctor`);
}
