/** The OATH password of a YubiKey: from the person's own command, else asked once on the terminal. */
import { reasonOf } from "../core/ykman_failure.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { Terminal, World } from "../world/world.ts";
import { pluggedSerials, type YkmanWorld } from "../world/ykman.ts";
import { rememberPassword } from "../world/ykman_accounts.ts";
import { runOwnCommand } from "./own_command.ts";
import type { WhileAsking } from "./waiting.ts";

/** How long the person's command may take; it may ask them. */
const commandLimitMs = 60_000;

/** Passwords that a key has taken, by its serial number, so that the person at a terminal is asked once for each. */
const takenAt = new WeakMap<Terminal, Map<string, string>>();

export interface Locked {
  readonly world: World;
  readonly ykman: YkmanWorld;
  readonly signal: AbortSignal;
  /** Serial number of the key; without it, the key that is plugged in. */
  readonly deviceSerial?: string;
  /** Runs what the person is asked by, so that nothing else is shown in its place. */
  readonly whileAsking: WhileAsking;
}

/**
 * What `ask` returns: without a password where the key wants none or ykman remembers it.
 *
 * Throws what `ask` throws; Failure "unavailable" where AWS_USE_YKMAN_PASSWORD_COMMAND gives none.
 */
export async function unlocked<T>(locked: Locked, ask: (password?: string) => Promise<T>): Promise<T> {
  const { world, deviceSerial = "", whileAsking } = locked;
  const taken = takenAt.get(world.terminal) ?? new Map<string, string>();
  takenAt.set(world.terminal, taken);
  try {
    return await ask(taken.get(deviceSerial));
  } catch (error) {
    if (reasonOf(error) !== "passwordMissing") throw error;
    const command = world.environment.get("AWS_USE_YKMAN_PASSWORD_COMMAND");
    const password = await whileAsking(() => command === undefined ? typed(locked) : outputOf(command, world));
    if (password === undefined) throw error;
    const answer = await ask(password);
    taken.set(deviceSerial, password);
    if (command === undefined) await offerToKeep(locked, password);
    return answer;
  }
}

async function typed({ world, deviceSerial }: Locked): Promise<string | undefined> {
  if (!world.terminal.interactive) return undefined;
  const key = deviceSerial === undefined ? "the YubiKey" : `YubiKey ${deviceSerial}`;
  return await world.terminal.ask(`OATH password of ${key}:`, { secret: true }) || undefined;
}

/** The first line that the command prints. */
async function outputOf(command: string, world: World): Promise<string> {
  const setting = "AWS_USE_YKMAN_PASSWORD_COMMAND";
  const limit = commandLimitMs / 1000;
  // A whole line and not a progress, which would overwrite what the command asks.
  world.terminal.say(`aws-use: ${setting} gives the OATH password, within ${limit} s`);
  const ended = await runOwnCommand(world, command, commandLimitMs);
  const hint = `run it by hand: sh -c "$${setting}"`;
  const fail = (what: string) => new Failure("unavailable", `${setting} ${what}`, { hint });
  if (ended === null) throw fail(`gave no password within ${limit} s`);
  const { stdout, status, signal, isInterrupted } = ended;
  if (isInterrupted) throw new Failure("cancelled", `${setting} was cancelled`, { hint });
  if (status !== 0) throw fail(signal ? `was ended by ${shown(signal)}` : `ended with status ${status}`);
  const [password] = stdout.split(/\r?\n/);
  if (password === "") throw fail("printed no password");
  return password;
}

/** ykman's own memory serves every program that asks this key; whether it may is the person's choice. */
async function offerToKeep(
  { world, ykman, signal, deviceSerial, whileAsking }: Locked,
  password: string,
): Promise<void> {
  const answer = await whileAsking(() => world.terminal.ask("let ykman keep this password on this computer? [y/N]"));
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return;
  try {
    const serials = deviceSerial === undefined ? await pluggedSerials(ykman, { signal }) : [deviceSerial];
    for (const serial of serials) await rememberPassword(ykman, { deviceSerial: serial, password, signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
    world.terminal.say(`aws-use: ykman does not keep it: ${error.message}`);
  }
}
