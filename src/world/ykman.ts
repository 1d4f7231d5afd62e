/** Codes from a YubiKey, by way of Yubico's `ykman` (4.x and 5.x): the key that holds the account, and no other account. */
import { windowOfCode } from "../core/totp_window.ts";
import { isLocked, type NoCodeReason, ykmanFailure } from "../core/ykman_failure.ts";
import { explain, lacksTouch, parseAccounts, parseCode, parseSerials } from "../core/ykman_output.ts";
import { checkedYubikeySerial } from "../core/yubikey_serial.ts";
import type { Failure } from "../errors.ts";
import { type RunOptions, runYkman, type YkmanRun, type YkmanWorld } from "./ykman_process.ts";

export type { YkmanWorld } from "./ykman_process.ts";

export interface KeyRequest {
  readonly signal: AbortSignal;
  /** The OATH password, where the key has one that ykman does not remember. */
  readonly password?: string;
  /** Gets the process id of each ykman, so that whoever comes after us can end one that we left behind. */
  readonly onStarted?: (pid: number) => void;
  /** The command that does the same again, and the one that takes a code from another source, for hints. */
  readonly again?: string;
  readonly byHand?: string;
  /** Another program has the key: called once, with how long we keep trying and the program's name where one is seen. */
  readonly onBusy?: (limitMs: number, holder: string | undefined) => void;
}

export interface CodeRequest extends KeyRequest {
  /** ARN of the MFA device: the name of the account on the key, to the letter. */
  readonly mfaSerial: string;
  /** Serial number of the one YubiKey to ask. */
  readonly deviceSerial?: string;
  /** The key blinks now; gets its serial number where it is known. */
  readonly onTouchWanted?: (deviceSerial: string | undefined) => void;
}

export interface YubiKeyCode {
  readonly code: string;
  /** The window (see core/totp_window.ts) that this code spends. */
  readonly window: number;
  readonly deviceSerial?: string;
}

export interface AccountsOfKey {
  readonly deviceSerial: string;
  readonly accounts: readonly string[];
  /** Why this key's accounts could not be read: an OATH password, OATH switched off, another program. */
  readonly failure?: Failure;
}

/** A key that somebody else's ykman left waiting for a touch is free again after 15 s. */
const busyLimitMs = 17_000;
const busyPauseMs = 500;

/** Programs that keep a key to themselves: GnuPG's, and a ykman of the person's own. */
const knownHolders = ["scdaemon", "ykman"] as const;

/**
 * A code for `request.mfaSerial`, after a touch where the account wants one.
 *
 * One run of ykman when one key is plugged in; with several, each is asked for its accounts first, which needs no touch.
 * Only one call at a time may be made for a key: two ykman at once break each other.
 *
 * Throws `Failure` of kind `unavailable` (no key, no such account, locked, busy, no ykman), `denied` (not touched), `tryAgain`
 * (somebody ended ykman), `config` (a device serial that is none) or `cancelled`.
 */
export async function codeFromYubiKey(world: YkmanWorld, request: CodeRequest): Promise<YubiKeyCode> {
  return await fromHolder(world, request, askForCode);
}

/** Resolves where a key holds the account, and asks for no touch. Throws as `codeFromYubiKey` would now. */
export async function findAccount(world: YkmanWorld, request: CodeRequest): Promise<void> {
  await fromHolder(world, request, askForAccount);
}

type AskKey<Answer> = (
  world: YkmanWorld,
  request: CodeRequest,
  deviceSerial?: string,
) => Promise<Answer | NoCodeReason>;

/** What `ask` returns for the key that holds the account. */
async function fromHolder<Answer extends object>(
  world: YkmanWorld,
  request: CodeRequest,
  ask: AskKey<Answer>,
): Promise<Answer> {
  const { mfaSerial, deviceSerial } = request;
  if (deviceSerial !== undefined) return await fromKey(world, request, checkedYubikeySerial(deviceSerial), ask);
  const answer = await ask(world, request);
  if (!isReason(answer)) return answer;
  if (answer.name !== "severalDevices") throw ykmanFailure(answer, request);
  const keys = await accountsOnSeveral(world, request);
  const holder = keys.find(({ accounts }) => accounts.includes(mfaSerial));
  if (holder !== undefined) return await fromKey(world, request, holder.deviceSerial, ask);
  // A password may open the one that has it; what else keeps a key from being read stays so.
  const unread = keys.find(({ failure }) => isLocked(failure)) ?? keys.find(({ failure }) => failure !== undefined);
  if (unread?.failure !== undefined) throw unread.failure;
  throw ykmanFailure({ name: "noAccount", serials: keys.map((key) => key.deviceSerial) }, request);
}

/**
 * As `accountsOnKeys`, where ykman has seen several keys: one that another program has is not among those that it lists, so
 * that it is waited for, unless the others hold the account. Throws besides where it stays so.
 */
async function accountsOnSeveral(world: YkmanWorld, request: CodeRequest): Promise<readonly AccountsOfKey[]> {
  const patienceEndsAtMs = world.clock.nowMs() + busyLimitMs;
  for (let isFirst = true;; isFirst = false) {
    const keys = await accountsOnKeys(world, request);
    if (keys.length > 1 || keys.some(({ accounts }) => accounts.includes(request.mfaSerial))) return keys;
    const holder = await holderOfKey(world);
    if (world.clock.nowMs() >= patienceEndsAtMs) throw ykmanFailure({ name: "busy", holder }, request);
    if (isFirst) request.onBusy?.(busyLimitMs, holder);
    await world.clock.sleep(busyPauseMs, request.signal).catch(() => {});
  }
}

/** The program that is likely to have a key, where one is seen. */
async function holderOfKey({ processes }: YkmanWorld): Promise<string | undefined> {
  return (await processes.running(knownHolders)).at(0);
}

/**
 * The OATH accounts of every plugged-in YubiKey, read without a touch; empty when none is plugged in. Keys that hide their
 * serial number are left out, because ykman cannot be told to ask them.
 *
 * Throws `Failure` of kind `unavailable` (no ykman, no pcscd) or `cancelled`.
 */
export async function accountsOnKeys(world: YkmanWorld, request: KeyRequest): Promise<readonly AccountsOfKey[]> {
  const keys: AccountsOfKey[] = [];
  for (const deviceSerial of await pluggedSerials(world, request)) {
    const answer = await askPatiently(world, ["--device", deviceSerial, "oath", "accounts", "list"], request);
    keys.push(
      isReason(answer)
        ? { deviceSerial, accounts: [], failure: ykmanFailure(answer, { ...request, mfaSerial: "", deviceSerial }) }
        : { deviceSerial, accounts: parseAccounts(answer.stdout) },
    );
  }
  return keys;
}

/**
 * Serial numbers of the YubiKeys that are plugged in. Waits for one that another program has, because ykman lists it without
 * its number. Throws `Failure` of kind `unavailable` (no ykman, no pcscd, busy) or `cancelled`.
 */
export async function pluggedSerials(world: YkmanWorld, request: KeyRequest): Promise<readonly string[]> {
  const serials = await listedSerials(world, request);
  if (serials.length > 0) return serials;
  const listed = await askPatiently(world, ["list"], request);
  if (isReason(listed) || listed.stdout.trim() === "") return serials;
  const answer = await askPatiently(world, ["oath", "accounts", "list"], request);
  if (isReason(answer) && answer.name === "busy") throw ykmanFailure(answer, { ...request, mfaSerial: "" });
  // One of several may be theirs, and ykman 4 then lists none.
  return await listedSerials(world, request);
}

async function listedSerials(world: YkmanWorld, request: KeyRequest): Promise<readonly string[]> {
  const run = await askPatiently(world, ["list", "--serials"], request);
  if (isReason(run)) throw ykmanFailure(run, { ...request, mfaSerial: "" });
  return parseSerials(run.stdout);
}

async function fromKey<Answer extends object>(
  world: YkmanWorld,
  request: CodeRequest,
  deviceSerial: string,
  ask: AskKey<Answer>,
): Promise<Answer> {
  const answer = await ask(world, request, deviceSerial);
  if (!isReason(answer)) return answer;
  const reason = answer.name === "wrongSerial"
    ? { ...answer, serials: await listedSerials(world, request).catch(() => []) }
    : answer;
  throw ykmanFailure(reason, { ...request, deviceSerial });
}

async function askForAccount(
  world: YkmanWorld,
  request: CodeRequest,
  deviceSerial?: string,
): Promise<YkmanRun | NoCodeReason> {
  const run = await askPatiently(world, [...optionFor(deviceSerial), "oath", "accounts", "list"], {
    ...request,
    onTouchWanted: undefined,
  });
  if (isReason(run) || parseAccounts(run.stdout).includes(request.mfaSerial)) return run;
  return { name: "noAccount", serials: [] };
}

async function askForCode(
  world: YkmanWorld,
  request: CodeRequest,
  deviceSerial?: string,
): Promise<YubiKeyCode | NoCodeReason> {
  const { mfaSerial } = request;
  // Without --single ykman names the account beside the code, which alone shows whose code it is.
  const run = await askPatiently(world, [...optionFor(deviceSerial), "oath", "accounts", "code", "--", mfaSerial], {
    ...request,
    onTouchWanted: () => request.onTouchWanted?.(deviceSerial),
  });
  if (isReason(run)) return run;
  if (lacksTouch(run.stdout, mfaSerial)) return { name: "touchTimeout" };
  const code = parseCode(run.stdout, mfaSerial);
  return code === undefined
    ? { name: "noAccount", serials: [] }
    : { code, window: windowOfCode(run), ...(deviceSerial === undefined ? {} : { deviceSerial }) };
}

function optionFor(deviceSerial: string | undefined): readonly string[] {
  return deviceSerial === undefined ? [] : ["--device", deviceSerial];
}

/** Asks again while another program has the key, and once after another program has reset it in the middle. */
export async function askPatiently(
  world: YkmanWorld,
  args: readonly string[],
  options: RunOptions & KeyRequest,
): Promise<YkmanRun | NoCodeReason> {
  const { clock } = world;
  const patienceEndsAtMs = clock.nowMs() + busyLimitMs;
  let wasReset = false;
  let wasBusy = false;
  let holder: string | undefined;
  while (true) {
    const run = await runYkman(world, args, options);
    const reason = isReason(run) ? run : explain(run);
    if (reason === undefined) return run;
    const mayRetry = reason.name === "busy"
      ? clock.nowMs() < patienceEndsAtMs
      : reason.name === "cardReset" && !wasReset;
    if (reason.name === "busy" && !wasBusy) {
      wasBusy = true;
      holder = await holderOfKey(world);
      if (mayRetry) options.onBusy?.(busyLimitMs, holder);
    }
    if (!mayRetry) return reason.name === "busy" ? { ...reason, holder } : withoutPassword(reason, options.password);
    wasReset ||= reason.name === "cardReset";
    // A pause that is cut short by Ctrl-C is told by the next run, in its own words.
    await clock.sleep(busyPauseMs, options.signal).catch(() => {});
  }
}

/** A locked key refuses the empty line that it gets in place of a password, too. */
function withoutPassword(reason: NoCodeReason, password: string | undefined): NoCodeReason {
  return reason.name === "passwordWrong" && password === undefined ? { name: "passwordMissing" } : reason;
}

export function isReason<Answer extends object>(answer: Answer | NoCodeReason): answer is NoCodeReason {
  return "name" in answer;
}
