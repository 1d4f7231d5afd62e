/** The wait for a code that was not sent before. */
import { type Spent, waitForUnspentMs } from "../core/totp_window.ts";
import type { World } from "../world/world.ts";

/**
 * Waits for a code that is not spent, no longer than `check` gives hope that it will serve: it gets a signal of the wait's end.
 * Throws what `check` throws.
 */
export async function waitForFreshWindow(
  world: World,
  spent: Spent | null,
  check: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const progress = world.terminal.progress();
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const countdown = async () => {
    for (;;) {
      const ms = waitForUnspentMs(world.clock.nowMs(), spent?.window);
      if (ms === 0) return;
      progress.show(`the code of this 30 s window is spent; the next one comes in ${Math.ceil(ms / 1000)} s …`);
      await world.clock.sleep(Math.min(ms, ms % 1000 || 1000), signal);
    }
  };
  const never = new Promise<never>(() => {});
  const counting = countdown();
  counting.catch(() => {});
  try {
    await Promise.race([counting, check(signal).then(() => never)]);
  } finally {
    over.abort();
    progress.end();
  }
}
