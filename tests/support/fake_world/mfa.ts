/** `aws-use mfa …` in a fake world, and what must hold afterwards. */
import assert from "node:assert/strict";
import { parseArguments } from "../../../src/arguments.ts";
import { verbOf } from "../../../src/cli.ts";
import { command } from "../../../src/commands/mfa.ts";
import { stateTold } from "../../../src/errors.ts";
import { report } from "../../../src/run.ts";
// Loaded beforehand: time would pass in a fake world while a file is read.
import "../../../src/engine/ca_bundle.ts";
import "../../../src/engine/mfa_enroll.ts";
import "../../../src/engine/mfa_list.ts";
import "../../../src/engine/mfa_remove.ts";
import "../../../src/engine/mfa_resync.ts";
import "../../../src/engine/seed_display.ts";
import { keysOf } from "../bench.ts";
import { bob } from "../emulator/seed.ts";
import { configPath, type FakeWorld, fakeWorld, type FakeWorldOptions } from "./world.ts";
import { fakeKey } from "./ykman.ts";

export const bobsDevice = "arn:aws:iam::123456789012:mfa/bob";
export const bobsConfig = "[default]\nregion = eu-central-1\n";

/** Bob, who has no MFA device yet, and an empty YubiKey. */
export function bobsWorld(options: Partial<FakeWorldOptions> = {}): FakeWorld {
  return fakeWorld({
    config: bobsConfig,
    credentials: `[default]\n${keysOf(bob)}`,
    keys: [fakeKey("11111111")],
    ...options,
  });
}

/** Runs the command line and returns its exit code. */
export async function mfa({ world, seen }: FakeWorld, ...words: readonly string[]): Promise<number> {
  const { verb, rest } = verbOf(["mfa", ...words]);
  try {
    return await command(await parseArguments(verb, rest), world);
  } catch (error) {
    if (!world.signal.aborted) return report(error, world);
    seen.push(`cancelled: ${stateTold(error)}`);
    return 130;
  }
}

/** Fails unless bob's device is in force: at AWS, on the keys, and in the config. */
export function assertEnrolled(it: FakeWorld, keys: readonly string[] = ["11111111"]): void {
  const device = it.awsWorld.devices.find(({ serial }) => serial === bobsDevice);
  assert.equal(device?.user, "bob");
  for (const { serial, accounts } of it.ykman.keys) {
    assert.equal(accounts.get(bobsDevice), keys.includes(serial) ? device.secret : undefined, `account on ${serial}`);
  }
  assert.equal(it.files.texts.get(configPath), `${bobsConfig}mfa_serial = ${bobsDevice}\n`);
}

/** Fails if anything is left of an enrolment of bob. */
export function assertNothingLeft(it: FakeWorld): void {
  assert.deepEqual(it.awsWorld.devices.filter(({ serial }) => serial === bobsDevice), [], "a device is left at AWS");
  for (const { serial, accounts } of it.ykman.keys) assert.deepEqual([...accounts.keys()], [], `left on ${serial}`);
  assert.equal(it.files.texts.get(configPath), bobsConfig);
}

/** Fails if a seed or a code was anywhere but on ykman's stdin and in AWS's requests. */
export function assertSecretsKept(it: FakeWorld, seeds: readonly string[]): void {
  const told = [
    ...it.seen,
    ...it.out,
    ...it.ykman.runs.map((args) => args.join(" ")),
    ...[...it.files.texts].flat(),
  ];
  const { codes } = it.ykman;
  assert.ok(seeds.length > 0 && seeds.every((seed) => seed.length >= 32), "there are seeds to look for");
  assert.ok(codes.length > 0, "there are codes to look for");
  for (const text of told) {
    for (const seed of seeds) assert.ok(!text.includes(seed), "the seed is told");
    for (const code of codes) assert.ok(!new RegExp(`\\b${code}\\b`).test(text), `a code is told: ${text}`);
  }
}
