/**
 * What the core costs beside an empty compiled program, in one run:
 *
 *     ./install.sh --build-only && deno run -A bench/core.ts
 *
 * The time that the emulator needs for the same calls is measured too and taken off where a row says "without AWS".
 */
import { core, startBench } from "../tests/support/bench.ts";
import { alice } from "../tests/support/emulator/seed.ts";
import { totpCode, windowAt } from "../tests/support/emulator/totp.ts";
import { measure, print, timesOf } from "./measure.ts";

const rounds = Number(Deno.args[0] ?? 25);

async function emptyProgram(folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/empty.js`, "");
  const output = `${folder}/empty`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-check",
      "--no-code-cache",
      "--allow-all",
      "--no-prompt",
      "--output",
      output,
      "empty.js",
    ],
    cwd: folder,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return output;
}

await using bench = await startBench({
  config: `[default]
[profile plain]
role_arn = arn:aws:iam::123456789012:role/readonly
source_profile = default
mfa_process = cat ${"$HOME"}/code
mfa_serial = arn:aws:iam::123456789012:mfa/alice
`,
});
const folder = await Deno.makeTempDir();
const empty = await emptyProgram(folder);

async function run(program: string, words: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...words],
    clearEnv: true,
    env: { ...bench.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

const env = ["env", "plain", "--format", "sh"];
const forget = async (name: string) => {
  for await (const { name: file } of Deno.readDir(`${bench.cache}/${name}`)) {
    await Deno.remove(`${bench.cache}/${name}/${file}`);
  }
};

// One code for the whole run: the emulator takes a code once, as AWS does, so its memory of spent ones is wiped.
const freshCode = async () => {
  for (const device of bench.emulator.world.devices.values()) device.spentWindows.clear();
  await Deno.writeTextFile(`${bench.home}/code`, `${totpCode(alice.mfaSecret, windowAt(Date.now()))}\n`);
};
await freshCode();
await run(core, env);

const [floor, cached, planned] = await measure([
  { name: "empty compiled program", run: () => run(empty, []) },
  { name: "env from the cache", run: () => run(core, env) },
  {
    name: "env from the cache, read and planned anew",
    prepare: () => forget("env"),
    run: () => run(core, env),
  },
], rounds);

const oneCall: number[] = [];
const twoCalls: number[] = [];
const awsTimes = { one: [] as number[], two: [] as number[] };
for (let round = 0; round < rounds; round++) {
  await forget("roles");
  await forget("env");
  oneCall.push(await timed(() => run(core, env), awsTimes.one));
  await forget("roles");
  await forget("env");
  await forget("sessions");
  await forget("windows");
  await freshCode();
  twoCalls.push(await timed(() => run(core, env), awsTimes.two));
}

async function timed(action: () => Promise<void>, aws: number[]): Promise<number> {
  const before = bench.emulator.busyMs();
  const started = performance.now();
  await action();
  const took = performance.now() - started;
  aws.push(bench.emulator.busyMs() - before);
  return took;
}

const without = (name: string, whole: readonly number[], aws: readonly number[]) =>
  timesOf(name, whole.map((time, index) => time - aws[index]));

console.log(`${rounds} rounds; times beside the least time of the empty program`);
const ok = print([
  floor,
  { ...cached, budget: 1.4 },
  planned,
  { ...without("one AssumeRole, without AWS", oneCall, awsTimes.one), budget: 2.5 },
  without("GetSessionToken and AssumeRole, without AWS", twoCalls, awsTimes.two),
]);
console.log(
  `the emulator worked ${timesOf("", awsTimes.one).median.toFixed(1)} ms for one call, ` +
    `${timesOf("", awsTimes.two).median.toFixed(1)} ms for both`,
);
await Deno.remove(folder, { recursive: true });
Deno.exit(ok ? 0 : 1);
