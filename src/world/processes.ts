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
    TZ=UTC0 LC_ALL=C ps -o lstart= -p "$1"
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
  const program = found(options.command, environment.PATH ?? "");
  const { stdin = "null", stderr = "piped" } = options;
  const script = becomeScript(Deno.env.get("AWS_USE_FD"));
  const own = [options.noteIn ?? "", terminalFor(options)];
  const child = execa("/bin/sh", ["-c", script, "sh", ...own, program, ...options.args], {
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

/**
 * Where the program is. The shell in between would tell a missing one only by a status that the program itself may have,
 * too, and would look for it in the folder that the person happens to be in when PATH has an empty or a relative entry.
 */
function found(command: string, path: string): string {
  const places = command.includes("/") ? [command] : absoluteFolders(path).map((folder) => `${folder}/${command}`);
  const program = places.find(isProgram);
  if (program === undefined) throw new Deno.errors.NotFound(`there is no program ${command}`);
  return program;
}

function absoluteFolders(path: string): readonly string[] {
  return path.split(":").filter((folder) => folder.startsWith("/"));
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

/** What a script of ours prints. It needs to find programs, and nothing else of this environment. */
async function printed(script: string, ...args: readonly string[]): Promise<string> {
  const PATH = absoluteFolders(Deno.env.get("PATH") ?? "").join(":") || "/usr/bin:/bin";
  const options = { env: { PATH }, extendEnv: false, reject: false } as const;
  return (await execa("/bin/sh", ["-c", script, "sh", ...args], options)).stdout ?? "";
}

export const denoProcesses: Processes = {
  spawn,

  async startTime(pid) {
    return (await printed(`${startTimeScript}\nstart_time "$1"`, String(pid))).trim() || null;
  },

  kill(pid, signal) {
    try {
      Deno.kill(pid, signal as Deno.Signal);
    } catch {
      // It has ended by itself.
    }
  },

  async running(names) {
    const lines = (await printed(runningScript)).split("\n");
    // A program in Python is its interpreter's first argument where there is no /proc.
    const words = lines.flatMap((line) => line.split(" ").slice(0, 2));
    const seen = new Set(words.map((word) => word.slice(word.lastIndexOf("/") + 1)));
    return names.filter((name) => seen.has(name));
  },
};
