/** The profile's own command as a source of codes. It is never shown: it may hold a seed. */
import { configPaths } from "../core/config_paths.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted } from "../core/text.ts";
import { isTokenCode, lastDigitLine, windowAt } from "../core/totp_window.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { runOwnCommand } from "./own_command.ts";

export interface ProcessRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** The MFA device whose code it gives. */
  readonly serial: string;
  /** What the code is for, as the person reads it. */
  readonly purpose: string;
  /** The command that does the same again, for hints. */
  readonly again: string;
}

/** How long it may take; it may ask a person. */
const limitMs = 120_000;

/**
 * The code that `command` prints, and the window of its start. Its stdin and stderr are the terminal, so that it may ask the
 * person itself. Throws Failure "unavailable" where it prints none, "cancelled" where Ctrl-C ended it.
 */
export async function codeFromProcess(
  { world, cache, serial, purpose, again }: ProcessRequest,
  command: string,
): Promise<{ readonly code: string; readonly window: number }> {
  const limit = limitMs / 1000;
  // A whole line and not a progress, which would overwrite what the command asks.
  world.terminal.say(`aws-use: mfa_process gives the code of ${serial} for ${purpose}, within ${limit} s`);
  // Loaded before the time is taken, which is that of the command's start.
  await world.processes();
  const window = windowAt(world.clock.nowMs());
  const ended = await cache.whileAsking("waits for its mfa_process", () => runOwnCommand(world, command, limitMs));
  if (ended === null) throw failure(world, `gave no code within ${limit} s`);
  const { stdout, status, signal, isInterrupted } = ended;
  if (isInterrupted) throw new Failure("cancelled", "mfa_process was cancelled", { hint: `call again: ${again}` });
  if (status !== 0) throw failure(world, signal ? `was ended by ${signal}` : `ended with status ${status}`);
  const code = lastDigitLine(stdout);
  if (!code || !isTokenCode(code)) throw failure(world, "printed no six-digit code");
  return { code, window };
}

/**
 * Throws Failure "unavailable" where the program that `command` begins with is not there, without running it: it may ask the
 * person. What does not begin with a plain word only the shell understands.
 */
export async function checkProgram(world: World, command: string): Promise<void> {
  const [, program] = /^\s*([\w./~][\w./~+-]*)(?=\s|$)/.exec(command) ?? [];
  if (program === undefined) return;
  const ended = await runOwnCommand(world, `command -v ${program} >/dev/null`, limitMs);
  if (ended?.status === 1 || ended?.status === 127) throw failure(world, `cannot run ${quoted(program)}`);
}

function failure({ environment }: World, what: string): Failure {
  const paths = Object.values(configPaths(environment.all(), environment.get("HOME") ?? "")).filter(Boolean);
  return new Failure("unavailable", `mfa_process ${what}`, {
    hint: `run it by hand; it stands in: grep -ns mfa_process ${paths.map(shellWord).join(" ")}`,
  });
}
