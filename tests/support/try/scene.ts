/** Where the main job is tried: an AWS and a YubiKey that exist only in this process, and the environment that leads there. */
import { type Emulator, startEmulator } from "../emulator/emulator.ts";
import { alice, seed } from "../emulator/seed.ts";
import { serveControl } from "../yubikey/control.ts";
import { startVirtualKeysAt, type VirtualKeys } from "../yubikey/virtual_keys.ts";
import { removeFolder } from "../remove.ts";

export interface Scene extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly keys: VirtualKeys;
  /** Which ykman answers, for people. */
  readonly ykman: string;
  /** The whole environment of a shell in the scene. */
  readonly env: Readonly<Record<string, string>>;
}

export interface SceneOptions {
  /** An existing folder that holds `home` with aws-use installed in `home/.local`; what the scene needs goes there too. */
  readonly folder: string;
  /** Tells the scenes of one folder apart. */
  readonly name: string;
  /** Who touches: a person with a key of the keyboard, or nobody has to. */
  readonly touch: "key" | "auto";
}

const yubikeySerial = 12345678;

/** What a shell may keep of the person's environment: how their terminal works, and who they are. */
const kept = /^(PATH|TERM|TERM_PROGRAM|TERMINFO|TERMINFO_DIRS|COLORTERM|NO_COLOR|LANG|LC_.*|TZ|USER|LOGNAME|DENO_DIR)$/;

export async function startScene({ folder, name, touch }: SceneOptions): Promise<Scene> {
  const sockets = await Deno.makeTempDir({ prefix: "aws-use-", dir: await socketParent(folder) });
  const socket = `${sockets}/pcscd`;
  const control = `${sockets}/control`;
  const emulator = await startEmulator(seed);
  const keys = startVirtualKeysAt(socket, {
    keys: [{
      serial: yubikeySerial,
      accounts: [{ name: alice.mfaSerial, secretBase32: alice.mfaSecret, touch: true }],
    }],
    touch: touch === "auto" ? "auto" : "manual",
  });
  const listener = serveControl(control, keys);

  const bin = `${folder}/bin-${name}`;
  const runtime = `${folder}/run-${name}`;
  await Deno.mkdir(bin);
  await Deno.mkdir(runtime, { mode: 0o700 });
  const real = await findYkman(socket);
  await writeYkman(`${bin}/ykman`, [socket, control, touch, real?.path ?? "-"]);
  const home = `${folder}/home`;
  const { PATH = "/usr/bin:/bin", ...env } = Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([variable]) => kept.test(variable)),
  );

  return {
    emulator,
    keys,
    ykman: real === undefined ? "a stand-in for ykman (the real one is not installed)" : `ykman ${real.version}`,
    env: {
      TERM: "dumb",
      ...env,
      PATH: `${bin}:${home}/.local/bin:${PATH}`,
      HOME: home,
      TMPDIR: folder,
      XDG_RUNTIME_DIR: runtime,
      AWS_ENDPOINT_URL: emulator.url,
      // The AWS CLI asks a machine of Amazon's for credentials where it finds none.
      AWS_EC2_METADATA_DISABLED: "true",
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await Promise.all([emulator.stop(), keys.stop()]);
      await removeFolder(sockets);
    },
  };
}

/** The path of a socket has at most 103 bytes (macOS; 107 on Linux), which a long TMPDIR would not leave. */
async function socketParent(folder: string): Promise<string> {
  return folder.length <= 70 ? folder : await Deno.realPath("/tmp");
}

/** The real ykman that sees the virtual key; macOS has a PC/SC of its own, which knows nothing of our socket. */
async function findYkman(socket: string): Promise<{ path: string; version: string } | undefined> {
  const env = { PCSCLITE_CSOCK_NAME: socket };
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/ykman`;
    const listed = await textOf(path, ["list", "--serials"], env);
    if (listed?.trim() !== String(yubikeySerial)) continue;
    const version = /version: (\S+)/.exec(await textOf(path, ["--version"], env) ?? "")?.[1];
    return { path, version: `${version} (${path})` };
  }
}

/** What the program prints; undefined where there is none or it fails. */
export async function textOf(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  try {
    const command = new Deno.Command(path, {
      args: [...args],
      env,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(10_000),
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

async function writeYkman(path: string, args: readonly string[]): Promise<void> {
  const program = new URL("ykman.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", "--quiet", "--no-config", "--no-lock", "--allow-all", program, ...args];
  const text = `#!/bin/sh
export DENO_NO_UPDATE_CHECK=1
exec ${command.map(quoted).join(" ")} "$@"
`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
