/** `aws-use doctor` in a world of its own, and what it found. */
import assert from "node:assert/strict";
import { type Bench, type BenchOptions, keysOf, people, type Ran, type RunOptions, startBench } from "./bench.ts";

export interface Found {
  readonly name: string;
  readonly state: "ok" | "warning" | "broken";
  readonly message: string;
  readonly remedy: string | null;
}

export interface Examined {
  readonly code: number;
  readonly ran: Ran;
  readonly findings: readonly Found[];
  /** Findings that are not "ok", as `state name: message | remedy`. */
  readonly troubles: readonly string[];
  /** Messages of the findings with that name and state. */
  of(name: string, state: Found["state"]): readonly string[];
}

/** The environment that a loaded plugin gives, with a prompt that shows the role. */
export const pluginLoaded = { AWS_USE_PLUGIN: "zsh/0.1.0", AWS_USE_PROMPT_SEEN: "1" } as const;

/** A world in which nothing is wrong: closed files, and keys that were made a moment ago. */
export async function healthyBench(options: BenchOptions = {}): Promise<Bench> {
  const bench = await startBench({ credentials: `[default]\n${keysOf(people.alice)}`, ...options });
  for (const file of ["config", "credentials"]) await Deno.chmod(`${bench.home}/.aws/${file}`, 0o600);
  for (const key of bench.emulator.world.users.flatMap(({ keys }) => keys)) {
    (key as { createdAt: number }).createdAt = Date.now() - 1000;
  }
  return bench;
}

/** Runs doctor, asserts what holds for every run of it, and returns what it found. */
export async function examine(bench: Bench, { env = {}, ...options }: RunOptions = {}): Promise<Examined> {
  const ran = await bench.run(["doctor", "--json"], { env: { ...pluginLoaded, ...env }, ...options });
  const findings = JSON.parse(ran.stdout) as readonly Found[];
  for (const finding of findings) {
    assert.deepEqual(Object.keys(finding), ["name", "state", "message", "remedy"]);
    assert.ok(["ok", "warning", "broken"].includes(finding.state), finding.state);
    assert.equal(finding.remedy === null, finding.state === "ok", `remedy of: ${finding.message}`);
  }
  assert.equal(ran.wire, "");
  assertNoSecret(ran.stdout + ran.stderr);
  return {
    code: ran.code,
    ran,
    findings,
    troubles: findings.filter(({ state }) => state !== "ok")
      .map(({ name, state, message, remedy }) => `${state} ${name}: ${message} | ${remedy}`),
    of: (name, state) => findings.filter((each) => each.name === name && each.state === state).map((f) => f.message),
  };
}

function assertNoSecret(text: string): void {
  for (const person of Object.values(people)) {
    if (typeof person !== "object" || !("secretAccessKey" in person)) continue;
    assert.ok(!text.includes(person.secretAccessKey), "a secret access key is shown");
    assert.ok(!text.includes(person.accessKeyId), "an access key id is shown whole");
    if ("mfaSecret" in person) assert.ok(!text.includes(person.mfaSecret), "a seed is shown");
  }
}
