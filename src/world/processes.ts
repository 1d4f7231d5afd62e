/** Other programs: ykman, mfa_process, clipboards. */
import { createRequire } from "node:module";
import type { Child, Processes, SpawnOptions } from "./world.ts";

// Some packages of the bundle call `require` for Node's own modules.
(globalThis as { require?: unknown }).require ??= createRequire(import.meta.url);
const { execa } = await import("execa");

// Once a right was given up, Deno reads nothing below /proc by itself. Field 22, counted from behind the name in
// parentheses, which may hold anything. Source: proc(5). Where there is no /proc, ps tells the time of day.
const startTimeScript = `
start_time() {
  if read -r line <"/proc/$1/stat"; then
    line=\${line##*) }
    set -f
    set -- $line
    printf %s "\${20}"
  else
    LC_ALL=C ps -o lstart= -p "$1"
  fi
} 2>/dev/null
`;

/** Prints the name of every process. */
const runningScript = `
if [ -r /proc/self/comm ]; then
  for file in /proc/[0-9]*/comm; do
    { read -r name <"$file"; } 2>/dev/null && printf '%s\\n' "$name"
  done
else
  ps -Axo args=
fi
`;

/**
 * Becomes the program. What the shell gave us for its lines is closed before, because the shell reads on for as long as
 * anybody has it: a program that goes on in the background would keep the person's shell waiting.
 */
function becomeScript(wire: string | undefined): string {
  return `${startTimeScript}
${/^[3-9]$/.test(wire ?? "") ? `exec ${wire}>&-` : ""}
if [ -n "$1" ]; then
  { printf '%s %s' "$$" "$(start_time $$)" >"$1"; } 2>/dev/null
fi
if [ -n "$2" ] && (: <"$2" >"$2") 2>/dev/null; then exec <"$2" 2>"$2"; fi
shift 2
exec "$@"
`;
}

/** What leads to the person past our redirected stdin and stderr; nothing where they are the terminal. */
function terminalFor({ stdin }: SpawnOptions): string {
  return stdin === "terminal" && !(Deno.stdin.isTerminal() && Deno.stderr.isTerminal()) ? "/dev/tty" : "";
}

/** Starts a program with this environment less `unset` plus `env`. Who starts it ends it. */
function spawn(options: SpawnOptions): Child {
  const environment = { ...Deno.env.toObject(), ...options.env };
  for (const name of options.unset ?? []) delete environment[name];
  refuseMissing(options.command, environment.PATH ?? "");
  const { stdin = "null", stderr = "piped" } = options;
  const script = becomeScript(Deno.env.get("AWS_USE_FD"));
  const own = [options.noteIn ?? "", terminalFor(options)];
  const child = execa("/bin/sh", ["-c", script, "sh", ...own, options.command, ...options.args], {
    env: environment,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    // Execa's own would send Ctrl-C to us once more, which counts as a second one: whoever asks for a child ends it.
    cleanup: false,
    stdout: options.silent ? "ignore" : "pipe",
    stderr: options.silent ? "ignore" : stderr === "terminal" ? "inherit" : "pipe",
    ...(typeof stdin === "object" ? { input: stdin.text } : { stdin: stdin === "terminal" ? "inherit" : "ignore" }),
  });
  const end = child.then((result) => {
    if (result.exitCode === undefined && result.signal === undefined) throw result;
    return result;
  });
  end.catch(() => {});
  return {
    pid: child.pid ?? 0,
    stdout: end.then((result) => String(result.stdout ?? "")),
    stderr: chunks(child.stderr),
    status: end.then((result) => ({ code: result.exitCode ?? 1, signal: result.signal ?? null })),
    kill: (signal) => void child.kill(signal as "SIGTERM"),
  };
}

/** The shell in between would tell a missing program only by a status that the program itself may have, too. */
function refuseMissing(command: string, path: string): void {
  const places = command.includes("/") ? [command] : path.split(":").map((folder) => `${folder || "."}/${command}`);
  if (!places.some(isProgram)) throw new Deno.errors.NotFound(`there is no program ${command}`);
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

async function* chunks(stream: AsyncIterable<unknown> | null | undefined): AsyncIterable<string> {
  const decoder = new TextDecoder();
  for await (const chunk of stream ?? []) {
    yield typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
  }
}

export const denoProcesses: Processes = {
  spawn,

  async startTime(pid) {
    const script = `${startTimeScript}\nstart_time "$1"`;
    const { stdout } = await execa("/bin/sh", ["-c", script, "sh", String(pid)], { reject: false });
    return stdout?.trim() || null;
  },

  kill(pid, signal) {
    try {
      Deno.kill(pid, signal as Deno.Signal);
    } catch {
      // It has ended by itself.
    }
  },

  async running(names) {
    const { stdout } = await execa("/bin/sh", ["-c", runningScript], { reject: false });
    // A program in Python is its interpreter's first argument where there is no /proc.
    const words = (stdout ?? "").split("\n").flatMap((line) => line.split(" ").slice(0, 2));
    const seen = new Set(words.map((word) => word.slice(word.lastIndexOf("/") + 1)));
    return names.filter((name) => seen.has(name));
  },
};
