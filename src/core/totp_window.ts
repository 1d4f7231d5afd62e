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

/** When ykman asked for a touch, if it did, and when it answered; milliseconds since 1970. */
export interface CodeTimes {
  readonly touchAskedAtMs?: number;
  readonly answeredAtMs: number;
}

/**
 * The latest window that a code of ykman can be of.
 *
 * ykman fixes the time step before it waits: right after it has asked for the touch, however late that comes, and some time
 * before its answer for an account without touch. Where a window opened in between, the later one is named: a window that is
 * wrongly held for spent costs a wait, a code that is sent twice is refused.
 */
export function windowOfCode(times: CodeTimes): number {
  return windowAt(times.touchAskedAtMs ?? times.answeredAtMs);
}

/** Milliseconds from `nowMs` until a code can be had that is not of a window up to `spent`; 0 when it can be had at once. */
export function waitForUnspentMs(nowMs: number, spent: number | undefined): number {
  if (spent === undefined || !isCredible(spent, windowAt(nowMs))) return 0;
  return Math.max(0, windowOpensAtMs(spent + 1) - nowMs);
}

function isCredible(spent: number, current: number): boolean {
  return spent <= current + furthestAhead;
}

/** Whether `text` is a token code as AWS takes it: six digits. */
export function isTokenCode(text: string): boolean {
  return /^[0-9]{6}$/.test(text);
}

/** The last line of `text` that consists of 6 to 8 digits, where a program prints its code below other things. */
export function lastDigitLine(text: string): string | undefined {
  return text.split(/\r?\n/).map((line) => line.trim()).findLast((line) => /^[0-9]{6,8}$/.test(line));
}

/** What is remembered of a device: the last spent window, and the codes that were sent lately, as digests. */
export interface Spent {
  readonly window: number;
  readonly digests: readonly string[];
}

/** AWS takes the codes of the neighboring windows too, so the last few are worth remembering; a refused one leaves two. */
const digestsKept = 8;

/** The memory after a code of `window` was spent. */
export function spend(before: Spent | null, window: number, digest: string): Spent {
  return {
    ...tried(before, digest),
    window: before !== null && isCredible(before.window, window) ? Math.max(window, before.window) : window,
  };
}

/** The memory after digits were sent that are no code of any window we know of: they alone are not sent again. */
export function tried(before: Spent | null, digest: string): Spent {
  return {
    window: before?.window ?? 0,
    digests: [digest, ...(before?.digests ?? []).filter((each) => each !== digest)].slice(0, digestsKept),
  };
}

/** Text of the memory of the device `mfaSerial`: its window and name, then a digest a line. */
export function formatSpent(mfaSerial: string, spent: Spent): string {
  return [`${spent.window} ${mfaSerial}`, ...spent.digests].map((line) => `${line}\n`).join("");
}

/** The memory in `text`, or null where it is of another device or no such memory at all. */
export function parseSpent(text: string, mfaSerial: string): Spent | null {
  const match = /^([0-9]{1,12}) (.*)\n((?:[0-9a-f]+\n)*)$/.exec(text);
  if (match === null || match[2] !== mfaSerial) return null;
  return { window: Number(match[1]), digests: match[3].split("\n").filter(Boolean) };
}
