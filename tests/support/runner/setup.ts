/** What the tests need besides Deno: found, installed where this machine allows it, and named where it does not. */
import { createHash } from "node:crypto";
import { certificatesForNode } from "./certificates.ts";

export interface Setup {
  /** Added to the environment of the tests; they skip what it does not name. */
  readonly env: Readonly<Record<string, string>>;
  /** What is missing, with the way to get it. */
  readonly missing: readonly string[];
}

/** Debian's package of each thing, known by a program or a file that comes with it. */
const packages: readonly { readonly has: string; readonly name: string }[] = [
  { has: "zsh", name: "zsh" },
  { has: "fish", name: "fish" },
  { has: "bash", name: "bash" },
  { has: "dash", name: "dash" },
  { has: "tmux", name: "tmux" },
  { has: "git", name: "git" },
  { has: "openssl", name: "openssl" },
  { has: "oathtool", name: "oathtool" },
  { has: "strace", name: "strace" },
  { has: "shellcheck", name: "shellcheck" },
  { has: "shfmt", name: "shfmt" },
  { has: "ps", name: "procps" },
  { has: "unshare", name: "util-linux" },
  { has: "python3", name: "python3" },
  { has: "/usr/share/doc/python3-venv", name: "python3-venv" },
  { has: "/usr/bin/ykman", name: "yubikey-manager" },
  { has: "/usr/sbin/pcscd", name: "pcscd" },
  { has: "/usr/lib/pcsc/drivers/serial/libifdvpcd.so", name: "vsmartcard-vpcd" },
  { has: "/usr/share/bash-completion/bash_completion", name: "bash-completion" },
  { has: "/usr/share/zplug/init.zsh", name: "zplug" },
  { has: "/usr/share/zsh-antigen/antigen.zsh", name: "zsh-antigen" },
  // What pip needs to build ykman's smart card module where there is no ready one.
  { has: "/usr/bin/python3-config", name: "python3-dev" },
  { has: "gcc", name: "gcc" },
  { has: "/usr/include/stdio.h", name: "libc6-dev" },
  { has: "swig", name: "swig" },
  { has: "/usr/include/PCSC/winscard.h", name: "libpcsclite-dev" },
];

/** Python programs, each set in a virtual environment of its own. */
const environments = {
  aws: ["awscli==1.45.11", "botocore==1.43.11", "moto[server]==5.2.1"],
  ykman5: ["yubikey-manager==5.9.2"],
} as const;

/** Prompts for zsh that npm has, and the variable by which tests find each one's folder. */
const prompts = [
  { name: "pure-prompt", version: "1.28.3", variable: "AWS_USE_TEST_PURE" },
  { name: "spaceship-prompt", version: "4.22.5", variable: "AWS_USE_TEST_SPACESHIP" },
] as const;

/** Makes the machine ready. `folder` keeps what is not installed by the system; `say` gets one line for each long step. */
export async function setUp(folder: string, say: (line: string) => void): Promise<Setup> {
  const missing = [...await installPackages(say)];
  const env: Record<string, string> = {};
  const found = async (name: string, path: string | undefined, way: string) => {
    const given = Deno.env.get(name);
    if (given) env[name] = given;
    else if (path !== undefined && await exists(path)) env[name] = path;
    else missing.push(`${name} (${way})`);
  };
  const wantsAws = !Deno.env.get("AWS_USE_TEST_PYTHON") || !Deno.env.get("AWS_USE_TEST_MOTO") || !await locate("aws");
  const aws = wantsAws ? await makeEnvironment(folder, "aws", say) : undefined;
  const ykman5 = Deno.env.get("AWS_USE_TEST_YKMAN5") ? undefined : await makeEnvironment(folder, "ykman5", say);
  await found("AWS_USE_TEST_PYTHON", aws && `${aws}/bin/python`, `pip install ${environments.aws.join(" ")}`);
  await found("AWS_USE_TEST_MOTO", aws && `${aws}/bin/moto_server`, `pip install ${environments.aws.join(" ")}`);
  await found("AWS_USE_TEST_YKMAN4", await ykmanOfDebian(), "Debian 12's package yubikey-manager");
  await found("AWS_USE_TEST_YKMAN5", ykman5 && `${ykman5}/bin/ykman`, `pip install ${environments.ykman5.join(" ")}`);
  const modules = await installPrompts(folder, say);
  for (const { name, version, variable } of prompts) {
    await found(variable, modules && `${modules}/${name}`, `npm install ${name}@${version}`);
  }
  if (aws) env.PATH = `${Deno.env.get("PATH") ?? "/usr/bin:/bin"}:${await makeBin(folder, aws)}`;
  return { env, missing };
}

/** Installs the missing packages where that is possible; returns those that stay missing. */
async function installPackages(say: (line: string) => void): Promise<readonly string[]> {
  const names = await missingPackages();
  if (names.length === 0) return [];
  if (Deno.uid() === 0 && await locate("apt-get")) {
    say(`apt-get install ${names.join(" ")}`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    // One by one where all at once fails: a package that this release has not must not keep the others away.
    const install = ["install", "-q", "-y", "--no-install-recommends"];
    if (!await run("apt-get", [...install, ...names], { env })) {
      for (const name of names) await run("apt-get", [...install, name], { env });
    }
  }
  return (await missingPackages()).map((name) => `${name} (apt-get install ${name})`);
}

async function missingPackages(): Promise<readonly string[]> {
  const there = await Promise.all(packages.map(({ has }) => has.startsWith("/") ? exists(has) : locate(has)));
  return packages.filter((_, index) => !there[index]).map(({ name }) => name);
}

/** The folder of a virtual environment, made once for each list of what is in it; undefined where it cannot be made. */
async function makeEnvironment(
  folder: string,
  name: keyof typeof environments,
  say: (line: string) => void,
): Promise<string | undefined> {
  const python = await exists("/usr/bin/python3") ? "/usr/bin/python3" : await locate("python3");
  if (!python) return undefined;
  const wanted = environments[name];
  const key = createHash("sha256").update(`${python} ${wanted.join(" ")}`).digest("hex").slice(0, 12);
  const path = `${folder}/${name}-${key}`;
  if (await exists(`${path}/complete`)) return path;
  say(`pip install ${wanted.join(" ")}`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const made = await run(python, ["-m", "venv", "--clear", path]) &&
    await run(`${path}/bin/python`, [...pip, ...wanted]);
  if (!made) return undefined;
  await Deno.writeTextFile(`${path}/complete`, "");
  return path;
}

/** The folder that npm has put the prompts into, or undefined where it could not. */
async function installPrompts(folder: string, say: (line: string) => void): Promise<string | undefined> {
  const wanted = prompts.map(({ name, version }) => `${name}@${version}`);
  const path = `${folder}/prompts-${createHash("sha256").update(wanted.join(" ")).digest("hex").slice(0, 12)}`;
  if (await exists(`${path}/complete`)) return `${path}/node_modules`;
  if (!await locate("npm")) return undefined;
  say(`npm install ${wanted.join(" ")}`);
  // Their scripts would edit the person's own files.
  const args = ["install", "--prefix", path, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
  if (!await run("npm", [...args, ...wanted], { env: certificatesForNode() })) return undefined;
  await Deno.writeTextFile(`${path}/complete`, "");
  return `${path}/node_modules`;
}

/** A folder with nothing but `aws`, for the end of PATH: the environment's own would bring its Python too. */
async function makeBin(folder: string, environment: string): Promise<string> {
  const bin = `${folder}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  await Deno.remove(`${bin}/aws`).catch(() => {});
  await Deno.symlink(`${environment}/bin/aws`, `${bin}/aws`);
  return bin;
}

async function ykmanOfDebian(): Promise<string | undefined> {
  const path = "/usr/bin/ykman";
  if (!await exists(path)) return undefined;
  const { stdout } = await new Deno.Command(path, { args: ["--version"], stderr: "null" }).output();
  return /version: 4\./.test(new TextDecoder().decode(stdout)) ? path : undefined;
}

async function locate(program: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await exists(`${folder}/${program}`)) return `${folder}/${program}`;
  }
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Whether the program ended well; what it said is shown only when it did not. */
async function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command(command, { ...options, args: [...args], stdin: "null" })
    .output();
  if (!success) {
    const said = new TextDecoder().decode(stderr) || new TextDecoder().decode(stdout);
    console.log(said.trimEnd().split("\n").slice(-8).map((line) => `      ${line}`).join("\n"));
  }
  return success;
}
