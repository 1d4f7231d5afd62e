import assert from "node:assert/strict";
import { parseArguments } from "../../src/arguments.ts";
import { verbOf } from "../../src/cli.ts";
import { longRun } from "../../src/engine/long_run.ts";
import type { World } from "../../src/world/world.ts";
import { fakeWorld } from "../support/fake_world.ts";

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const files = {
  "/home/tester/.aws/config": "[default]\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n" +
    "[profile admin]\nsource_profile = default\nrole_arn = arn:aws:iam::123456789012:role/admin\n" +
    "[profile half]\ninclude_profile = admin\nduration_seconds = 1800\n" +
    "[profile long]\ninclude_profile = admin\nduration_seconds = 7200\n",
  "/home/tester/.aws/credentials": "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
};

const roleArn = "arn:aws:iam::123456789012:role/admin";

/** A long run of a profile's, `margin` seconds; two hours of admin unless said. */
async function runOf(world: World, { profile = "admin", margin = 7200, noTouch = false } = {}) {
  const { verb, rest } = verbOf(["use", profile]);
  return await longRun(profile, await parseArguments(verb, rest), margin, { noTouch }, world);
}

/** Seconds that a run of two hours gets. */
async function durationFor(world: World): Promise<string | undefined> {
  return (await runOf(world)).given.value("duration");
}

/** A world whose AWS tells nobody a role's maximum. */
const silentAws = { warmUp: () => Promise.resolve(), roleMaximum: () => Promise.resolve(null) };

Deno.test("longRun() asks IAM for a role's maximum once a day and endpoint", async () => {
  let asked = 0;
  let maximum = 5400;
  const { world, clock } = fakeWorld({
    nowMs,
    files,
    aws: {
      warmUp: () => Promise.resolve(),
      roleMaximum: () => {
        asked++;
        return Promise.resolve(maximum);
      },
    },
  });
  assert.equal(await durationFor(world), "5400");
  maximum = 43_200;
  await clock.sleep(dayMs - 1000);
  assert.equal(await durationFor(world), "5400");
  assert.equal(asked, 1);
  const variables: Readonly<Record<string, string>> = {
    ...world.environment.all(),
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  };
  const environment = { get: (name: string) => variables[name], all: () => variables };
  assert.equal(await durationFor({ ...world, environment }), "14400");
  assert.equal(asked, 2);
  await clock.sleep(1000);
  assert.equal(await durationFor(world), "14400");
  assert.equal(asked, 3);
});

Deno.test("longRun() leaves a profile alone whose own duration serves, up to the whole of it", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  assert.equal((await runOf(world, { margin: 3590 })).given.value("duration"), undefined);
  assert.equal((await runOf(world, { profile: "long", margin: 7190 })).given.value("duration"), undefined);
  assert.deepEqual(seen, []);
});

Deno.test("longRun() raises a duration within the hour that any role allows, without a question to anybody", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  for (const noTouch of [false, true]) {
    const { given, seconds } = await runOf(world, { profile: "half", margin: 2700, noTouch });
    assert.deepEqual([given.value("duration"), seconds], ["3600", 3600]);
  }
  assert.deepEqual(seen, []);
});

Deno.test("longRun() takes a duration_seconds above the default for the role's maximum, and asks nobody", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  const { given, seconds, why } = await runOf(world, { profile: "long", margin: 10_800 });
  assert.deepEqual([given.value("duration"), seconds, why], [undefined, 7200, "the role's maximum is 2h"]);
  assert.deepEqual(seen, []);
});

Deno.test("longRun() guesses the next whole hour, and says so to whoever may be asked for the code", async () => {
  const { world, seen } = fakeWorld({ nowMs, files, aws: silentAws });
  const { given, unasked } = await runOf(world);
  assert.equal(given.value("duration"), "10800");
  assert.equal(unasked?.given.value("duration"), undefined);
  assert.match(unasked!.why!, /nobody may be asked/);
  const guess = `aws-use: the maximum of ${roleArn} is not known; trying 3h`;
  assert.deepEqual(seen, [`${guess}, which takes a code`]);
  await runOf(world, { noTouch: true });
  assert.equal(seen.length, 1);
});

Deno.test("longRun() remembers a refusal as what the role does not allow, and a grant as what it does", async () => {
  const { world, clock } = fakeWorld({ nowMs, files, aws: silentAws });
  const long = await runOf(world, { margin: 18_000 });
  assert.equal(long.given.value("duration"), "21600");
  const without = await long.refused!();
  assert.deepEqual([without.given.value("duration"), without.why], [undefined, "the role does not allow 6h"]);
  // As much is not asked for again, less is.
  const again = await runOf(world, { margin: 21_600 });
  assert.deepEqual([again.given.value("duration"), again.why], [undefined, "the role does not allow 6h"]);
  const less = await runOf(world);
  assert.equal(less.given.value("duration"), "10800");
  await less.granted!();
  // What was granted is no guess any more, and the most that is had where more cannot be.
  const known = await runOf(world);
  assert.deepEqual([known.given.value("duration"), known.granted], ["10800", undefined]);
  assert.equal((await runOf(world, { margin: 21_600 })).given.value("duration"), "10800");
  await clock.sleep(dayMs);
  assert.equal((await runOf(world, { margin: 21_600 })).given.value("duration"), "25200");
});
