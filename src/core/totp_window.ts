/**
 * Which 30-second window a token code belongs to, and when the next code may be asked for. AWS takes a code once: a window
 * whose code STS has seen is spent. Windows are counted from 1970, so equal numbers mean equal codes.
 * Source: RFC 6238 section 5.2; IAM, "MFA device synchronization" <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_sync.html>
 */

/** Milliseconds that one code is valid for; AWS knows no other period. */
export const windowMs = 30_000;

/** A memory this many windows ahead of the clock is of a time when the clock was wrong, and would make us wait for it. */
const furthestAhead = 1;

/** Number of the window that the instant `atMs` lies in. */
export function windowAt(atMs: number): number {
  return Math.floor(atMs / windowMs);
}

/** The instant, in milliseconds since 1970, at which `window` opens. */
export function windowOpensAtMs(window: number): number {
  return window * windowMs;
}

/** When ykman was called, when it asked for a touch (if it did), and when it answered; milliseconds since 1970. */
export interface CodeTimes {
  readonly calledAtMs: number;
  readonly touchAskedAtMs?: number;
  readonly answeredAtMs: number;
}

/**
 * The window whose code ykman has answered with; the later one where a window opened during the call, because a code that
 * is wrongly held for spent costs a wait, and one that is sent twice is refused.
 *
 * ykman fixes the time step when it sends its request to the key: after the call, and for an account with touch right after
 * it has asked for the touch, however late the touch comes.
 */
export function windowOfCode(times: CodeTimes): number {
  return windowAt(times.touchAskedAtMs ?? times.answeredAtMs);
}

/** Milliseconds from `nowMs` until a code can be had that is not of a window up to `spent`; 0 when it can be had at once. */
export function waitForUnspentMs(nowMs: number, spent: number | undefined): number {
  if (spent === undefined || spent > windowAt(nowMs) + furthestAhead) return 0;
  return Math.max(0, windowOpensAtMs(spent + 1) - nowMs);
}

/** Whether `text` is a token code as AWS takes it: six digits. */
export function isTokenCode(text: string): boolean {
  return /^[0-9]{6}$/.test(text);
}

/** The last line of `text` that consists of 6 to 8 digits, where a program prints its code below other things. */
export function lastDigitLine(text: string): string | undefined {
  return text.split(/\r?\n/).map((line) => line.trim()).findLast((line) => /^[0-9]{6,8}$/.test(line));
}

/** Text of the memory that `window` of the device `mfaSerial` is spent. */
export function formatSpentWindow(mfaSerial: string, window: number): string {
  return `${window} ${mfaSerial}\n`;
}

/** The window that `text` remembers as spent, or undefined where it is of another device or no such memory at all. */
export function parseSpentWindow(text: string, mfaSerial: string): number | undefined {
  const match = /^([0-9]{1,12}) (.*)\n$/.exec(text);
  return match !== null && match[2] === mfaSerial ? Number(match[1]) : undefined;
}
