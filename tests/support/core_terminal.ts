/** The core in a real terminal, with a plugin listening, as when a person has typed `aws-use …`. */
import assert from "node:assert/strict";
import { type Bench, core } from "./bench.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

export interface CoreTerminal extends Terminal {
  /** The exit code of the core, once it has ended. */
  exitCode(): Promise<number>;
  /** What the core wrote for the shell. */
  wire(): Promise<string>;
  /** Command lines of what still runs in this bench's world, the core's shell aside. */
  running(): readonly string[];
}

export interface CoreTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** A shell command in place of the core alone; `"$@"` is the core and its words. */
  readonly script?: string;
}

/** Starts the core with `words` in a terminal of its own. */
export async function openCore(
  bench: Bench,
  words: readonly string[],
  { env: more = {}, script = '"$@"', ...size }: CoreTerminalOptions = {},
): Promise<CoreTerminal> {
  const wirePath = `${bench.home}/wire-${crypto.randomUUID()}`;
  const env = { ...bench.env, AWS_USE_FD: "3", ...more };
  // The shell outlives Ctrl-C, tells how the core ended, and keeps the terminal open to be read.
  const shell = `trap : INT; exec 3>'${wirePath}'; ${script}; echo "[exit $?]"; exec 3>&-; exec sleep 60 </dev/null`;
  const terminal = await openTerminal(
    [
      ...["/bin/sh", "-c", 'exec env -i TERM="$TERM" TMUX="$TMUX" "$@"', "sh"],
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...["/bin/sh", "-c", shell, "core-shell", core, ...words],
    ],
    { env: { PATH: Deno.env.get("PATH") ?? "", LANG: "C.UTF-8" }, cwd: bench.home, ...size },
  );
  const ending = /\[exit (\d+)\]/;
  return {
    ...terminal,
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
    exitCode: async () => Number(ending.exec(await terminal.waitFor(ending))![1]),
    wire: () => Deno.readTextFile(wirePath),
    running: () => runningIn(bench.home),
  };
}

/** Waits until nothing but the core's shell runs in `terminal`; what ends by a signal takes a moment. */
export async function assertNothingRuns(terminal: CoreTerminal): Promise<void> {
  await until(() => terminal.running().length === 0).catch(() => {});
  assert.deepEqual(terminal.running(), []);
}

/** Waits for something that nothing tells of. Fails after 10 s. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isSo();) {
    assert.ok(Date.now() < deadline, `waited in vain for ${isSo}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** By the HOME in their environment, which every process of a bench has. */
function runningIn(home: string): readonly string[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name: pid }) => {
    if (!/^\d+$/.test(pid)) return [];
    const environment = textOf(`/proc/${pid}/environ`);
    const commandLine = textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const isOurs = `\0${environment}`.includes(`\0HOME=${home}\0`);
    return isOurs && commandLine !== "" && !/core-shell|(^|\/)sleep 60$/.test(commandLine) ? [commandLine] : [];
  });
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
