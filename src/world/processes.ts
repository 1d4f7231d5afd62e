/** Other programs: ykman, mfa_process, clipboards. */
import { createRequire } from "node:module";
import type { Child, Processes, SpawnOptions } from "./world.ts";

// Some packages of the bundle call `require` for Node's own modules.
(globalThis as { require?: unknown }).require ??= createRequire(import.meta.url);
const { execa } = await import("execa");

/** Starts a program with this environment less `unset` plus `env`. It is ended when this process ends in good order. */
function spawn(options: SpawnOptions): Child {
  const environment = { ...Deno.env.toObject(), ...options.env };
  for (const name of options.unset ?? []) delete environment[name];
  const { stdin = "null", stderr = "piped" } = options;
  const child = execa(options.command, [...options.args], {
    env: environment,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
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

async function* chunks(stream: AsyncIterable<unknown> | null | undefined): AsyncIterable<string> {
  const decoder = new TextDecoder();
  for await (const chunk of stream ?? []) {
    yield typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
  }
}

export const denoProcesses: Processes = {
  spawn,

  async startTime(pid) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => null);
    // Field 22; the name in field 2 may hold spaces and parentheses. Source: proc(5).
    if (stat !== null) return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
    if (Deno.build.os === "linux") return null;
    const { stdout } = await execa("ps", ["-o", "lstart=", "-p", String(pid)], { reject: false });
    return stdout?.trim() || null;
  },

  kill(pid, signal) {
    try {
      Deno.kill(pid, signal as Deno.Signal);
    } catch {
      // It has ended by itself.
    }
  },
};
