/** A command of the person's own, out of a setting: it may ask them itself, and gets no secret of AWS. */
import { secretVariables } from "../core/secret_variables.ts";
import type { World } from "../world/world.ts";

export interface Ended {
  readonly stdout: string;
  readonly status: number;
  readonly signal: string | null;
  /** Whether Ctrl-C ended it, which reaches it as it reaches us. */
  readonly isInterrupted: boolean;
}

/** What a shell reports for a command that Ctrl-C has ended: 128 + SIGINT. */
const interruptedStatus = 130;

/** How `command` ended, run by /bin/sh with the terminal for stdin and stderr; null where it takes longer than `limitMs`. */
export async function runOwnCommand(world: World, command: string, limitMs: number): Promise<Ended | null> {
  const processes = await world.processes();
  world.signal.throwIfAborted();
  const child = processes.spawn({
    command: "/bin/sh",
    args: ["-c", command],
    unset: [...secretVariables, "AWS_USE_FD"],
    stdin: "terminal",
    stderr: "terminal",
  });
  const over = new AbortController();
  const tooLong = world.clock.sleep(limitMs, AbortSignal.any([world.signal, over.signal])).then(() => null);
  try {
    const ended = await Promise.race([Promise.all([child.status, child.stdout]), tooLong]);
    if (ended === null) return null;
    const [{ code: status, signal }, stdout] = ended;
    return { stdout, status, signal, isInterrupted: signal === "SIGINT" || status === interruptedStatus };
  } finally {
    over.abort();
    tooLong.catch(() => {});
    child.kill("SIGTERM");
  }
}
