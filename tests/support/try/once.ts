/** The main job without a terminal, in every shell that is installed: what happened, with the secrets masked. */
import type { Scene } from "./scene.ts";
import { startScene, textOf } from "./scene.ts";
import { type ShellName, shellNames, versionOf } from "./shells.ts";

interface Step {
  readonly typed: string;
  readonly output: string;
  readonly status: number;
}

/** Runs the job in `only` or else in every shell, until `signal`; returns whether it worked in each that there is, and there is one. */
export async function tryOnce(
  folder: string,
  only: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<boolean> {
  let [worked, tried] = [0, 0];
  const hasAws = await textOf("aws", ["--version"]) !== undefined;
  for (const shell of shellNames.filter((name) => only === "" || name === only)) {
    const version = await versionOf(shell);
    if (version === undefined) {
      say(`\n${shell}: not installed`);
      continue;
    }
    tried++;
    await using scene = await startScene({ folder, name: shell, touch: "auto" });
    say(`\n${version}, ${scene.ykman}`);
    const steps = await run(shell, scene, typedLines(hasAws), signal);
    if (signal.aborted) return false;
    const trouble = troubleIn(steps, scene);
    report(steps, say);
    say(trouble.length === 0 ? "  worked" : trouble.map((line) => `  FAILED: ${line}`).join("\n"));
    if (trouble.length === 0) worked++;
  }
  if (!hasAws) say("\naws: not installed; aws-use status --check asked in its place");
  say(`\n${worked} of ${tried} shells worked`);
  return tried > 0 && worked === tried;
}

function typedLines(hasAws: boolean): readonly string[] {
  return [
    "env",
    "aws-use admin",
    "env",
    "aws-use status --check",
    // Named, because an AWS CLI of before 2023 does not read AWS_ENDPOINT_URL.
    ...hasAws ? ['aws --endpoint-url "$AWS_ENDPOINT_URL" sts get-caller-identity'] : [],
    "aws-use off",
    "env",
  ];
}

const mark = "-- step of the try-out --";

/** Runs the lines in one shell with the plugin loaded, as its start-up files would load it. */
async function run(
  shell: ShellName,
  { env }: Scene,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<readonly Step[]> {
  const plugin = `${env.HOME}/.local/share/aws-use/aws-use.${shell}`;
  const status = shell === "fish" ? "$status" : "$?";
  const script = [
    `source '${plugin}'`,
    ...lines.map((line) => `printf '%s\\n' '${mark}'\n${line} 2>&1\nprintf '%s\\n' ${status}`),
  ].join("\n");
  const withoutStartUp = { zsh: ["-f"], bash: ["--norc", "--noprofile"], fish: ["--no-config"] }[shell];
  const { stdout, stderr } = await new Deno.Command(shell, {
    args: [...withoutStartUp, "-c", script],
    clearEnv: true,
    env,
    cwd: env.HOME,
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  const [before, ...parts] = decoder.decode(stdout).split(`${mark}\n`);
  const steps = parts.map((part, index) => {
    const said = part.trimEnd().split("\n");
    return { typed: lines[index], status: Number(said.at(-1)), output: said.slice(0, -1).join("\n") };
  });
  const loaded = { typed: `source ${plugin}`, status: 0, output: before + decoder.decode(stderr) };
  return loaded.output === "" ? steps : [loaded, ...steps];
}

/** What is not as it should be, one sentence each. */
function troubleIn(steps: readonly Step[], { emulator, keys }: Scene): readonly string[] {
  const trouble = steps.filter((step) => step.status !== 0).map((step) => `${step.typed}: status ${step.status}`);
  const [before, during, after] = steps.filter((step) => step.typed === "env").map((step) => awsVariables(step.output));
  const expect = (right: boolean, sentence: string) => void (right || trouble.push(sentence));
  expect(steps.every((step) => !step.typed.startsWith("source ")), "loading the plugin printed something");
  expect(during?.get("AWS_USE_PROFILE") === "admin", "AWS_USE_PROFILE is not admin");
  expect(during?.get("AWS_ACCESS_KEY_ID")?.startsWith("ASIA") === true, "AWS_ACCESS_KEY_ID is not a temporary one");
  expect(Boolean(during?.get("AWS_SECRET_ACCESS_KEY") && during.get("AWS_SESSION_TOKEN")), "a secret is missing");
  expect(JSON.stringify([...before ?? []]) === JSON.stringify([...after ?? []]), "off did not restore the environment");
  for (const step of steps.filter((step) => /check|caller/.test(step.typed))) {
    expect(step.output.includes("123456789012"), `${step.typed}: does not name the account`);
  }
  expect(keys.touchesAsked === 1, `${keys.touchesAsked} touches were asked for`);
  const roles = emulator.calls.filter((call) => call.action === "AssumeRole" && call.status === 200);
  expect(roles.length === 1, `${roles.length} calls of AssumeRole succeeded`);
  return trouble;
}

function report(steps: readonly Step[], say: (line: string) => void): void {
  const secrets = secretsIn(steps);
  const masked = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "********"), text);
  let last = new Map<string, string>();
  for (const { typed, output, status } of steps) {
    if (typed !== "env") {
      say(`  $ ${typed}${status === 0 ? "" : `   (status ${status})`}`);
      for (const line of output === "" ? [] : output.split("\n")) say(`      ${masked(line)}`);
      continue;
    }
    const now = awsVariables(output);
    for (const [name, value] of now) if (last.get(name) !== value) say(`      ${name}=${masked(value)}`);
    const gone = [...last.keys()].filter((name) => !now.has(name));
    if (gone.length > 0) say(`      no more: ${gone.join(" ")}`);
    last = now;
  }
}

function awsVariables(output: string): Map<string, string> {
  const pairs = output.split("\n").map((line) => /^(AWS_\w+)=(.*)$/.exec(line)).filter((match) => match !== null);
  return new Map(pairs.map(([, name, value]) => [name, value] as const).toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** The values of all secrets, the longest first; of a key id, all but the four letters that tell its kind. */
function secretsIn(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ typed, output }) => typed === "env" ? [...awsVariables(output)] : [])
    .filter(([name]) => /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name))
    .map(([name, value]) => name === "AWS_ACCESS_KEY_ID" ? value.slice(4) : value)
    .filter((value) => value !== "")
    .toSorted((a, b) => b.length - a.length);
}
