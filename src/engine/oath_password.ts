/** The OATH password of a YubiKey: from the person's own command, else asked once on the terminal. */
import { reasonOf } from "../core/ykman_failure.ts";
import { secretVariables } from "../core/secret_variables.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { Terminal, World } from "../world/world.ts";
import { pluggedSerials, rememberPassword } from "../world/ykman_accounts.ts";
import type { YkmanWorld } from "../world/ykman.ts";

/** Passwords that a key has taken, by its serial number, so that the person at a terminal is asked once for each. */
const takenAt = new WeakMap<Terminal, Map<string, string>>();

export interface Locked {
  readonly world: World;
  readonly ykman: YkmanWorld;
  readonly signal: AbortSignal;
  /** Serial number of the key; without it, the key that is plugged in. */
  readonly deviceSerial?: string;
  /** Called before the person is asked, to clear the line. */
  readonly onAsk?: () => void;
}

/**
 * What `ask` returns: without a password where the key wants none or ykman remembers it.
 *
 * Throws what `ask` throws; Failure "unavailable" where AWS_USE_YKMAN_PASSWORD_COMMAND gives none.
 */
export async function unlocked<T>(locked: Locked, ask: (password?: string) => Promise<T>): Promise<T> {
  const { world, deviceSerial = "" } = locked;
  const taken = takenAt.get(world.terminal) ?? new Map<string, string>();
  takenAt.set(world.terminal, taken);
  try {
    return await ask(taken.get(deviceSerial));
  } catch (error) {
    if (reasonOf(error) !== "passwordMissing") throw error;
    const command = world.environment.get("AWS_USE_YKMAN_PASSWORD_COMMAND");
    const password = command === undefined ? await typed(locked) : await outputOf(command, world);
    if (password === undefined) throw error;
    const answer = await ask(password);
    taken.set(deviceSerial, password);
    if (command === undefined) await offerToKeep(locked, password);
    return answer;
  }
}

async function typed({ world, deviceSerial, onAsk }: Locked): Promise<string | undefined> {
  if (!world.terminal.interactive) return undefined;
  onAsk?.();
  const key = deviceSerial === undefined ? "the YubiKey" : `YubiKey ${deviceSerial}`;
  return await world.terminal.ask(`OATH password of ${key}:`, { secret: true }) || undefined;
}

/** The first line that the command prints. Its stdin and stderr are the terminal, so it may ask for a password itself. */
async function outputOf(command: string, world: World): Promise<string> {
  const child = (await world.processes()).spawn({
    command: "/bin/sh",
    args: ["-c", command],
    unset: secretVariables,
    stdin: "terminal",
    stderr: "terminal",
  });
  const stop = () => child.kill("SIGTERM");
  world.signal.addEventListener("abort", stop, { once: true });
  const [{ code, signal }, stdout] = await Promise.all([child.status, child.stdout]);
  world.signal.removeEventListener("abort", stop);
  world.signal.throwIfAborted();
  const password = stdout.split(/\r?\n/)[0];
  if (code === 0 && password !== "") return password;
  const how = code === 0
    ? "printed no password"
    : signal
    ? `was ended by ${shown(signal)}`
    : `ended with status ${code}`;
  throw new Failure("unavailable", `AWS_USE_YKMAN_PASSWORD_COMMAND ${how}`, {
    hint: 'run it by hand: sh -c "$AWS_USE_YKMAN_PASSWORD_COMMAND"',
  });
}

/** ykman's own memory serves every program that asks this key; whether it may is the person's choice. */
async function offerToKeep({ world, ykman, signal, deviceSerial }: Locked, password: string): Promise<void> {
  const answer = await world.terminal.ask("let ykman keep this password on this computer? [y/N]");
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return;
  try {
    const serials = deviceSerial === undefined ? await pluggedSerials(ykman, { signal }) : [deviceSerial];
    for (const serial of serials) await rememberPassword(ykman, { deviceSerial: serial, password, signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "cancelled") throw error;
    world.terminal.say(`aws-use: ykman does not keep it: ${error.message}`);
  }
}
