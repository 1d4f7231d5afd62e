/** The real world. */
import type { Channels } from "./channels.ts";
import { denoFiles } from "./files.ts";
import { denoTerminal } from "./terminal.ts";
import { Failure } from "../errors.ts";
import type { Aws } from "./aws.ts";
import type { Environment, World } from "./world.ts";

export interface DenoWorld extends World {
  /** Puts the terminal back as it was. */
  restore(): void;
  /**
   * Ends the process with what `tell` returns for an error that nobody awaits, for which Deno would print its own trace.
   * After Ctrl-C what breaks off is no news.
   */
  onStray(tell: (error: unknown) => number): void;
}

/** Continues the programs of this process group, which were stopped with it. */
function goOn(): void {
  try {
    Deno.kill(0, "SIGCONT");
  } catch {
    // The verb may start none, so there are none.
  }
}

/** The world of this process. Ctrl-C and termination abort `signal`; a second one, or no end within 3 s, ends the process. */
export function denoWorld(channels: Channels, version: string): DenoWorld {
  const cancel = new AbortController();
  let graceMs = 3000;
  const color = Deno.stderr.isTerminal() && !Deno.env.get("NO_COLOR");
  // One for all that trust the same certificates: they share the connection, and what it tells of AWS's clock.
  const clients = new Map<string, Aws>();
  const { terminal, restore } = denoTerminal(
    channels,
    cancel.signal,
    color,
    environment.get("AWS_USE_SUBSHELL") !== undefined,
  );
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => {
      if (cancel.signal.aborted) end();
      cancel.abort(new DOMException("cancelled", "AbortError"));
      Deno.unrefTimer(setTimeout(end, graceMs));
    });
  }
  const end = () => {
    restore();
    Deno.exit(130);
  };
  // An interactive fish waits for the wire by itself, so while its job is stopped nobody is left to continue it. zsh and bash
  // keep Ctrl-Z away from us.
  if (environment.get("AWS_USE_SHELL_WAITS")) Deno.addSignalListener("SIGTSTP", goOn);
  return {
    clock: {
      nowMs: Date.now,
      sleep: (ms, signal = cancel.signal) => sleep(ms, signal),
    },
    environment,
    files: denoFiles,
    terminal,
    output: {
      out: (text) => write(Deno.stdout, text, "stdout"),
      err: writeMessage,
      wire: channels.wire ? (lines) => write(channels.wire!, lines, "the shell") : null,
    },
    signal: cancel.signal,
    allowUndoing: (limitMs) => void (graceMs = limitMs),
    uid: Deno.uid(),
    get whereabouts() {
      const name = terminalName();
      return `process ${Deno.pid}${name === null ? "" : ` on ${name}`}`;
    },
    async loginName() {
      const named = environment.get("LOGNAME") ?? environment.get("USER");
      return named ?? (await import("node:os")).userInfo().username;
    },
    processes: async () => (await import("./processes.ts")).denoProcesses,
    async aws(caCerts) {
      const { aws } = await import("./aws_clients.ts");
      const key = caCerts.join("\n");
      const known = clients.get(key) ?? aws(caCerts, version);
      clients.set(key, known);
      return known;
    },
    restore,
    onStray(tell) {
      const end = (event: Event, error: unknown) => {
        event.preventDefault();
        if (cancel.signal.aborted) return;
        restore();
        Deno.exit(tell(error));
      };
      addEventListener("unhandledrejection", (event) => end(event, event.reason));
      addEventListener("error", (event) => end(event, event.error));
    },
  };
}

const environment: Environment = {
  get: (name) => Deno.env.get(name) || undefined,
  all: () => Deno.env.toObject(),
};

/** The device that the person looks at; Linux alone tells it without another process. */
function terminalName(): string | null {
  for (const descriptor of [2, 0]) {
    try {
      const name = Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
      if (/^\/dev\/(pts\/\d+|tty\w+)$/.test(name)) return name;
    } catch {
      // There is no /proc, or the descriptor is closed.
    }
  }
  return null;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Throws Failure("io") for what cannot be written. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string, what: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (cause) {
    // The reader is gone (`aws-use list | head -1`); that is its right.
    if (cause instanceof Deno.errors.BrokenPipe) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("io", `cannot write to ${what}: ${reason}`, {
      hint: "look at where the output goes: df",
      cause,
    });
  }
}

/** A message that nobody can read must not cost the person the credentials. */
function writeMessage(line: string): void {
  try {
    write(Deno.stderr, `${line}\n`, "stderr");
  } catch {
    // There is nowhere left to tell it.
  }
}
