/** The three completion files in their shells: what they offer, asked without a terminal, and shells to type Tab into. */
import assert from "node:assert/strict";
import { quoteWord } from "../../src/core/shell_words.ts";
import { core } from "./bench.ts";
import { quietFish } from "./quiet_home.ts";
import { removeFolder } from "./remove.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

export const shells = ["zsh", "bash", "fish"] as const;
export type Shell = typeof shells[number];

export const completions = new URL("../../completions/", import.meta.url).pathname;

/** The environment of a shell that sees nothing of this machine's AWS and of its person's settings. */
export function environment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const files = { AWS_CONFIG_FILE: `${home}/config`, AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials` };
  const path = Deno.env.get("PATH") ?? "";
  return { PATH: path, HOME: home, LANG: "C.UTF-8", ZDOTDIR: home, ...files, ...more };
}

/** What `script` prints in the shell, which has loaded nothing but its completion file; fails where it says anything else. */
export async function runIn(shell: Shell, script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr } = await runTraced(shell, script, env);
  assert.equal(stderr, "");
  return stdout;
}

/** What `script` prints there, and what the shell says of it. */
export async function runTraced(shell: Shell, script: string, env: Readonly<Record<string, string>>) {
  const [load, options] = {
    zsh: [zshPrelude, ["-f", "-c"]],
    bash: [`source ${completions}aws-use.bash`, ["--norc", "-c"]],
    fish: [`source ${completions}aws-use.fish`, ["--no-config", "-c"]],
  }[shell] as [string, string[]];
  const child = new Deno.Command(shell, {
    args: [...options, `${load}\n${script}`],
    clearEnv: true,
    env,
    cwd: env.HOME,
  });
  const { stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { stdout: text(stdout), stderr: text(stderr) };
}

// The completion system of zsh works only within its line editor; here its functions print what they are given.
const zshPrelude = `
setopt extended_glob
compadd() {
  (( $# )) || return
  local -A given
  zparseopts -E -D -A given - P: l d: J: V: X: x: 1 2 a
  local name
  for name in "\${(@P)@[-1]}"; do print -r -- "$given[-P]$name"; done
}
_describe() { local each; for each in "\${(@P)4}"; do print -r -- "\${each%%:*}"$'\\t'"\${each#*:}"; done }
_alternative() { local each; for each; do \${(z)each##*:}; done }
_wanted() { shift 3; "$@" }
_description() { expl=() }
_arguments() {
  local each
  shift 2
  if [[ -n $only_specifications ]]; then print -rl -- "$@"; return; fi
  for each in "\${(@M)@:#:*}"; do
    [[ $each == *:_* ]] && \${each##*:}
  done
}
words=(aws-use --) CURRENT=2 PREFIX=-- IPREFIX= only_specifications=1 service=aws-use
source ${completions}_aws-use >/dev/null
only_specifications=
candidates() {
  words=("$@") CURRENT=$#words PREFIX=$words[-1] IPREFIX=
  _aws-use
}
`;

/**
 * What the shell offers for the last of `words`: each candidate as it would be inserted before the shell's own quoting, with
 * its description where there is one. Flags and values of flags are not asked of zsh this way: see {@link zshFlags}.
 */
export async function offered(
  shell: Shell,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const quoted = words.map(quote);
  const scripts = {
    zsh: `candidates ${quoted.join(" ")}`,
    bash: `COMP_LINE=${quote(words.join(" "))} COMP_POINT=\${#COMP_LINE}
      _aws_use_complete ${quoted[0]} ${quoted.at(-1)} x
      [[ \${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"`,
    fish: `complete -C ${quote(words.join(" "))}`,
  };
  const lines = (await runIn(shell, scripts[shell], env)).split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.split("\t")[0], line.split("\t").slice(1).join("\t").trim()]));
}

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

export interface ZshFlag {
  readonly help: string;
  readonly repeats: boolean;
  /** What `_arguments` does for the value; undefined for a switch. */
  readonly action?: string;
}

/** The flags and the actions for the arguments that zsh's `_arguments` is given after `words`. */
export async function zshSpecifications(words: readonly string[], env: Readonly<Record<string, string>>) {
  const script = `only_specifications=1; candidates ${words.map(quote).join(" ")} ''`;
  const flags = new Map<string, ZshFlag>();
  const argumentActions: string[] = [];
  for (const line of (await runIn("zsh", script, env)).split("\n").filter((each) => each !== "")) {
    const flag = /^(\*|\(-h --help\))?--?([a-z-]+)(=?)\[(.*?)\](?::[^:]+:(.*))?$/.exec(line);
    if (flag) flags.set(flag[2], { help: flag[4], repeats: flag[1] === "*", action: flag[3] ? flag[5] : undefined });
    else argumentActions.push(/^:[^:]+:(.*)$/.exec(line)?.[1] ?? assert.fail(`what is ${line}?`));
  }
  return { flags, argumentActions };
}

/**
 * A shell at its prompt in a real terminal, set up by `setup`, which loads the completion; started by the program and
 * arguments of `runner` where there are some. `program`: another version of the shell than that on PATH.
 */
export async function openShell(
  shell: Shell,
  env: Readonly<Record<string, string>>,
  setup: string = loading[shell],
  runner: readonly string[] = [],
  program: string = shell,
): Promise<Terminal> {
  const start = `${env.HOME}/.${shell}rc`;
  const prompt = { zsh: "PS1='@> '", bash: "PS1='@> '", fish: "function fish_prompt; echo -n '@> '; end" }[shell];
  await Deno.writeTextFile(start, `${prompt}\n${setup}\n`);
  if (shell === "fish") await quietFish(env.HOME);
  const command = {
    zsh: [program, "-d"],
    bash: [program, "--rcfile", start],
    fish: [program, "--init-command", `source ${start}`],
  }[shell];
  const terminal = await openTerminal([...runner, ...command], { env, cwd: env.HOME });
  await terminal.waitFor(/@>$/);
  return terminal;
}

export const loading: Readonly<Record<Shell, string>> = {
  zsh: `fpath=(${completions} $fpath); autoload -Uz compinit; compinit -D -u`,
  bash: `source ${completions}aws-use.bash`,
  fish: `set fish_greeting; source ${completions}aws-use.fish`,
};

/** Runs `use` with an empty folder that is HOME to a shell, and takes it away afterwards. */
export async function withHome(use: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await use(home);
  } finally {
    await removeFolder(home);
  }
}

/** The header of a profile in the config file. */
export const header = (name: string) => name === "default" ? "[default]" : `[profile ${quoteWord(name)}]`;

/** Runs `use` with the environment of a shell whose config has hundreds of profiles, odd ones among them, and was read by the core. */
export async function withKeptNames(
  use: (env: Record<string, string>, home: string, kept: string, names: readonly string[]) => Promise<void>,
) {
  await withHome(async (home) => {
    const env = environment(home, {
      AWS_USE_CACHE_DIR: `${home}/cache`,
      AWS_CONFIG_FILE: `${home}/aws/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${home}/aws/credentials`,
    });
    const many = Array.from({ length: 300 }, (_, n) => `p${n}`);
    const names = [...many, "a b", "$(touch pwned)", "-dash", "~tilde", "it's", "env", "keys", "zoë"];
    await Deno.mkdir(`${home}/aws`);
    const headers = names.map((name) => `${header(name)}\nregion = x\n`).join("");
    const keys = "aws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = none\naws_session_token = none\n";
    await Deno.writeTextFile(env.AWS_CONFIG_FILE, `${headers}[profile "x\x1by"]\n`);
    await Deno.writeTextFile(env.AWS_SHARED_CREDENTIALS_FILE, `[only]\n${keys}`);
    const longAgo = Date.now() / 1000 - 3600;
    for (const path of ["aws/config", "aws/credentials", "aws"]) await Deno.utime(`${home}/${path}`, longAgo, longAgo);
    const args = ["env", "only", "--format", "json"];
    const { success, stderr } = await new Deno.Command(core, { args, clearEnv: true, env }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await use(env, home, `${home}/cache/tab/profiles`, [...names, "only"]);
  });
}
