import { denoProcesses } from "../../src/world/processes.ts";
import type { Clock, Environment } from "../../src/world/world.ts";
import type { YkmanWorld } from "../../src/world/ykman.ts";
import { type KeysSeed, startVirtualKeys, type VirtualKeys } from "./yubikey/virtual_keys.ts";

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

export interface BenchSeed extends KeysSeed {
  readonly clock?: Clock;
}

/** Registers `body` as one test for each ykman; where one is missing its test shows as ignored, under its name. */
export function ykmanTest(name: string, seed: BenchSeed, body: (bench: Bench) => Promise<void>): void {
  for (const ykman of ykmans) {
    Deno.test({
      name: `${name} (ykman ${ykman.major})`,
      ignore: !isInstalled(ykman),
      fn: () => withBench(ykman, seed, body),
    });
  }
}

async function withBench(ykman: Ykman, seed: BenchSeed, body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "ykman-" });
  const keys = startVirtualKeys({ directory, ...seed });
  try {
    const world = await ykmanWorld(ykman, directory, keys.env);
    await body({ ykman, keys, directory, world: { ...world, clock: seed.clock ?? world.clock } });
  } finally {
    await keys.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

/** A world whose programs, besides this machine's environment, get `env` and what `ykmanEnvironment` has. */
export async function ykmanWorld(
  ykman: Ykman,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<YkmanWorld> {
  const whole = { ...await ykmanEnvironment(directory), ...env };
  return {
    clock: fastClock(1),
    environment: environmentOf({ ...Deno.env.toObject(), AWS_USE_YKMAN: ykman.path }),
    processes: {
      ...denoProcesses,
      // Other tests run programs of the same names.
      running: () => Promise.resolve([]),
      spawn: (options) => denoProcesses.spawn({ ...options, env: { ...whole, ...options.env } }),
    },
  };
}

/**
 * What ykman's environment needs besides the keys: a home that keeps its remembered passwords apart, and a `pkill` that
 * kills nothing, because ykman ends every scdaemon of the machine when it cannot connect.
 */
export async function ykmanEnvironment(directory: string): Promise<Record<string, string>> {
  await Deno.mkdir(`${directory}/bin`);
  await Deno.writeTextFile(`${directory}/bin/pkill`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const path = `${directory}/bin:${Deno.env.get("PATH") ?? ""}`;
  return { HOME: directory, XDG_DATA_HOME: `${directory}/data`, PATH: path };
}

export function environmentOf(variables: Readonly<Record<string, string>>): Environment {
  return { get: (name) => variables[name] || undefined, all: () => variables };
}

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

export function isInstalled(ykman: Ykman): boolean {
  try {
    return Deno.statSync(ykman.path).isFile;
  } catch {
    return false;
  }
}
