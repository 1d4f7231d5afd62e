/**
 * A real terminal for tests: a program in a tmux server of its own, typed into and read as a person would.
 *
 * tmux's control mode tells of every output, so waiting looks at the screen when it has changed, and never sleeps.
 * Source: <https://man.openbsd.org/tmux.1#CONTROL_MODE>
 */
import assert from "node:assert/strict";
import { removeFolder } from "./remove.ts";

export interface Terminal extends AsyncDisposable {
  /** Types `text` as it stands. */
  type(text: string): Promise<void>;
  /** Presses keys by tmux's names: `Enter`, `Tab`, `C-c`, `Escape`, `Up`. */
  press(...keys: readonly string[]): Promise<void>;
  /** Makes the terminal larger or smaller, as when a person pulls at its window. */
  resize(columns: number, rows: number): Promise<void>;
  /** The lines on the screen without their trailing blanks (a prompt `> ` is `>`), joined by newlines; with `colors` as escape sequences. */
  screen(options?: { readonly colors?: boolean }): Promise<string>;
  /** The screen once `wanted` is found there; fails with the screen after `timeoutMs`. */
  waitFor(wanted: string | RegExp | ((screen: string) => boolean), timeoutMs?: number): Promise<string>;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
}

export interface TerminalOptions {
  /** The whole environment of the program; `TERM` is set by tmux. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** Starts `command` (no shell in between) in a fresh terminal; ends with `await using`. */
export async function openTerminal(command: readonly string[], options: TerminalOptions): Promise<Terminal> {
  const { env, cwd, columns = 120, rows = 40 } = options;
  const folder = await Deno.makeTempDir({ prefix: "tmux-" });
  const client = new Deno.Command("tmux", {
    args: [
      ...["-S", `${folder}/socket`, "-f", "/dev/null", "-u", "-C"],
      ...["set", "-g", "escape-time", "0", ";"],
      // A single word would be a command line for the login shell; after `env` it is a program.
      ...["new-session", "-x", `${columns}`, "-y", `${rows}`, "-c", cwd, "env", ...command],
    ],
    clearEnv: true,
    env,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const control = controlMode(client);
  const run = async (line: string) => {
    const { lines, failed } = await control.run(line);
    assert.ok(!failed, `tmux refused ${JSON.stringify(line)}: ${lines.join(" ")}`);
    return lines;
  };
  await control.ready;

  const screen: Terminal["screen"] = async ({ colors = false } = {}) =>
    (await run(`capture-pane -p${colors ? " -e" : ""}`)).map((line) => line.trimEnd()).join("\n").trimEnd();

  return {
    type: async (text) => void await run(`send-keys -l -- ${quoted(text)}`),
    press: async (...keys) => void await run(`send-keys -- ${keys.map(quoted).join(" ")}`),
    resize: async (columns, rows) => void await run(`resize-window -x ${columns} -y ${rows}`),
    screen,
    async waitFor(wanted, timeoutMs = 20_000) {
      const found = typeof wanted === "function"
        ? wanted
        : (text: string) => typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      try {
        while (true) {
          const changed = control.nextOutput(deadline.signal);
          const text = await screen();
          if (found(text)) return text;
          assert.ok(await changed, `waited in vain for ${wanted}; the screen shows:\n${text}`);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    ended: control.ended,
    async [Symbol.asyncDispose]() {
      if (!control.isOver()) await control.run("kill-server");
      await control.ended;
      await client.status;
      await removeFolder(folder);
    },
  };
}

/** tmux's own quoting, in which nothing inside single quotes is special but the quote itself. */
function quoted(text: string): string {
  assert.ok(!/[\n\r]/.test(text), "press Enter instead of typing a line end");
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

interface Reply {
  readonly lines: readonly string[];
  readonly failed: boolean;
}

/** The protocol: one command a line goes in; out come `%output` and replies between `%begin` and `%end`, in order. */
function controlMode(client: Deno.ChildProcess) {
  const input = client.stdin.getWriter();
  const waiting: ((reply: Reply) => void)[] = [];
  const listeners = new Set<(alive: boolean) => void>();
  const first = Promise.withResolvers<void>();
  let over = false;

  const ended = (async () => {
    let reply: string[] | undefined;
    for await (const line of linesOf(client.stdout)) {
      if (line.startsWith("%begin ")) reply = [];
      else if (reply && /^%(end|error) /.test(line)) {
        // Replies to tmux's own command line end with 0, those to what we send with 1.
        if (line.endsWith(" 1")) waiting.shift()?.({ lines: reply, failed: line.startsWith("%error") });
        reply = undefined;
      } else if (reply) reply.push(line);
      else if (line.startsWith("%session-changed")) first.resolve();
      else if (line.startsWith("%output ")) tell(true);
      else if (line.startsWith("%exit")) break;
    }
    over = true;
    first.resolve();
    for (const answer of waiting.splice(0)) answer({ lines: ["the program has ended"], failed: true });
    tell(false);
    await input.close().catch(() => {});
  })();

  function tell(alive: boolean) {
    for (const listener of [...listeners]) listener(alive);
  }

  return {
    ready: first.promise,
    ended,
    isOver: () => over,
    run(line: string): Promise<Reply> {
      if (over) return Promise.resolve({ lines: ["the program has ended"], failed: true });
      return new Promise((resolve) => {
        waiting.push(resolve);
        // A server that has just ended closes the pipe; the end of its output answers then.
        input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
      });
    },
    /** True once something was written to the screen after this call; false at the end or after the deadline. */
    nextOutput(deadline: AbortSignal): Promise<boolean> {
      if (over || deadline.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const listener = (alive: boolean) => {
          listeners.delete(listener);
          deadline.removeEventListener("abort", onDeadline);
          resolve(alive);
        };
        const onDeadline = () => listener(false);
        listeners.add(listener);
        deadline.addEventListener("abort", onDeadline);
      });
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest) yield rest;
}
