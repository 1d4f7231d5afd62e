/**
 * What a Tab costs with 10, 1,000 and 10,000 profiles in each shell: the least milliseconds of many and those of the first,
 * beside the budget and what the shell itself needs for as many words that it is simply given. Each shell measures itself:
 * zsh in its line editor, all that it does on Tab; fish all but drawing; bash the completion function alone, because readline
 * has no clock.
 *
 *     deno run -A bench/completion.ts
 */
import { environment, loading, openShell, type Shell, shells } from "../tests/support/completion.ts";
import { removeFolder } from "../tests/support/remove.ts";

const counts = [10, 1_000, 10_000] as const;
const rounds = 12;

/** Milliseconds at most with so many profiles. */
const budgets: Readonly<Record<Shell, Readonly<Record<number, number>>>> = {
  zsh: { 1_000: 15, 10_000: 70 },
  bash: { 1_000: 30, 10_000: 200 },
  fish: { 1_000: 30, 10_000: 200 },
};

const lines = ["given ", "aws-use ", "aws-use env team01", "aws-use --"] as const;
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
  return ["[default]\nregion = eu-west-1\n", ...profiles].join("\n");
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

async function measure(shell: Shell, count: number): Promise<boolean> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${home}/config`, config(count));
    // As a person's file is: written some time ago.
    await Deno.utime(`${home}/config`, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
    const out = `${home}/out`;
    const env = environment(home, { OUT: out });
    const terminal = await openShell(shell, env, `${loading[shell]}\n${measurement[shell](count)}`);
    try {
      if (shell === "zsh") await terminal.press("C-x", "C-b");
      else {
        await terminal.type("measure");
        await terminal.press("Enter");
      }
      await terminal.waitFor("measured all", 120_000);
    } finally {
      await terminal[Symbol.asyncDispose]();
    }
    return print(shell, count, await Deno.readTextFile(out));
  } finally {
    await removeFolder(home);
  }
}

function print(shell: Shell, count: number, times: string): boolean {
  const all = times.trim().split("\n").map((row) => row.split("\t"));
  let within = true;
  for (const line of lines) {
    const mine = all.filter(([which]) => which === line).map(([, time]) => Number(time));
    const least = Math.min(...mine);
    const budget = line === "given " ? undefined : budgets[shell][count];
    within &&= budget === undefined || least <= budget;
    const verdict = budget === undefined ? "" : least <= budget ? `  (at most ${budget})` : `  OVER ${budget}`;
    console.log(
      `${shell.padEnd(4)}  ${count.toLocaleString("en").padStart(6)} profiles  ${titles[line].padEnd(27)}` +
        `${least.toFixed(1).padStart(7)} ms${verdict.padEnd(16)} first ${mine[0].toFixed(1)} ms`,
    );
  }
  return within;
}

let ok = true;
for (const shell of shells) {
  for (const count of counts) ok = await measure(shell, count) && ok;
}
Deno.exit(ok ? 0 : 1);
