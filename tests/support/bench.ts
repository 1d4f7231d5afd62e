/**
 * A whole world for one test: an AWS emulator, virtual YubiKeys, a HOME with AWS files, an empty cache, and the compiled
 * core to run in it. Everything is its own, so that tests run side by side.
 */
import { type Emulator, type EmulatorOptions, startEmulator } from "./emulator/emulator.ts";
import { alice, seed } from "./emulator/seed.ts";
import { startVirtualKeys, type VirtualKeys } from "./yubikey/virtual_keys.ts";
import type { KeySeed } from "./yubikey/card.ts";
import { quietFish } from "./quiet_home.ts";
import { removeFolder } from "./remove.ts";

export interface BenchOptions {
  /** Text of ~/.aws/config, in place of the usual one. */
  readonly config?: string;
  readonly credentials?: string;
  readonly keys?: readonly KeySeed[];
  readonly touch?: "auto" | "manual";
  readonly touchTimeoutMs?: number;
  readonly clockOffsetSeconds?: number;
  readonly intercept?: EmulatorOptions["intercept"];
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The ykman that is found on PATH; none for a machine without one. */
  readonly ykman?: string | null;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written for the shell plugin. */
  readonly wire: string;
  readonly set: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Without it no plugin listens. */
  readonly plugin?: boolean;
}

export interface Bench extends AsyncDisposable {
  readonly home: string;
  readonly cache: string;
  readonly emulator: Emulator;
  readonly keys: VirtualKeys;
  readonly env: Readonly<Record<string, string>>;
  run(words: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Starts the core without waiting for its end. */
  start(words: readonly string[], options?: RunOptions): { readonly child: Deno.ChildProcess; ended(): Promise<Ran> };
  writeConfig(text: string): Promise<void>;
  /** Names of the calls that AWS has seen, the unsigned first one left out. */
  calls(): readonly string[];
}

/** The core under test: what the test run built, or what AWS_USE_TEST_CORE names. */
export const core = Deno.env.get("AWS_USE_TEST_CORE") ?? new URL("../../build/aws-use", import.meta.url).pathname;

export * as people from "./emulator/seed.ts";

export function usualConfig(): string {
  const role = (name: string, more = "", account = "123456789012") =>
    `[profile ${name}]\nrole_arn = arn:aws:iam::${account}:role/${name}\nsource_profile = default\n${more}\n`;
  return [
    `[default]\nregion = eu-central-1\nmfa_serial = ${alice.mfaSerial}\n`,
    role("admin", "region = eu-west-1\n"),
    role("readonly"),
    role("deploy", "external_id = deploy-7f3a\n"),
    role("prod", "", "210987654321"),
    role("short"),
    role("fresh"),
  ].join("\n");
}

export function keysOf(person: { readonly accessKeyId: string; readonly secretAccessKey: string }): string {
  return `aws_access_key_id = ${person.accessKeyId}\naws_secret_access_key = ${person.secretAccessKey}\n`;
}

export function usualKey(): KeySeed {
  return {
    serial: 12345678,
    accounts: [{ name: alice.mfaSerial, secretBase32: alice.mfaSecret, touch: true }],
  };
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  // Short, because a socket's path has at most 107 bytes.
  const home = await Deno.makeTempDir({ prefix: "au-" });
  const bin = `${home}/bin`;
  const cache = `${home}/cache`;
  await Deno.mkdir(`${home}/.aws`);
  await quietFish(home);
  await Deno.mkdir(bin);
  const ykman = options.ykman === undefined ? Deno.env.get("AWS_USE_TEST_YKMAN4") ?? "/usr/bin/ykman" : options.ykman;
  if (ykman) await Deno.writeTextFile(`${bin}/ykman`, `#!/bin/sh\nexec '${ykman}' "$@"\n`, { mode: 0o755 });
  // ykman calls it to end every scdaemon of the machine when it cannot connect.
  await Deno.writeTextFile(`${bin}/pkill`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  for (const tool of ["sh", "env", "cat", "sleep", "bash", "ps", "printf", "true", "false", "kill"]) {
    // No link: a test that puts a tool of its own here must not write through one into the machine.
    await Deno.writeTextFile(`${bin}/${tool}`, `#!/bin/sh\nexec '${await which(tool)}' "$@"\n`, { mode: 0o755 });
  }
  await Deno.writeTextFile(`${home}/.aws/config`, options.config ?? usualConfig());
  await Deno.writeTextFile(`${home}/.aws/credentials`, options.credentials ?? `[default]\n${keysOf(alice)}`);
  const emulator = await startEmulator({
    ...seed,
    clockOffsetSeconds: options.clockOffsetSeconds,
    intercept: options.intercept,
    tls: options.tls,
  });
  const keys = startVirtualKeys({
    directory: home,
    keys: options.keys ?? [usualKey()],
    touch: options.touch ?? "auto",
    touchDelayMs: 0,
    touchTimeoutMs: options.touchTimeoutMs ?? 15_000,
  });
  const env: Record<string, string> = {
    PATH: bin,
    HOME: home,
    USER: "tester",
    LANG: "C.UTF-8",
    AWS_USE_CACHE_DIR: cache,
    AWS_ENDPOINT_URL: emulator.url,
    NO_COLOR: "1",
    ...keys.env,
  };

  function start(words: readonly string[], { env: more = {}, stdin, plugin = true }: RunOptions = {}) {
    const wirePath = `${home}/wire-${crypto.randomUUID()}`;
    const script = plugin ? 'exec 3>"$WIRE"; unset WIRE; exec "$@"' : 'exec "$@"';
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", script, "sh", core, ...words],
      clearEnv: true,
      env: { ...env, ...(plugin && { AWS_USE_FD: "3", WIRE: wirePath }), ...more },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      // Without a controlling terminal, where who runs the tests would be asked.
      detached: true,
    }).spawn();
    const feed = async () => {
      if (stdin === undefined) return;
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
      await writer.close().catch(() => {});
    };
    const ended = async (): Promise<Ran> => {
      const [{ code, stdout, stderr }] = await Promise.all([child.output(), feed()]);
      const wire = await Deno.readTextFile(wirePath).catch(() => "");
      const pairs = wire.split("\n").filter((line) => line.includes("=")).map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)] as const;
      });
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr), wire, set: Object.fromEntries(pairs) };
    };
    return { child, ended };
  }

  return {
    home,
    cache,
    emulator,
    keys,
    env,
    start,
    run: async (words, more) => await start(words, more).ended(),
    writeConfig: async (text) => await Deno.writeTextFile(`${home}/.aws/config`, text),
    calls: () => emulator.calls.filter(({ action }) => action !== "HEAD").map(({ action }) => action),
    async [Symbol.asyncDispose]() {
      await keys.stop();
      await emulator.stop();
      await removeFolder(home);
    },
  };
}

async function which(tool: string): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${tool}`;
    if (await Deno.stat(path).then((info) => info.isFile, () => false)) return path;
  }
  throw new Error(`${tool} is not on PATH`);
}
