/** A token code for one call: where it comes from, which window it belongs to, and that it is never sent twice. */
import type { Endpoint } from "../core/plan.ts";
import { cacheKey } from "../core/session.ts";
import { quoted } from "../core/text.ts";
import {
  formatSpent,
  isTokenCode,
  lastDigitLine,
  parseSpent,
  spend,
  type Spent,
  waitForUnspentMs,
  windowAt,
} from "../core/totp_window.ts";
import { Failure } from "../errors.ts";
import { type Aws, AwsError } from "../world/aws.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import type { Wishes } from "./credentials.ts";
import { clockFailure, clockText, clockToleranceSeconds, word } from "./refusals.ts";
import { codeFromKey, mayTypeInstead } from "./yubikey.ts";

export interface CodeSources {
  readonly world: World;
  readonly cache: SessionCache;
  /** The MFA device whose code is wanted. */
  readonly serial: string;
  /** The profile for which it is wanted, and the one that holds the keys of the device's user. */
  readonly profile: string;
  readonly keysProfile: string;
  readonly mfaProcess?: string;
  /** Serial number of the YubiKey that the profile names. */
  readonly deviceSerial?: string;
  /** The clients being loaded and where the code goes: their connection tells AWS's clock before a code is spent. */
  readonly aws?: { readonly client: Promise<Aws>; readonly endpoint: Endpoint };
  readonly wishes: Pick<Wishes, "tokenCode" | "again" | "noTouch">;
}

export type CodeOrigin = "given" | "mfa_process" | "yubikey" | "typed";

export interface TokenCode {
  readonly code: string;
  readonly window: number;
  readonly origin: CodeOrigin;
}

/** Times that a call with a code is made in all, each with a code of its own, when AWS has trouble. */
const attempts = 3;

/**
 * What `send` returns for a fresh code of the device. The device is ours alone meanwhile: no other process asks for its
 * code, and the window of a code that AWS may have seen is remembered before it is sent.
 *
 * Throws Failure: "usage" for a given code that is not six digits, "denied" for a refused or spent code or a touch that did
 * not come, "unavailable" where no source gives a code, "tryAgain" for a clock that is off or AWS's trouble, "cancelled".
 */
export async function withTokenCode<T>(
  sources: CodeSources,
  send: (code: string) => Promise<T>,
  translate: (error: AwsError) => Failure,
): Promise<T> {
  const { world, serial, wishes } = sources;
  if (wishes.tokenCode !== undefined && !isTokenCode(wishes.tokenCode)) throw notSixDigits(wishes);
  refuseFido(serial);
  return await exclusivelyFor(sources, async (memory, remember) => {
    let spent = await memory();
    for (let attempt = 1;; attempt++) {
      const token = await takeCode(sources, spent);
      const digest = await digestOf(serial, token.code);
      if (spent?.digests.includes(digest)) throw alreadySent(sources, token);
      const before = spent;
      spent = spend(spent, token.window, digest);
      await remember(spent);
      try {
        return await send(token.code);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // Nothing of the request has left this machine, so the code is as good as before.
        if (error.kind === "unreachable") await remember(before);
        if (error.kind === "trouble" && token.origin !== "given" && attempt < attempts) {
          world.terminal.say(`aws-use: AWS answered ${error.status} ${error.code}; trying again with a fresh code`);
          continue;
        }
        if (!isCodeRefusal(error)) throw translate(error);
        throw await codeRefused(sources, token, error);
      }
    }
  });
}

/** The current code of the device to be shown, not sent; its window counts as spent for calls of ours. */
export async function codeToShow(sources: CodeSources): Promise<TokenCode> {
  refuseFido(sources.serial);
  return await exclusivelyFor(sources, async (memory, remember) => {
    const token = await takeCode(sources, null);
    await remember(spend(await memory(), token.window, await digestOf(sources.serial, token.code)));
    return token;
  });
}

type Memory = () => Promise<Spent | null>;
type Remember = (spent: Spent | null) => Promise<void>;

async function exclusivelyFor<T>(
  { cache, serial }: CodeSources,
  action: (memory: Memory, remember: Remember) => Promise<T>,
): Promise<T> {
  const name = await cacheKey({ mfaSerial: serial });
  return await cache.exclusively(`mfa-${name}`, `asks for a code of ${quoted(serial)}`, async () =>
    await action(
      async () => parseSpent(await cache.readText("windows", name) ?? "", serial),
      async (spent) => {
        if (spent) await cache.writeText("windows", name, formatSpent(serial, spent));
        else await cache.remove("windows", name);
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
    throw new Failure("tryAgain", `a code of ${quoted(sources.serial)} is needed, and nobody may be asked now`, {
      hint: `ask for it in a terminal: ${wishes.again}`,
    });
  }
  await waitForFreshWindow(world, spent);
  if (mfaProcess) return await codeFromProcess(sources, mfaProcess);
  try {
    return await codeFromYubiKey(sources);
  } catch (error) {
    if (!(error instanceof Failure) || !mayTypeInstead(error) || !world.terminal.interactive) throw error;
    world.terminal.say(`aws-use: ${error.message}; ${error.hint}`);
    return await typedCode(sources);
  }
}

async function waitForFreshWindow(world: World, spent: Spent | null): Promise<void> {
  const progress = world.terminal.progress();
  try {
    for (;;) {
      const ms = waitForUnspentMs(world.clock.nowMs(), spent?.window);
      if (ms === 0) return;
      progress.show(`the code of this 30 s window is spent; the next one comes in ${Math.ceil(ms / 1000)} s …`);
      await world.clock.sleep(Math.min(ms, ms % 1000 || 1000));
    }
  } finally {
    progress.end();
  }
}

/** Output of the profile's own command. Its stdin and stderr are the terminal, so it may ask the person itself. */
async function codeFromProcess({ world, profile }: CodeSources, command: string): Promise<TokenCode> {
  const window = windowAt(world.clock.nowMs());
  const child = (await world.processes()).spawn({
    command: "/bin/sh",
    args: ["-c", command],
    unset: ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_USE_FD"],
    stdin: "terminal",
    stderr: "terminal",
  });
  const stop = () => child.kill("SIGTERM");
  world.signal.addEventListener("abort", stop, { once: true });
  const [{ code: status, signal }, stdout] = await Promise.all([child.status, child.stdout]);
  world.signal.removeEventListener("abort", stop);
  world.signal.throwIfAborted();
  const hint = `run it by hand: the mfa_process of profile ${quoted(profile)}`;
  if (status !== 0) {
    const how = signal ? `was ended by ${signal}` : `ended with status ${status}`;
    throw new Failure("unavailable", `mfa_process ${how}`, { hint });
  }
  const code = lastDigitLine(stdout);
  if (!code || !isTokenCode(code)) throw new Failure("unavailable", "mfa_process printed no six-digit code", { hint });
  return { code, window, origin: "mfa_process" };
}

async function codeFromYubiKey(sources: CodeSources): Promise<TokenCode> {
  const { world, aws, wishes } = sources;
  // ykman computes codes with this machine's clock: with a wrong one a touch would be wasted.
  const skewed = new AbortController();
  const check = async () => {
    if (!aws) return;
    const client = await aws.client;
    await client.warmUp(aws.endpoint, world.signal);
    const offset = client.clockOffset();
    if (offset !== null && Math.abs(offset) > clockToleranceSeconds) skewed.abort(clockFailure(offset, wishes.again));
  };
  const checking = check().catch(() => {});
  const request = { ...sources, purpose: `profile ${quoted(sources.profile)}` };
  const { code, window } = await codeFromKey(request, AbortSignal.any([world.signal, skewed.signal]));
  await checking;
  skewed.signal.throwIfAborted();
  return { code, window, origin: "yubikey" };
}

async function typedCode({ world, profile, serial, wishes }: CodeSources): Promise<TokenCode> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = await world.terminal.ask(`MFA code of ${serial} for profile ${quoted(profile)}:`);
    const code = answer?.replace(/\s/g, "");
    if (!code) break;
    if (isTokenCode(code)) return { code, window: windowAt(world.clock.nowMs()), origin: "typed" };
    world.terminal.say("aws-use: a token code is six digits");
  }
  throw new Failure("cancelled", "no code was typed", { hint: `call again: ${wishes.again}` });
}

/** Whether AWS refused the code rather than the call. Wrong, spent and expired codes get one and the same sentence. */
function isCodeRefusal(error: AwsError): boolean {
  return error.kind === "refused" && /MultiFactorAuthentication|MFA code|MFA serial|TokenCode/i.test(error.message);
}

/** A refused code, explained by what we know: the clock, the source of the code, and which device it should be of. */
async function codeRefused(
  { aws, serial, keysProfile, wishes }: CodeSources,
  token: TokenCode,
  cause: AwsError,
): Promise<Failure> {
  const device = quoted(serial);
  if (/unable to validate|serial number/i.test(cause.message)) {
    return new Failure(
      "denied",
      `AWS does not know ${device} as an MFA device of the user of profile ${quoted(keysProfile)}`,
      {
        hint: `correct mfa_serial; AWS has: aws iam list-mfa-devices --profile ${word(keysProfile)}`,
        cause,
      },
    );
  }
  const offset = (await aws?.client)?.clockOffset() ?? 0;
  if (Math.abs(offset) > clockToleranceSeconds && token.origin !== "given" && token.origin !== "typed") {
    return clockFailure(offset, wishes.again, cause);
  }
  const clock = Math.abs(offset) > clockToleranceSeconds ? ` (${clockText(offset)})` : "";
  const why: Readonly<Record<CodeOrigin, string>> = {
    yubikey: "the key's account and AWS's device do not share a secret, or another program has spent this code",
    mfa_process: "mfa_process asks another device, or another program has spent this code",
    given: "it is wrong, of another device, expired, or another program has spent it",
    typed: "it is wrong, of another device, expired, or another program has spent it",
  };
  return new Failure("denied", `AWS refuses the token code for ${device}${clock}: ${why[token.origin]}`, {
    hint: token.origin === "yubikey"
      ? `try once more: ${wishes.again}; if it stays so, resync the device or enrol the key anew`
      : `wait for the next code of ${serial}, then: ${wishes.again}`,
    cause,
  });
}

function alreadySent({ world, serial, wishes }: CodeSources, token: TokenCode): Failure {
  const seconds = Math.ceil(waitForUnspentMs(world.clock.nowMs(), token.window) / 1000);
  return new Failure("denied", `this code of ${quoted(serial)} was used already, and AWS takes a code once`, {
    hint: `wait ${seconds} s for the next one, then: ${wishes.again}`,
  });
}

function notSixDigits(wishes: Pick<Wishes, "again">): Failure {
  return new Failure("usage", "the value of --token-code is not six digits", {
    hint: `let aws-use ask for it: ${wishes.again}`,
  });
}

/** STS takes codes alone. Source: IAM, "FIDO security keys … cannot be used with AWS CLI". */
function refuseFido(serial: string): void {
  if (!/:u2f\/|:fido\//i.test(serial)) return;
  throw new Failure("config", `${quoted(serial)} is a FIDO device, and STS takes codes alone`, {
    hint: "register the YubiKey as a virtual MFA device too, and put its ARN into mfa_serial",
  });
}

/** A device's code as the memory keeps it: not the digits themselves, which may be good for some seconds yet. */
async function digestOf(serial: string, code: string): Promise<string> {
  return (await cacheKey({ serial, code })).slice(0, 16);
}
