/**
 * A whole world in this process, for what takes minutes with real parts: time passes at once, AWS is the emulator without a
 * network, ykman and the keys are stand-ins. What people read, and what was started, is kept.
 */
import type { World } from "../../../src/world/world.ts";
import { seed as usualSeed } from "../emulator/seed.ts";
import type { World as AwsWorld } from "../emulator/world.ts";
import { makeWorld } from "../emulator/world_seed.ts";
import { environmentOf } from "../ykmans.ts";
import { type FakeAws, fakeAws } from "./aws.ts";
import { virtualClock } from "./clock.ts";
import { type MemoryFiles, memoryFiles } from "./files.ts";
import { type FakeKey, type FakeYkman, fakeYkman } from "./ykman.ts";

export interface FakeWorldOptions {
  readonly config?: string;
  readonly credentials: string;
  readonly keys?: FakeKey[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether there is a person; `answers` are what they type, in order. */
  readonly interactive?: boolean;
  readonly answers?: readonly string[];
  readonly startMs?: number;
}

export interface FakeWorld extends Disposable {
  readonly world: World;
  readonly aws: FakeAws;
  readonly awsWorld: AwsWorld;
  readonly ykman: FakeYkman;
  readonly files: MemoryFiles;
  /** Lines that a person has seen: said, shown as progress, asked, written to stdout. */
  readonly seen: string[];
  readonly out: string[];
  readonly answers: string[];
  interrupt(): void;
}

export const configPath = "/home/tester/.aws/config";
export const credentialsPath = "/home/tester/.aws/credentials";

/** 12 s into a window of 30 s. */
const usualStartMs = Date.UTC(2026, 5, 1, 12, 0, 12);

export function fakeWorld(options: FakeWorldOptions): FakeWorld {
  const clock = virtualClock(options.startMs ?? usualStartMs);
  const awsWorld = makeWorld(usualSeed, () => clock.nowMs());
  const aws = fakeAws(awsWorld);
  const ykman = fakeYkman(clock, options.keys ?? []);
  const files = memoryFiles({ [configPath]: options.config ?? "", [credentialsPath]: options.credentials });
  const cancel = new AbortController();
  const seen: string[] = [];
  const out: string[] = [];
  const answers = [...options.answers ?? []];
  const world: World = {
    clock: { nowMs: clock.nowMs, sleep: (ms, signal = cancel.signal) => clock.sleep(ms, signal) },
    environment: environmentOf({ HOME: "/home/tester", AWS_USE_CACHE_DIR: "/cache", ...options.variables }),
    files,
    terminal: {
      interactive: options.interactive ?? false,
      inSight: true,
      color: false,
      columns: 120,
      rows: 60,
      say: (line) => void seen.push(line),
      progress: () => ({ show: (text) => void seen.push(text), end() {} }),
      ask(question) {
        seen.push(question);
        return Promise.resolve(answers.shift() ?? null);
      },
      async *keys() {},
      draw: (text) => void seen.push(text),
    },
    output: { out: (text) => void out.push(text), err: (line) => void seen.push(line), wire: null },
    processes: () => Promise.resolve(ykman),
    signal: cancel.signal,
    allowUndoing() {},
    uid: 1000,
    whereabouts: "process 4711 on /dev/pts/3",
    loginName: () => Promise.resolve("tester"),
    aws: () => Promise.resolve(aws),
  };
  return {
    world,
    aws,
    awsWorld,
    ykman,
    files,
    seen,
    out,
    answers,
    interrupt: () => cancel.abort(new DOMException("cancelled", "AbortError")),
    [Symbol.dispose]: () => clock[Symbol.dispose](),
  };
}
