/**
 * What the plugins cost: microseconds per prompt, per load, per cached switch, measured inside each shell over many
 * repetitions, beside the budget and floors of the same run.
 *
 *     ./install.sh --build-only && deno run -A bench/shell.ts
 */
import { core, startBench } from "../tests/support/bench.ts";
import { type Family, pluginFile } from "../tests/shell/adapters.ts";

/** A body that is run `times` times. */
interface Job {
  readonly name: string;
  readonly body: string;
  readonly times: number;
  /** Microseconds at most. */
  readonly budget?: number;
}

const factor = Number(Deno.args[0] ?? 1);

await using bench = await startBench();
await Deno.symlink(core, `${bench.home}/bin/aws-use`);
await Deno.symlink("/usr/bin/date", `${bench.home}/bin/date`).catch(() => {});
for (const profile of ["admin", "prod"]) {
  const { code, stderr } = await bench.run([profile]);
  if (code !== 0) throw new Error(stderr);
}

const jobs = (family: Family): readonly Job[] => {
  const exports = `${bench.home}/exports.${family}`;
  const hook = family === "fish" ? "_aws_use_prompt" : "_aws_use_precmd";
  const set = family === "fish"
    ? (value: string) => `set -gx AWS_USE_EXPIRES_AT ${value}`
    : (value: string) => `export AWS_USE_EXPIRES_AT=${value}`;
  const later = family === "fish" ? "(math $i % 50 + 10)00000000" : "$((i % 50 + 10))00000000";
  return [
    { name: "floor: an empty function", body: "empty", times: 3000 },
    { name: "floor: sourcing eight exports", body: `source '${exports}'`, times: 300 },
    {
      name: "loading the plugin",
      body: `source '${pluginFile(family)}'`,
      times: 60,
      budget: family === "fish" ? 4000 : 1500,
    },
    { name: "prompt, nothing active", body: hook, times: 2000, budget: family === "fish" ? 100 : 50 },
    { name: "cached switch", body: "aws-use admin 2>/dev/null", times: 150, budget: family === "fish" ? 2000 : 1000 },
    { name: "prompt, the same text", body: hook, times: 1000, budget: family === "fish" ? 100 : 50 },
    {
      name: "prompt, another time left",
      body: family === "fish" ? `set _aws_use_prompt_until -1; ${hook}` : `_aws_use_prompt_until=-1; ${hook}`,
      times: 500,
      // Once a minute; in fish it takes one command substitution more, which alone is 25 µs.
      budget: family === "fish" ? undefined : 50,
    },
    { name: "prompt, another expiry or setting", body: `${set(later)}; ${hook}`, times: 500 },
  ];
};

const program: Readonly<Record<Family, { start: readonly string[]; script(jobs: readonly Job[]): string }>> = {
  zsh: {
    start: ["zsh", "-f", "-i"],
    script: (all) => posix(all, "zmodload zsh/datetime", "emulate -L zsh"),
  },
  bash: { start: ["bash", "--norc", "--noprofile", "-i"], script: (all) => posix(all, "", "") },
  fish: { start: ["fish", "--no-config", "-i"], script: fish },
};

function posix(all: readonly Job[], before: string, local: string): string {
  const measured = all.map(({ name, body, times }) =>
    `job() {\n${local}\nlocal i\nfor ((i = 0; i < ${times * factor}; i++)); do ${body}; done\n}\n` +
    `for round in 1 2 3; do\nstarted=$EPOCHREALTIME\njob\nended=$EPOCHREALTIME\n` +
    `printf '%s\\t%s\\t%s\\n' '${name}' "$started" "$ended" >&9\ndone`
  );
  return [
    before,
    "empty() { :; }",
    `source '${pluginFile("bash").replace(/bash$/, before ? "zsh" : "bash")}'`,
    ...measured,
  ]
    .join("\n");
}

function fish(all: readonly Job[]): string {
  const measured = all.map(({ name, body, times }) =>
    `for round in 1 2 3\nset -l started (date +%s.%N)\nfor i in (seq ${times * factor})\n${body}\nend\n` +
    `set -l ended (date +%s.%N)\nprintf '%s\\t%s\\t%s\\n' '${name}' $started $ended >>$OUT\nend`
  );
  return ["function empty; end", `source '${pluginFile("fish")}'`, ...measured].join("\n");
}

async function run(family: Family): Promise<boolean> {
  const setup = Array.from(
    { length: 8 },
    (_, n) => family === "fish" ? `set -gx EXPORTED_${n} x` : `export EXPORTED_${n}=x`,
  );
  await Deno.writeTextFile(`${bench.home}/exports.${family}`, `${setup.join("\n")}\n`);
  const { start, script } = program[family];
  const all = jobs(family);
  const file = `${bench.home}/bench.${family}`;
  await Deno.writeTextFile(file, script(all));
  const out = `${bench.home}/out.${family}`;
  await Deno.writeTextFile(out, "");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'exec 9>>"$OUT"; exec "$@"', "sh", ...start, "-c", `source '${file}'`],
    env: { ...bench.env, OUT: out, PATH: Deno.env.get("PATH")! + `:${bench.home}/bin` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`${family}: ${new TextDecoder().decode(stderr)}`);
  const rounds = (await Deno.readTextFile(out)).trim().split("\n").map((line) => line.split("\t"));
  let within = true;
  for (const { name, times, budget } of all) {
    const each = rounds.filter(([which]) => which === name).map(([, from, to]) =>
      (Number(to.replace(",", ".")) - Number(from.replace(",", "."))) * 1e6 / (times * factor)
    );
    const least = Math.min(...each);
    const verdict = budget === undefined ? "" : least <= budget ? `  (at most ${budget})` : `  OVER ${budget}`;
    within &&= budget === undefined || least <= budget;
    console.log(`${family.padEnd(4)}  ${name.padEnd(30)}  ${least.toFixed(1).padStart(8)} µs${verdict}`);
  }
  return within;
}

let ok = true;
for (const family of ["zsh", "bash", "fish"] as const) ok = await run(family) && ok;
Deno.exit(ok ? 0 : 1);
