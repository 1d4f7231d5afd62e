/**
 * What a Tab costs with 10, 1,000 and 10,000 profiles in each shell: the least of many, and of those that are the first of a
 * fresh shell, in milliseconds, beside the budget of both and what the shell itself needs for as many words that it is simply given. Each
 * shell measures itself: zsh in its line editor, all that it does on Tab; fish all but drawing; bash the completion function
 * alone, because readline has no clock.
 *
 *     ./install.sh --build-only && deno run -A bench/completion.ts
 */
import { core } from "../tests/support/bench.ts";
import { environment, loading, openShell, type Shell, shells } from "../tests/support/completion.ts";
import { removeFolder } from "../tests/support/remove.ts";

const counts = [10, 1_000, 10_000] as const;
/** Fresh shells, and rounds in each. */
const starts = 3;
const rounds = 6;

/** Milliseconds at most with so many profiles. */
const budgets: Readonly<Record<Shell, Readonly<Record<number, number>>>> = {
  zsh: { 1_000: 15, 10_000: 70 },
  bash: { 1_000: 30, 10_000: 200 },
  fish: { 1_000: 30, 10_000: 200 },
};

const lines = ["aws-use ", "aws-use env team01", "aws-use --", "given "] as const;
const titles: Readonly<Record<typeof lines[number], string>> = {
  "given ": "floor: as many given words",
  "aws-use ": "profiles and verbs",
  "aws-use env team01": "a hundredth of the profiles",
  "aws-use --": "flags",
};

function config(count: number): string {
  const profiles = Array.from({ length: count - 1 }, (_, n) =>
    [
      `[profile team${String(n % 97).padStart(2, "0")}-service${String(n).padStart(5, "0")}-admin]`,
      `role_arn = arn:aws:iam::${100000000000 + n}:role/Admin`,
      "source_profile = default",
      "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
      "region = eu-central-1\n",
    ].join("\n"));
  const keys = ["aws_access_key_id = ASIAEXAMPLE", "aws_secret_access_key = none", "aws_session_token = none\n"];
  return [["[default]", "region = eu-west-1", ...keys].join("\n"), ...profiles].join("\n");
}

// Each defines `measure`, which appends "LINE<tab>MILLISECONDS" of every round to the file OUT, and says when it is done.
const measurement: Readonly<Record<Shell, (count: number) => string>> = {
  zsh: (count) => `
    zmodload zsh/datetime
    given=(word{1..${count}}); _given() { compadd -a given }; compdef _given given
    measure() {
      setopt local_options no_auto_list no_list_beep no_beep
      local line started ended; local -i round
      for line in ${quoted()}; do
        for round in {1..${rounds}}; do
          BUFFER=$line CURSOR=$#line
          started=$EPOCHREALTIME; zle complete-word; ended=$EPOCHREALTIME
          print -r -- "$line"$'\\t'$(( (ended - started) * 1000 )) >> $OUT
        done
      done
      BUFFER=; zle -M 'measured all'
    }
    zle -N measure; bindkey '^X^B' measure`,
  bash: (count) => `
    given=(word{1..${count}}); _given() { COMPREPLY=("\${given[@]}"); }
    measure() {
      local line round started ended call
      for line in ${quoted()}; do
        call=_aws_use_complete; [[ $line == aws-use* ]] || call=_given
        for ((round = 0; round < ${rounds}; round++)); do
          COMP_LINE=$line COMP_POINT=\${#line}
          started=\${EPOCHREALTIME/[.,]/}; "$call" aws-use "\${line##* }" x; ended=\${EPOCHREALTIME/[.,]/}
          printf '%s\\t%s\\n' "$line" "$((ended - started))e-3" >>"$OUT"
        done
      done
      echo 'measured' all
    }`,
  fish: (count) => `
    set -g given word(builtin string split -- \\n ${quote(Array.from({ length: count }, (_, n) => n).join("\n"))})
    complete -c given -f -a '$given'
    function measure
      for line in ${quoted()}
        for round in ${Array.from({ length: rounds }, (_, n) => n).join(" ")}
          set -l started (date +%s%N)
          complete -C $line >/dev/null
          set -l ended (date +%s%N)
          printf '%s\\t%s\\n' $line (math "($ended - $started) / 1000000") >>$OUT
        end
      end
      echo measured\\ all
    end`,
};

const quoted = () => lines.map(quote).join(" ");
const quote = (text: string) => `'${text}'`;

/** `kept`: whether the core has read the config since it was written, and keeps the names for Tab. */
async function measure(shell: Shell, count: number, kept: boolean): Promise<boolean> {
  const home = await Deno.makeTempDir();
  const out = `${home}/out`;
  const folder = `${home}/.aws`;
  const files = { AWS_CONFIG_FILE: `${folder}/config`, AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials` };
  const env = environment(home, { ...files, OUT: out, AWS_USE_CACHE_DIR: `${home}/cache` });
  try {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(files.AWS_CONFIG_FILE, config(count));
    const longAgo = Date.now() / 1000 - 3600;
    for (const path of [files.AWS_CONFIG_FILE, folder]) await Deno.utime(path, longAgo, longAgo);
    if (kept) await read(env);
    const runs: string[] = [];
    for (let start = 0; start < starts; start++) {
      await using terminal = await openShell(shell, env, `${loading[shell]}\n${measurement[shell](count)}`);
      if (shell === "zsh") await terminal.press("C-x", "C-b");
      else {
        await terminal.type("measure");
        await terminal.press("Enter");
      }
      await terminal.waitFor("measured all", 120_000);
      runs.push(await Deno.readTextFile(out));
      await Deno.remove(out);
    }
    return print(shell, count, kept, runs);
  } finally {
    await removeFolder(home);
  }
}

/** The core, which reads the config for a profile that needs no call. */
async function read(env: Record<string, string>): Promise<void> {
  const { success, stderr } = await new Deno.Command(core, {
    args: ["env", "default", "--format", "json"],
    clearEnv: true,
    env,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function print(shell: Shell, count: number, kept: boolean, runs: readonly string[]): boolean {
  const timesOf = (run: string, line: string) =>
    run.trim().split("\n").map((row) => row.split("\t")).filter(([which]) => which === line).map(([, time]) =>
      Number(time)
    );
  let within = true;
  for (const line of lines) {
    const least = Math.min(...runs.flatMap((run) => timesOf(run, line)));
    // Every other line comes after it.
    const first = line === lines[0] ? Math.min(...runs.map((run) => timesOf(run, line)[0])) : undefined;
    const budget = kept && line !== "given " ? budgets[shell][count] : undefined;
    const isOver = budget !== undefined && Math.max(least, first ?? 0) > budget;
    within &&= !isOver;
    const verdict = budget === undefined ? "" : `  ${isOver ? "OVER" : "at most"} ${budget}`;
    console.log(
      `${shell.padEnd(4)}  ${count.toLocaleString("en").padStart(6)} profiles${kept ? "" : ", AWS files"}`.padEnd(34) +
        `${titles[line].padEnd(27)}${least.toFixed(1).padStart(6)} ms` +
        `${first === undefined ? "" : `, the first ${first.toFixed(1)}`}`.padEnd(18) + verdict,
    );
  }
  return within;
}

let ok = true;
for (const shell of shells) {
  for (const count of counts) ok = await measure(shell, count, true) && ok;
  // Until the core has read a changed config.
  await measure(shell, 10_000, false);
}
Deno.exit(ok ? 0 : 1);
