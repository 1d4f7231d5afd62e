/**
 * A world in memory, with a clock that jumps to the next thing that anybody waits for: half an hour of windows, pauses and
 * time limits passes in milliseconds, and in the same way each time.
 */
import type { Aws } from "../../src/world/aws.ts";
import { type VirtualClock, virtualClock } from "./fake_world/clock.ts";
import type { Child, Clock, Files, FileStatus, SpawnOptions, World } from "../../src/world/world.ts";

export interface FakeWorld {
  readonly world: World;
  readonly clock: FakeClock;
  /** What the person sees, in order: lines, and each text of a progress. */
  readonly seen: readonly string[];
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly files: Map<string, string>;
  readonly cancel: AbortController;
}

export interface FakeWorldOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Answers to questions, in order; without them there is no terminal. */
  readonly answers?: readonly (string | null)[];
  readonly spawn?: (options: SpawnOptions) => Child;
  readonly aws?: Partial<Aws>;
}

export interface FakeClock extends VirtualClock {
  /** Milliseconds since the start. */
  readonly elapsedMs: () => number;
}

export function fakeWorld(options: FakeWorldOptions): FakeWorld {
  const virtual = virtualClock(options.nowMs);
  const clock: FakeClock = { ...virtual, elapsedMs: () => virtual.nowMs() - options.nowMs };
  const files = new Map(Object.entries(options.files ?? {}));
  const seen: string[] = [];
  const stdout: string[] = [];
  const stderr: string[] = [];
  const answers = [...options.answers ?? []];
  const cancel = new AbortController();
  const environment = { HOME: "/home/tester", AWS_USE_CACHE_DIR: "/cache", ...options.env };
  const world: World = {
    clock,
    environment: { get: (name) => (environment as Record<string, string>)[name] || undefined, all: () => environment },
    files: memoryFiles(files, clock),
    terminal: {
      interactive: options.answers !== undefined,
      inSight: true,
      color: false,
      columns: 80,
      rows: 24,
      say: (line) => void seen.push(line),
      progress: () => ({ show: (text) => void (seen.at(-1) === text || seen.push(text)), end() {} }),
      ask(question) {
        seen.push(question);
        return Promise.resolve(answers.shift() ?? null);
      },
      async *keys() {},
      draw() {},
    },
    output: {
      out: (text) => void stdout.push(text),
      err(line) {
        stderr.push(`${line}\n`);
        seen.push(line);
      },
      wire: null,
    },
    processes: () =>
      Promise.resolve({
        spawn(wanted) {
          if (!options.spawn) throw new Deno.errors.NotFound(`there is no program ${wanted.command}`);
          return options.spawn(wanted);
        },
        startTime: () => Promise.resolve(null),
        kill() {},
        running: () => Promise.resolve([]),
      }),
    signal: cancel.signal,
    allowUndoing() {},
    uid: 1000,
    whereabouts: "process 4711 on /dev/pts/3",
    loginName: () => Promise.resolve("tester"),
    aws: () =>
      options.aws ? Promise.resolve(options.aws as Aws) : Promise.reject(new Error("nobody may call AWS here")),
  };
  return { world, clock, seen, stdout: () => stdout.join(""), stderr: () => stderr.join(""), files, cancel };
}

/** A program that prints `stdout` and ends, or one that only a signal ends. */
export function fakeChild(stdout: string | null, onKill?: (signal: string) => void): Child {
  const never = new Promise<never>(() => {});
  return {
    pid: 4711,
    stdout: stdout === null ? never : Promise.resolve(stdout),
    stderr: (async function* () {})(),
    status: stdout === null ? never : Promise.resolve({ code: 0, signal: null }),
    kill: (signal) => onKill?.(signal),
  };
}

function memoryFiles(files: Map<string, string>, clock: Clock): Files {
  const modified = new Map<string, number>();
  const isDirectory = (path: string) => [...files.keys()].some((each) => each.startsWith(`${path}/`));
  const set = (path: string, text: string) => {
    files.set(path, text);
    modified.set(path, clock.nowMs());
  };
  const status = (path: string): FileStatus | null => {
    const directory = isDirectory(path);
    if (!directory && !files.has(path)) return null;
    return {
      isFile: !directory,
      isDirectory: directory,
      isLink: false,
      mode: directory ? 0o700 : 0o600,
      uid: 1000,
      size: files.get(path)?.length ?? 0,
      modifiedMs: modified.get(path) ?? 0,
    };
  };
  return {
    readText: (path) => Promise.resolve(files.get(path) ?? null),
    readBytes: (path) => Promise.resolve(files.has(path) ? new TextEncoder().encode(files.get(path)) : null),
    status: (path) => Promise.resolve(status(path)),
    realPath: (path) => Promise.resolve(status(path) ? path : null),
    makeDirectory: () => Promise.resolve(),
    names: (path) =>
      Promise.resolve(
        [...files.keys()].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1)),
      ),
    replace: (path, text) => Promise.resolve(set(path, text)),
    append: (path, text) => Promise.resolve(set(path, (files.get(path) ?? "") + text)),
    remove: (path) => Promise.resolve(void files.delete(path)),
    lock: (path) =>
      Promise.resolve({
        lock: { path, note: () => Promise.resolve(), clear: () => Promise.resolve(), release() {} },
        noted: "",
      }),
  };
}
