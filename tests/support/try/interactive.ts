/** The person's own shell, in the scene, until they leave it. */
import { startScene, textOf } from "./scene.ts";
import { isShellName, type ShellName, shellNames, versionOf } from "./shells.ts";

const starts: Readonly<Record<ShellName, (home: string) => readonly string[]>> = {
  zsh: () => ["-i"],
  bash: (home) => ["--rcfile", `${home}/.bashrc`, "-i"],
  fish: () => ["-i"],
};

/** Opens the shell and returns its exit status; hangs it up when `signal` comes first. */
export async function tryInteractively(
  folder: string,
  wanted: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const shell = await chooseShell(wanted);
  if (shell === undefined) {
    say(`install.sh: error: ${wanted || "none of zsh, bash and fish"} is ${wanted ? "not " : ""}installed`);
    say("install.sh: hint: install it, or name another: ./install.sh --try=bash");
    return 1;
  }
  await using scene = await startScene({ folder, name: shell, touch: "key" });
  const { env } = scene;
  say(await welcome(shell, scene.ykman));
  const child = new Deno.Command(shell, {
    args: [...starts[shell](env.HOME)],
    clearEnv: true,
    env: { ...env, SHELL: shell },
    cwd: env.HOME,
  }).spawn();
  const over = () => void hangUp(child);
  signal.addEventListener("abort", over);
  if (signal.aborted) over();
  const { code } = await child.status;
  signal.removeEventListener("abort", over);
  return code;
}

/** `wanted`, else the person's own, else the first that is installed. */
async function chooseShell(wanted: string): Promise<ShellName | undefined> {
  const own = (Deno.env.get("SHELL") ?? "").split("/").at(-1) ?? "";
  for (const name of wanted ? [wanted] : [own, ...shellNames]) {
    if (isShellName(name) && await versionOf(name) !== undefined) return name;
  }
}

async function welcome(shell: ShellName, ykman: string): Promise<string> {
  const ask = await textOf("aws", ["--version"]) === undefined
    ? "aws-use status --check"
    : "aws sts get-caller-identity";
  const rows = [
    ["aws-use admin", "a press of any key is the touch, then this shell holds the role's credentials"],
    [ask, "who AWS says you are now"],
    ["aws-use prod", "another account, no touch"],
    ["aws-use off", "back to what was there before"],
    ["exit", "leaves; everything is stopped and removed"],
  ];
  return [
    "",
    `This ${shell} has its own HOME, a made-up AWS on this machine and a made-up YubiKey behind ${ykman}.`,
    "Type:",
    ...rows.map(([typed, effect]) => `  ${typed.padEnd(28)} ${effect}`),
    "",
  ].join("\n");
}

/** As when the terminal is closed, so that the shell tells its jobs; a shell that stays is killed. */
async function hangUp(child: Deno.ChildProcess): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  kill("SIGHUP");
  const timer = setTimeout(() => kill("SIGKILL"), 2000);
  await child.status;
  clearTimeout(timer);
}
