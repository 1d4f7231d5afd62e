/** install.sh, run as a person would in a HOME of its own. */
import { textOf } from "./try/scene.ts";

const root = new URL("../../", import.meta.url).pathname;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine extends AsyncDisposable {
  /** Holds everything of the machine; `home` and `tmp` are in it. */
  readonly folder: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs install.sh with `args`. */
  install(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs any program. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Every path below `folder/PATH` with what it is: text of a file, target of a link. */
  tree(path: string): Promise<Readonly<Record<string, string>>>;
}

/** A new HOME and temporary folder, and nothing of the person's own environment but their PATH and what Deno has downloaded. */
export async function startMachine(): Promise<Machine> {
  const folder = await Deno.makeTempDir({ prefix: "m-" });
  const home = `${folder}/home`;
  await Deno.mkdir(home);
  await Deno.mkdir(`${folder}/tmp`);
  const { HOME = "/", XDG_CACHE_HOME = `${HOME}/.cache`, DENO_DIR = `${XDG_CACHE_HOME}/deno`, ...own } = Deno.env
    .toObject();
  // What a download needs behind a proxy, and what leads to the registries.
  const kept =
    /^(PATH|LANG|DENORT_BIN|DENO_TLS_CA_STORE|NODE_EXTRA_CA_CERTS|SSL_CERT_.*|(PIP|NPM_CONFIG|DENO)_.*|.*_PROXY)$/i;
  const env = {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => kept.test(name))),
    HOME: home,
    TMPDIR: `${folder}/tmp`,
    DENO_DIR,
    AWS_USE_DENO: Deno.execPath(),
  };

  async function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries({ ...env, ...more }).filter(([, value]) => value !== "");
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      clearEnv: true,
      env: Object.fromEntries(variables),
      cwd: home,
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  return {
    folder,
    home,
    env,
    run,
    install: (args, more) => run(`${root}install.sh`, args, more),
    tree: async (path) => Object.fromEntries(await entriesOf(`${folder}/${path}`, "")),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function entriesOf(folder: string, below: string): Promise<(readonly [string, string])[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const nested = await Promise.all(entries.map(async ({ name, isDirectory, isSymlink }) => {
    const [path, place] = [`${folder}/${name}`, `${below}${name}`];
    if (isSymlink) return [[place, `-> ${await Deno.readLink(path)}`] as const];
    if (isDirectory) return [[`${place}/`, ""] as const, ...await entriesOf(path, `${place}/`)];
    const { size } = await Deno.stat(path);
    // The program is as large as Deno itself.
    return [[place, size > 1_000_000 ? `${size} bytes` : await Deno.readTextFile(path)] as const];
  }));
  return nested.flat().toSorted(([a], [b]) => a < b ? -1 : 1);
}

/** A program that stands for Deno: does `script` (sh) where it has an answer, else calls the real one. */
export async function writeDeno(path: string, script: string): Promise<string> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\nexec '${Deno.execPath()}' "$@"\n`, { mode: 0o755 });
  return path;
}

/** What `deno compile` says where it cannot download its base binary. */
export const withoutBaseBinary = `case $1 in compile) echo 'error: Setting up base binary.' >&2; exit 1;; esac`;

/** A folder with links to all programs of PATH but `without`; the environment's PATH for a machine that lacks them. */
export async function pathWithout(folder: string, without: readonly string[]): Promise<string> {
  await Deno.mkdir(folder);
  for (const from of (Deno.env.get("PATH") ?? "").split(":")) {
    const entries = await Array.fromAsync(Deno.readDir(from)).catch(() => []);
    for (const { name } of entries) {
      if (!without.includes(name)) await Deno.symlink(`${from}/${name}`, `${folder}/${name}`).catch(() => {});
    }
  }
  return folder;
}

/** Whether a program is on PATH and runs. */
export async function isThere(program: string): Promise<boolean> {
  return await textOf(program, ["--version"]) !== undefined;
}
