import { clearImmediate, setImmediate } from "node:timers";
import type { Clock } from "../../../src/world/world.ts";

export interface VirtualClock extends Clock, Disposable {
  nowMs(): number;
}

/** Turns of the event loop without anything new after which everybody must be asleep. */
const idleTurns = 20;

/** Work that is done beside the event loop, and that nobody sleeps during. */
let inFlight = 0;

for (const name of ["digest", "importKey", "sign"] as const) {
  const real = crypto.subtle[name].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
  const counted = (...args: unknown[]) => {
    inFlight++;
    return real(...args).finally(() => inFlight--);
  };
  Object.defineProperty(crypto.subtle, name, { value: counted });
}

/**
 * A clock that stands still while anybody works, and jumps to the next waking when all are asleep: five minutes pass in
 * a moment, and no test depends on how fast this machine is.
 */
export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  let turnsLeft = idleTurns;
  let timer: ReturnType<typeof setImmediate> | undefined;

  const turn = () => {
    timer = undefined;
    if (inFlight > 0) turnsLeft = idleTurns;
    if (turnsLeft-- <= 0) {
      const next = sleepers.reduce<typeof sleepers[number] | undefined>(
        (first, each) => first === undefined || each.atMs < first.atMs ? each : first,
        undefined,
      );
      if (next === undefined) return;
      nowMs = Math.max(nowMs, next.atMs);
      sleepers = sleepers.filter((each) => each !== next);
      next.wake();
      turnsLeft = idleTurns;
    }
    arm();
  };
  const arm = () => {
    timer ??= setImmediate(turn);
  };

  return {
    nowMs: () => nowMs,
    sleep(ms, signal) {
      turnsLeft = idleTurns;
      arm();
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          atMs: nowMs + ms,
          wake: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        signal?.addEventListener("abort", stop, { once: true });
        sleepers.push(sleeper);
      });
    },
    [Symbol.dispose]() {
      sleepers = [];
      if (timer !== undefined) clearImmediate(timer);
    },
  };
}
