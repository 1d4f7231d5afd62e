/** One run of ykman: started without secrets, watched for the touch it wants, ended when it takes too long. */
import { touchText, type YkmanOutput } from "../core/ykman_output.ts";
import type { NoCodeReason } from "../core/ykman_failure.ts";
import { Failure } from "../errors.ts";
import type { Child, Clock, Environment, Processes } from "./world.ts";

export interface YkmanWorld {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly environment: Environment;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Lines that ykman asks for before the password: a seed. On stdin too, because arguments can be read by everybody. */
  readonly input?: readonly string[];
  /** Handed over on stdin, because arguments can be read by everybody. */
  readonly password?: string;
  /** Gets the process id as soon as ykman runs. */
  readonly onStarted?: (pid: number) => void;
  readonly onTouchWanted?: () => void;
}

export interface YkmanRun extends YkmanOutput {
  readonly touchAskedAtMs?: number;
  readonly answeredAtMs: number;
}

/**
 * How long ykman may be silent. It looks for a key that is not there for up to 13 s, and a key that waits for a touch on
 * somebody else's behalf makes it wait 15 s more.
 */
const silenceLimitMs = 30_000;

/** How long it may wait for the touch: the key itself gives up after 15 s. */
const touchLimitMs = 25_000;

/** Names of variables that hold secrets of the person or of their tools; ykman needs none of them. */
const secretNames = /^AWS_|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY/i;

/**
 * What ykman answered to `args`, or why it did not.
 *
 * Throws the signal's reason, or a `Failure` of kind `cancelled`, once `signal` is aborted.
 */
export async function runYkman(
  world: YkmanWorld,
  args: readonly string[],
  options: RunOptions,
): Promise<YkmanRun | NoCodeReason> {
  const overridden = world.environment.get("AWS_USE_YKMAN");
  for (const command of overridden === undefined ? defaultCommands(world.environment) : [overridden]) {
    try {
      return await runCommand(world, command, args, options);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return { name: "notInstalled", command: overridden ?? "ykman", isOverridden: overridden !== undefined };
}

/** In WSL the key is plugged into Windows, whose programs can be called by their name with `.exe`. */
function defaultCommands(environment: Environment): readonly string[] {
  return environment.get("WSL_DISTRO_NAME") === undefined ? ["ykman"] : ["ykman", "ykman.exe"];
}

async function runCommand(
  world: YkmanWorld,
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<YkmanRun | NoCodeReason> {
  const { clock } = world;
  throwIfAborted(options.signal);
  const child = world.processes.spawn({
    command,
    args,
    unset: Object.keys(world.environment.all()).filter((name) => secretNames.test(name)),
    // An empty line where there is no password: without any line ykman would ask on the controlling terminal by itself.
    stdin: { text: [...options.input ?? [], options.password ?? ""].map((line) => `${line}\n`).join("") },
  });
  if (child.pid > 0) options.onStarted?.(child.pid);

  const touch = Promise.withResolvers<void>();
  let touchAskedAtMs: number | undefined;
  const answer = readAnswer(child, () => {
    touchAskedAtMs = clock.nowMs();
    touch.resolve();
    options.onTouchWanted?.();
  });
  const settled = new AbortController();
  try {
    const output = await Promise.race([
      answer,
      limit(clock, touch.promise, AbortSignal.any([options.signal, settled.signal])),
    ]);
    if (typeof output !== "number") return { ...output, touchAskedAtMs, answeredAtMs: clock.nowMs() };
    end(child);
    return { name: "noAnswer", seconds: output / 1000 };
  } catch (error) {
    end(child);
    throwIfAborted(options.signal);
    throw error;
  } finally {
    settled.abort();
    answer.catch(() => {});
  }
}

/** SIGTERM, because ykman does not heed SIGINT while it waits for a touch. */
function end(child: Child): void {
  child.kill("SIGTERM");
}

async function readAnswer(child: Child, onTouchWanted: () => void): Promise<YkmanOutput> {
  const [stdout, stderr, { code, signal }] = await Promise.all([
    child.stdout,
    readStderr(child.stderr, onTouchWanted).catch(async (error) => {
      // The stream of a program that could not be started breaks off; only its status says why.
      await child.status;
      throw error;
    }),
    child.status,
  ]);
  return { stdout, stderr, code, signal };
}

async function readStderr(chunks: AsyncIterable<string>, onTouchWanted: () => void): Promise<string> {
  let stderr = "";
  let isTouchWanted = false;
  for await (const chunk of chunks) {
    stderr += chunk;
    if (isTouchWanted || !stderr.includes(touchText)) continue;
    isTouchWanted = true;
    onTouchWanted();
  }
  return stderr;
}

/** Resolves, with the limit in milliseconds, when ykman has been silent or has waited for its touch for too long. */
async function limit(clock: Clock, touch: Promise<unknown>, signal: AbortSignal): Promise<number> {
  const isTouchWanted = await Promise.race([
    touch.then(() => true),
    clock.sleep(silenceLimitMs, signal).then(() => false),
  ]);
  if (!isTouchWanted) return silenceLimitMs;
  await clock.sleep(touchLimitMs, signal);
  return touchLimitMs;
}

function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof Failure) throw signal.reason;
  throw new Failure("cancelled", "cancelled while ykman was asked for a code", {
    hint: "run the command again when the key is at hand",
    cause: signal.reason,
  });
}

/** Whether the system says, by any of its names for it and here or in a cause, that there is no such program. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return code === "ENOENT" || error.name === "NotFound" || isMissing(error.cause);
}
