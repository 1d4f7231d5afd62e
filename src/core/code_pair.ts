/** When the two consecutive codes may be taken that AWS wants to enable a device or to bring it back into step. */
import { waitForUnspentMs, windowAt, windowMs, windowOpensAtMs } from "./totp_window.ts";

/**
 * Milliseconds of a window after which its code is no longer asked for: ykman needs a second, a person up to 15 s, and what
 * is left of the window is not enough for both.
 */
const latestStartMs = 12_000;

/** Milliseconds from `nowMs` until the first code of a pair may be taken: early in a window that is after `spent`. */
export function waitForFirstMs(nowMs: number, spent: number | undefined): number {
  const unspent = waitForUnspentMs(nowMs, spent);
  if (unspent > 0) return unspent;
  const elapsed = nowMs - windowOpensAtMs(windowAt(nowMs));
  return elapsed <= latestStartMs ? 0 : windowMs - elapsed;
}

/** Milliseconds from `nowMs` until the code after that of `first` can be had; 0 when its window is open or over. */
export function waitForSecondMs(nowMs: number, first: number): number {
  return Math.max(0, windowOpensAtMs(first + 1) - nowMs);
}
