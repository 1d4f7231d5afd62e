import { denoProcesses } from "../../src/world/processes.ts";
import type { Clock, Environment } from "../../src/world/world.ts";
import type { YkmanWorld } from "../../src/world/ykman.ts";
import { startVirtualKeys, type VirtualKeys, type VirtualKeysSeed } from "./yubikey/virtual_keys.ts";

/** A real ykman. */
export interface Ykman {
  readonly major: 4 | 5;
  readonly path: string;
}

/** The ykmans that tests run, found by environment; 4 is what Debian installs, 5 is in a virtual environment of its own. */
export const ykmans: readonly Ykman[] = [
  { major: 4, path: Deno.env.get("AWS_USE_TEST_YKMAN4") ?? "/usr/bin/ykman" },
  { major: 5, path: Deno.env.get("AWS_USE_TEST_YKMAN5") ?? "" },
];

export interface Bench {
  readonly ykman: Ykman;
  readonly keys: VirtualKeys;
  /** A world in which ykman sees `keys`, has a home of its own and cannot kill anybody's scdaemon. */
  readonly world: YkmanWorld;
  readonly directory: string;
}

export type BenchSeed = Omit<VirtualKeysSeed, "directory"> & {
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
};

/** Registers `body` as one test for each ykman; where one is missing its test shows as ignored, under its name. */
export function ykmanTest(name: string, seed: BenchSeed, body: (bench: Bench) => Promise<void>): void {
  for (const ykman of ykmans) {
    Deno.test({
      name: `${name} (ykman ${ykman.major})`,
      ignore: !exists(ykman.path),
      fn: () => withBench(ykman, seed, body),
    });
  }
}

export async function withBench(ykman: Ykman, seed: BenchSeed, body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "ykman-" });
  const keys = startVirtualKeys({ directory, ...seed });
  try {
    const env = await ykmanEnvironment(directory, keys);
    await body({
      ykman,
      keys,
      directory,
      world: benchWorld({ AWS_USE_YKMAN: ykman.path, ...seed.environment }, env, seed),
    });
  } finally {
    await keys.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

/**
 * What ykman's environment needs besides the keys: a home that keeps its remembered passwords apart, and a `pkill` that
 * kills nothing, because ykman ends every scdaemon of the machine when it cannot connect.
 */
export async function ykmanEnvironment(directory: string, keys: VirtualKeys): Promise<Record<string, string>> {
  await Deno.mkdir(`${directory}/bin`);
  await Deno.writeTextFile(`${directory}/bin/pkill`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const path = `${directory}/bin:${Deno.env.get("PATH") ?? ""}`;
  return { ...keys.env, HOME: directory, XDG_DATA_HOME: `${directory}/data`, PATH: path };
}

function benchWorld(
  variables: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  { clock }: BenchSeed,
): YkmanWorld {
  return {
    clock: clock ?? realClock,
    environment: environmentOf({ ...Deno.env.toObject(), ...variables }),
    processes: {
      ...denoProcesses,
      spawn: (options) => denoProcesses.spawn({ ...options, env: { ...env, ...options.env } }),
    },
  };
}

export function environmentOf(variables: Readonly<Record<string, string>>): Environment {
  return { get: (name) => variables[name] || undefined, all: () => variables };
}

export const realClock: Clock = fastClock(1);

/** A clock that goes `speed` times as fast as the real one. */
export function fastClock(speed: number): Clock {
  const startMs = Date.now();
  return {
    nowMs: () => startMs + (Date.now() - startMs) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", abort);
          resolve();
        }, ms / speed);
        if (signal?.aborted) abort();
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
