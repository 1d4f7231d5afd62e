/** The OATH password of a YubiKey: from the person's own command, else asked once on the terminal. */
import { keyOf, reasonOf } from "../core/ykman_failure.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { Terminal, World } from "../world/world.ts";
import type { YkmanWorld } from "../world/ykman.ts";
import { accountsOf, rememberPassword } from "../world/ykman_accounts.ts";
import { runOwnCommand } from "./own_command.ts";
import type { WhileAsking } from "./waiting.ts";

const setting = "AWS_USE_YKMAN_PASSWORD_COMMAND";
const byHand = `run it by hand: sh -c "$${setting}"`;

/** How long the person's command may take; it may ask them. */
const commandLimitMs = 60_000;

/** Passwords that a key has taken, by its serial number, so that the person at a terminal is asked once for each. */
const takenAt = new WeakMap<Terminal, Map<string, string>>();

/** Whether a command of the person's own gives the passwords, so that nobody is asked. */
export function isGivenByCommand({ environment }: World): boolean {
  return environment.get(setting) !== undefined;
}

export interface Locked {
  readonly world: World;
  readonly ykman: YkmanWorld;
  readonly signal: AbortSignal;
  /** Serial number of the key; without it, the only one that is plugged in. */
  readonly deviceSerial?: string;
  /** Runs what the person is asked by, so that nothing else is shown in its place. */
  readonly whileAsking: WhileAsking;
}

/** How often a person is asked for the password of one key before their command is given up. */
const attempts = 3;

/**
 * What `ask` returns: without a password where the key wants none or ykman remembers it.
 *
 * All questions come before the key asks for its touch: a code that waits for an answer would run out. Throws what `ask`
 * throws, also where that names one of several keys of which `locked` names none; Failure "unavailable" where AWS_USE_YKMAN_PASSWORD_COMMAND gives none, or a wrong one.
 */
export async function unlocked<T>(locked: Locked, ask: Ask<T>): Promise<T> {
  const { world, deviceSerial = "", whileAsking } = locked;
  const taken = takenAt.get(world.terminal) ?? new Map<string, string>();
  takenAt.set(world.terminal, taken);
  const known = taken.get(deviceSerial);
  try {
    return await ask(known);
  } catch (error) {
    if (reasonOf(error) !== (known === undefined ? "passwordMissing" : "passwordWrong")) throw error;
    // The password of one key is not for the others.
    if (locked.deviceSerial === undefined && keyOf(error) !== undefined) throw error;
    const command = world.environment.get(setting);
    if (command === undefined) return await withTyped(locked, error, remembering(taken, deviceSerial, ask));
    const password = await whileAsking(() => outputOf(command, world));
    return await remembering(taken, deviceSerial, ask)(password).catch((error) => {
      throw reasonOf(error) === "passwordWrong" ? printedWrong(error as Failure) : error;
    });
  }
}

type Ask<T> = (password?: string) => Promise<T>;

/** `ask`, which notes a password that the key has taken, whatever came after it. */
function remembering<T>(
  taken: Map<string, string>,
  deviceSerial: string,
  ask: Ask<T>,
): (password: string) => Promise<T> {
  return async (password) => {
    taken.set(deviceSerial, password);
    try {
      return await ask(password);
    } catch (error) {
      if (reasonOf(error) === "passwordWrong") taken.delete(deviceSerial);
      throw error;
    }
  };
}

async function withTyped<T>(locked: Locked, missing: unknown, ask: (password: string) => Promise<T>): Promise<T> {
  const { world, ykman, signal, deviceSerial, whileAsking } = locked;
  for (let attempt = 1, last = missing;; attempt++) {
    const password = await whileAsking(() => {
      if (attempt > 1) world.terminal.say(`aws-use: ${(last as Failure).message}`);
      return typed(locked);
    });
    if (password === undefined) throw last;
    try {
      // Needs no touch, so that nobody is asked what shall become of a wrong one.
      await accountsOf(ykman, { deviceSerial, password, signal });
    } catch (error) {
      if (reasonOf(error) !== "passwordWrong" || attempt === attempts) throw error;
      last = error;
      continue;
    }
    if (await whileAsking(() => mayBeKept(world))) await keep(locked, password);
    return await ask(password);
  }
}

async function typed({ world, deviceSerial }: Locked): Promise<string | undefined> {
  if (!world.terminal.interactive) return undefined;
  const key = deviceSerial === undefined ? "the YubiKey" : `YubiKey ${deviceSerial}`;
  return await world.terminal.ask(`OATH password of ${key}:`, { secret: true }) || undefined;
}

/** ykman's own memory serves every program that asks this key; whether it may is the person's choice. */
async function mayBeKept({ terminal }: World): Promise<boolean> {
  const answer = await terminal.ask("let ykman keep this password on this computer? [y/N]");
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}

async function keep({ world, ykman, signal, deviceSerial }: Locked, password: string): Promise<void> {
  try {
    await rememberPassword(ykman, { deviceSerial, password, signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
    world.terminal.say(`aws-use: ykman does not keep it: ${error.message}; ${error.hint}`);
  }
}

/** The first line that the command prints. */
async function outputOf(command: string, world: World): Promise<string> {
  const limit = commandLimitMs / 1000;
  // A whole line and not a progress, which would overwrite what the command asks.
  world.terminal.say(`aws-use: ${setting} gives the OATH password, within ${limit} s`);
  const ended = await runOwnCommand(world, command, commandLimitMs);
  const hint = byHand;
  const fail = (what: string) => new Failure("unavailable", `${setting} ${what}`, { hint });
  if (ended === null) throw fail(`gave no password within ${limit} s`);
  const { stdout, status, signal, isInterrupted } = ended;
  if (isInterrupted) throw new Failure("cancelled", `${setting} was cancelled`, { hint });
  if (status !== 0) throw fail(signal ? `was ended by ${shown(signal)}` : `ended with status ${status}`);
  const [password] = stdout.split(/\r?\n/);
  if (password === "") throw fail("printed no password");
  return password;
}

function printedWrong({ message, hint, cause }: Failure): Failure {
  return new Failure("unavailable", `${message} that ${setting} printed`, { hint: `${byHand}; or ${hint}`, cause });
}
