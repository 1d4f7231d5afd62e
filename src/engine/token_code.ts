/** A token code for one call: where it comes from, which window it belongs to, and that it is never sent twice. */
import { hintIn } from "../core/hint.ts";
import { cacheKey } from "../core/session.ts";
import { checkedMfaSerial } from "../core/mfa_serial.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import {
  formatSpent,
  isTokenCode,
  parseSpent,
  spend,
  type Spent,
  tried,
  waitForUnspentMs,
  windowAt,
} from "../core/totp_window.ts";
import { reasonOf } from "../core/ykman_failure.ts";
import { Failure, unasked } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { clockLimitMs } from "./aws_call.ts";
import { noteClock, warnOfClock } from "./clock_memory.ts";
import { waitForFreshWindow } from "./fresh_window.ts";
import type { Wishes } from "./from_cache.ts";
import { commandFor, withFlag } from "./hint_command.ts";
import { checkProgram, codeFromProcess } from "./mfa_process.ts";
import { answerOf, clockFailure, clockText, clockToleranceSeconds } from "./refusals.ts";
import { waitingFor } from "./waiting.ts";
import { checkKey, codeFromKey, type KeyRequest, mayTypeInstead } from "./yubikey.ts";

/** Where a code comes from, and for what. */
export interface ShownSources {
  readonly world: World;
  readonly cache: SessionCache;
  /** The MFA device whose code is wanted. */
  readonly serial: string;
  /** The devices of which that is one, where the profile names several. */
  readonly several?: readonly string[];
  /** The profile for which it is wanted; absent for a device that no profile names. */
  readonly profile?: string;
  readonly mfaProcess?: string;
  /** Serial number of the YubiKey that the profile names. */
  readonly deviceSerial?: string;
  readonly wishes: Pick<Wishes, "again" | "takesNoCode">;
}

/** The same for a code that is sent to AWS. */
export interface CodeSources extends ShownSources {
  readonly profile: string;
  /** The profile that holds the keys of the device's user. */
  readonly keysProfile: string;
  /**
   * Seconds that the clock of AWS is ahead, null where it does not tell, once AWS has answered anything at all; throws
   * AwsError where it cannot be reached.
   */
  readonly clockOffset?: () => Promise<number | null>;
  /** Throws AwsError where AWS does not take the keys that the call is signed by. */
  readonly checkKeys?: () => Promise<void>;
  readonly wishes: Pick<Wishes, "tokenCode" | "again" | "noTouch">;
}

export type CodeOrigin = "given" | "mfa_process" | "yubikey" | "typed";

export interface TokenCode {
  readonly code: string;
  readonly window: number;
  readonly origin: CodeOrigin;
}

type Asked = ShownSources & Pick<CodeSources, "clockOffset">;

/** Times that a call with a code is made in all, each with a code of its own, when AWS has trouble. */
const attempts = 3;

/**
 * What `send` returns for a fresh code of the device. The device is ours alone meanwhile: no other process asks for its
 * code, and the window of a code that AWS may have seen is remembered before it is sent.
 *
 * Throws Failure: "denied" for a refused or spent code or a touch that did not come, "unavailable" where no source gives a
 * code, "tryAgain" for a clock that is off or AWS's trouble, "cancelled".
 */
export async function withTokenCode<T>(
  sources: CodeSources,
  send: (code: string) => Promise<T>,
  translate: (error: AwsError) => Failure,
): Promise<T> {
  const { world, serial } = sources;
  checkedMfaSerial(serial);
  return await exclusivelyFor(sources, async (memory, remember) => {
    let spent = await memory();
    for (let attempt = 1;; attempt++) {
      const token = await takeCode(sources, spent);
      const digest = await digestOf(serial, token.code);
      const refused = await refusalOf(serial, token.code);
      if (spent?.digests.includes(refused)) throw alreadyRefused(sources);
      if (spent?.digests.includes(digest)) throw alreadySent(sources, token);
      await answerOfAws(sources);
      const before = spent;
      spent = spend(spent, token.window, digest);
      const isKept = await remember(spent);
      try {
        return await send(token.code);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // Nothing of the request has left this machine, so the code is as good as before.
        if (error.kind === "unreachable") await remember(before);
        if (isOfAws(error) && token.origin !== "given" && attempt < attempts) {
          world.terminal.say(`aws-use: AWS answered ${answerOf(error)}; trying again with a fresh code`);
          continue;
        }
        if (!isCodeRefusal(error)) throw translate(error);
        // What was typed may be any digits: the code of this window has not been sent, and need not be waited for.
        if (isByHand(token)) await remember(tried(tried(before, digest), refused));
        throw await codeRefused(sources, token, { before, isKept }, error);
      }
    }
  });
}

/**
 * The current code of the device to be shown, not sent; its window counts as spent for calls of ours. Nobody is asked to type
 * it, who would read their own digits. Throws Failure as `withTokenCode` does.
 */
export async function codeToShow(sources: ShownSources): Promise<TokenCode> {
  checkedMfaSerial(sources.serial);
  return await exclusivelyFor(sources, async (memory, remember) => {
    if (!sources.mfaProcess) await warnOfClock(sources.world, sources.cache);
    const token = await codeOfDevice(sources, Promise.resolve());
    await remember(spend(await memory(), token.window, await digestOf(sources.serial, token.code)));
    return token;
  });
}

/** Whether AWS itself says that it has trouble. What answers in its place would cost a touch each time, and stays there. */
function isOfAws({ kind, code }: AwsError): boolean {
  return kind === "trouble" && code !== "garbage";
}

function isByHand({ origin }: TokenCode): boolean {
  return origin === "given" || origin === "typed";
}

type Memory = () => Promise<Spent | null>;
/** Returns whether the next process will know. */
type Remember = (spent: Spent | null) => Promise<boolean>;

/** Runs `action`, which gets and sets what is remembered of the device's codes, while no other process asks for one. */
export async function exclusivelyFor<T>(
  { cache, serial }: Pick<CodeSources, "cache" | "serial">,
  action: (memory: Memory, remember: Remember) => Promise<T>,
): Promise<T> {
  const name = await cacheKey({ mfaSerial: serial });
  return await cache.exclusively(`mfa-${name}`, `asks for a code of ${quoted(serial)}`, async () =>
    await action(
      () => cache.readParsed("windows", name, "memory of spent codes", (text) => parseSpent(text, serial)),
      async (spent) => {
        if (spent) return await cache.writeText("windows", name, formatSpent(serial, spent));
        await cache.remove("windows", name);
        return true;
      },
    ));
}

/** A code that was not sent before, from the first source that the plan has. `spent` null: any code will do. */
async function takeCode(sources: CodeSources, spent: Spent | null): Promise<TokenCode> {
  const { world, mfaProcess, wishes } = sources;
  if (wishes.tokenCode !== undefined) {
    return { code: wishes.tokenCode, window: windowAt(world.clock.nowMs()), origin: "given" };
  }
  if (wishes.noTouch) {
    throw unasked(
      `a code of ${quoted(sources.serial)} is needed, and nobody may be asked now`,
      `ask for it in a terminal: ${wishes.again}`,
    );
  }
  const check = mfaProcess ? answering(sources) : checkForKey(sources);
  // Told by whoever waits for it.
  check.catch(() => {});
  const toWait = waitForUnspentMs(world.clock.nowMs(), spent?.window);
  // Nobody shall wait for a window, and then reach for the key, to hear only then that the keys are none.
  const keysTaken = Promise.resolve(toWait > 0 ? sources.checkKeys?.() : undefined);
  keysTaken.catch(() => {});
  try {
    if (toWait > 0) {
      const look = (signal: AbortSignal) => toWait > lookMs ? lookForSource(sources, signal) : Promise.resolve();
      await waitForFreshWindow(world, spent, (signal) => Promise.all([check, keysTaken, look(signal)]));
    }
    if (mfaProcess) await answerOfAws(sources);
    return await codeOfDevice(sources, check);
  } catch (error) {
    if (!(error instanceof Failure) || !mayTypeInstead(error) || !world.terminal.interactive) throw error;
    await answerOfAws(sources);
    world.terminal.say(`aws-use: ${error.message}; ${hintIn(world.environment.all(), error.hint)}`);
    await waitForFreshWindow(world, spent, () => keysTaken);
    return await typedCode(sources);
  }
}

/** A wait that is over before ykman or a shell has answered is none to look for them in. */
const lookMs = 2000;

/** Throws what the source of the code is bound to say after the wait, too. Asks for no touch, and runs no mfa_process. */
async function lookForSource(sources: CodeSources, signal: AbortSignal): Promise<void> {
  if (sources.mfaProcess) return await checkProgram(sources.world, sources.mfaProcess);
  await checkKey(keyRequest(sources), signal).catch((error) => {
    throw withOthers(error, sources);
  });
}

/** Waits until AWS has answered something: with the network down nobody shall type a code, and none is spent. */
async function answerOfAws({ world, clockOffset }: Asked): Promise<void> {
  if (!clockOffset) return;
  await waitingFor(
    world,
    `waiting for an answer of AWS, for at most ${Math.ceil(clockLimitMs / 1000)} s …`,
    clockOffset,
  );
}

/** Resolves once AWS has answered something, or where it is not asked at all. */
async function answering({ clockOffset }: CodeSources): Promise<void> {
  await clockOffset?.();
}

/** As `answering`; ykman computes codes with this machine's clock, so that one that is off makes any touch a vain one. */
async function checkForKey({ world, cache, clockOffset, wishes }: CodeSources): Promise<void> {
  if (!clockOffset) return;
  const offset = await clockOffset() ?? 0;
  await noteClock(cache, world.clock.nowMs(), offset);
  if (Math.abs(offset) > clockToleranceSeconds) throw clockFailure(offset, wishes.again);
}

/** What a code is for, as the person reads it. */
function purposeOf(profile: string | undefined): string {
  return profile === undefined ? "a code to show" : `profile ${quoted(profile)}`;
}

/** A code of the profile's own command, else of the YubiKey. Where `check` fails, no touch is asked for any longer. */
async function codeOfDevice(sources: Asked, check: Promise<void>): Promise<TokenCode> {
  const { mfaProcess } = sources;
  if (!mfaProcess) return await codeFromYubiKey(sources, check);
  const asked = { ...sources, purpose: purposeOf(sources.profile), again: sources.wishes.again };
  return { ...await codeFromProcess(asked, mfaProcess), origin: "mfa_process" };
}

/** The key's code. Where `check` fails, a touch that is waited for would be wasted and is no longer asked for. */
async function codeFromYubiKey(sources: Asked, check: Promise<void>): Promise<TokenCode> {
  const { world } = sources;
  const vain = new AbortController();
  const checking = check.catch((error) => vain.abort(error));
  const signal = AbortSignal.any([world.signal, vain.signal]);
  const { code, window } = await codeFromKey(keyRequest(sources), signal).catch((error) => {
    throw withOthers(error, sources);
  });
  await answerOfAws(sources).catch(() => {});
  await checking;
  vain.signal.throwIfAborted();
  return { code, window, origin: "yubikey" };
}

function keyRequest(sources: Asked): KeyRequest {
  const { world, clockOffset, wishes } = sources;
  // Who is at a terminal is asked to type it.
  const takesCode = clockOffset && !wishes.takesNoCode && !world.terminal.interactive;
  const byHand = takesCode ? withFlag(wishes.again, "--token-code CODE") : undefined;
  return { ...sources, purpose: purposeOf(sources.profile), again: wishes.again, byHand };
}

/** `error`; where no key has the device, it names the profile's other ones too, whose key would do as well. */
function withOthers(error: unknown, { serial, several = [] }: ShownSources): unknown {
  const others = several.filter((each) => each !== serial);
  if (!(error instanceof Failure) || reasonOf(error) !== "noAccount" || others.length === 0) return error;
  const { kind, message, hint, cause } = error;
  return new Failure(kind, `${message}; the profile also names ${others.map(quoted).join(", ")}`, { hint, cause });
}

/** Throws Failure("cancelled") for an empty answer, ("usage") for three that are no codes. */
async function typedCode({ world, cache, profile, serial, wishes }: CodeSources): Promise<TokenCode> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = await cache.whileAsking(
      "waits for a code to be typed",
      () => world.terminal.ask(`MFA code of ${serial} for profile ${quoted(profile)}:`),
    );
    const code = answer?.replace(/\s/g, "");
    if (!code) throw new Failure("cancelled", "no code was typed", { hint: `call again: ${wishes.again}` });
    if (isTokenCode(code)) return { code, window: windowAt(world.clock.nowMs()), origin: "typed" };
    world.terminal.say("aws-use: a token code is six digits");
  }
  throw new Failure("usage", "what was typed is no token code: three times no six digits", {
    hint: `read the code of ${serial} and call again: ${wishes.again}`,
  });
}

/** Whether AWS refused the code rather than the call. Wrong, spent and expired codes get one and the same sentence. */
function isCodeRefusal(error: AwsError): boolean {
  return error.kind === "refused" && /MultiFactorAuthentication|MFA code|MFA serial|TokenCode/i.test(error.message);
}

/** Whether AWS refused a code because the user has no such device. */
export function isUnknownDevice(error: unknown): boolean {
  return error instanceof AwsError && isCodeRefusal(error) && /unable to validate|serial number/i.test(error.message);
}

/** A refused code, explained by what we know: the clock, the source of the code, and which device it should be of. */
async function codeRefused(
  { world, clockOffset, serial, keysProfile, wishes }: CodeSources,
  token: TokenCode,
  { before, isKept }: { readonly before: Spent | null; readonly isKept: boolean },
  cause: AwsError,
): Promise<Failure> {
  const device = quoted(serial);
  if (isUnknownDevice(cause)) {
    return new Failure(
      "denied",
      `AWS does not know ${device} as an MFA device of the user of profile ${quoted(keysProfile)}`,
      {
        hint: `correct mfa_serial; AWS has: aws iam list-mfa-devices --profile ${shellWord(keysProfile)}`,
        cause,
      },
    );
  }
  const offset = await clockOffset?.() ?? 0;
  if (Math.abs(offset) > clockToleranceSeconds && !isByHand(token)) {
    return clockFailure(offset, wishes.again, cause);
  }
  const clock = Math.abs(offset) > clockToleranceSeconds ? ` (${clockText(offset)})` : "";
  if (!isKept) {
    const again = `${forNextCode(world, token)}, then: ${wishes.again}`;
    return new Failure(
      "denied",
      `AWS refuses the token code for ${device}${clock}: it may have been used already, which the cache cannot remember`,
      { hint: `${again}; see what is wrong with the cache: aws-use doctor`, cause },
    );
  }
  // The code of this window is spent, and it was another one: so this one is not of this window.
  const byHand = before?.window === token.window
    ? "it is wrong, of another device, or older than the last one that was used"
    : "it is wrong, of another device, expired, or another program has spent it";
  const why: Readonly<Record<CodeOrigin, string>> = {
    yubikey: "the key's account and AWS's device do not share a secret, or another program has spent this code",
    mfa_process: "mfa_process asks another device, or another program has spent this code",
    given: byHand,
    typed: byHand,
  };
  return new Failure("denied", `AWS refuses the token code for ${device}${clock}: ${why[token.origin]}`, {
    hint: token.origin === "yubikey"
      ? `try once more: ${wishes.again}; if it stays so: ${commandFor("mfa resync", keysProfile)}`
      : `wait for the next code of ${serial}, then: ${wishes.again}`,
    cause,
  });
}

function alreadySent({ world, serial, wishes }: CodeSources, token: TokenCode): Failure {
  return new Failure("denied", `this code of ${quoted(serial)} was used already, and AWS takes a code once`, {
    hint: `${forNextCode(world, token)}, then: ${wishes.again}`,
  });
}

function alreadyRefused({ serial, wishes }: CodeSources): Failure {
  return new Failure("denied", `AWS has refused this code of ${quoted(serial)} already, and it is not sent again`, {
    hint: `give the code that it shows now: ${wishes.again}`,
  });
}

function forNextCode({ clock }: World, { window }: TokenCode): string {
  return `wait ${Math.ceil(waitForUnspentMs(clock.nowMs(), window) / 1000)} s for the next one`;
}

/** A device's code as the memory keeps it: not the digits themselves, which may be good for some seconds yet. */
export async function digestOf(serial: string, code: string): Promise<string> {
  return (await cacheKey({ serial, code })).slice(0, 16);
}

/** As `digestOf`: that AWS has refused the code. */
async function refusalOf(serial: string, code: string): Promise<string> {
  return await digestOf(serial, `${code} refused`);
}
