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
    "[profile chained]\nsource_profile = admin\nduration_seconds = 900\n" +
    "role_arn = arn:aws:iam::123456789012:role/other\n" +
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
  assert.equal(await durationFor({ ...world, environment }), "43200");
  assert.equal(asked, 2);
  await clock.sleep(1000);
  assert.equal(await durationFor(world), "43200");
  assert.equal(asked, 3);
});

Deno.test("longRun() leaves a profile alone whose own duration serves, up to the whole of it", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  assert.equal((await runOf(world, { margin: 3590 })).given.value("duration"), undefined);
  assert.equal((await runOf(world, { profile: "long", margin: 7190 })).given.value("duration"), undefined);
  assert.deepEqual(seen, []);
});

Deno.test("longRun() makes do with nearly all of a duration that takes a touch of its own", async () => {
  const { world } = fakeWorld({ nowMs, files });
  for (const [margin, enough] of [[2700, 2700], [7140, 6480], [7190, 6480], [7200, 6480]]) {
    assert.equal((await runOf(world, { profile: "long", margin })).marginSeconds, enough, `${margin}`);
  }
  // Where it takes none, all of the margin.
  assert.equal((await runOf(world, { margin: 3500 })).marginSeconds, 3500);
});

Deno.test("longRun() raises a duration within the hour that any role allows, without a question to anybody", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  for (const profile of ["half", "chained"]) {
    for (const noTouch of [false, true]) {
      const { given, marginSeconds } = await runOf(world, { profile, margin: 2700, noTouch });
      assert.deepEqual([given.value("duration"), marginSeconds], ["3600", 2700], profile);
    }
  }
  const { given, why } = await runOf(world, { profile: "chained", margin: 5400 });
  assert.deepEqual([given.value("duration"), why], ["3600", "role chaining ends after 1h"]);
  assert.deepEqual(seen, []);
});

Deno.test("longRun() takes a duration_seconds above the default for the role's maximum, and asks nobody", async () => {
  const { world, seen } = fakeWorld({ nowMs, files });
  const { given, marginSeconds, why } = await runOf(world, { profile: "long", margin: 10_800 });
  // Nearly all of it is as good as all of it.
  assert.deepEqual([given.value("duration"), marginSeconds, why], [undefined, 6480, "its duration_seconds is 2h"]);
  assert.deepEqual(seen, []);
});

Deno.test("longRun() guesses the next whole hour, and says so to whoever may be asked for the code", async () => {
  const { world, seen } = fakeWorld({ nowMs, files, aws: silentAws });
  const { given, unasked } = await runOf(world);
  assert.equal(given.value("duration"), "10800");
  assert.equal(unasked?.given.value("duration"), undefined);
  assert.match(unasked!.why!, /nobody may be asked/);
  assert.deepEqual(seen, [`aws-use: the maximum of ${roleArn} is not known; trying 3h, which takes a code`]);
  await runOf(world, { noTouch: true });
  assert.equal(seen.length, 1);
  assert.equal((await runOf(world, { margin: 43_200 })).given.value("duration"), "43200");
  const beyond = await runOf(world, { margin: 46_800 });
  assert.deepEqual([beyond.given.value("duration"), beyond.why], [undefined, "no role allows more than 12h"]);
});

Deno.test("longRun() tries no duration again that AWS has refused, nor one just below it", async () => {
  // A whole hour may be the maximum itself.
  const tries: readonly (readonly [number, ...string[]])[] = [
    [3600, "7200"],
    [5400, "7200"],
    [7200, "10800", "7200"],
    [18_000, "21600", "18000"],
    [43_200, "43200"],
  ];
  for (const [margin, ...durations] of tries) {
    for (const profile of ["admin", "half"]) {
      const { world, seen } = fakeWorld({ nowMs, files, aws: silentAws });
      // What any role allows is not less than it was.
      const least = profile === "half" ? "3600" : undefined;
      for (const duration of durations) {
        const long = await runOf(world, { profile, margin });
        assert.equal(long.given.value("duration"), duration);
        assert.equal((await long.refused!()).given.value("duration"), least);
      }
      for (let again = 0; again < 3; again++) {
        const { given, why } = await runOf(world, { profile, margin });
        assert.equal(given.value("duration"), least, `${margin}`);
        assert.match(why!, /^AWS refuses \d+h(, and less was not tried)?$/);
      }
      assert.equal(seen.length, durations.length, "announced once each");
    }
  }
});

Deno.test("longRun() remembers what AWS has granted and refused for a day, and believes no word that is refused", async () => {
  const { world, clock } = fakeWorld({ nowMs, files, aws: silentAws });
  await (await runOf(world, { margin: 18_000 })).refused!();
  const less = await runOf(world);
  assert.equal(less.given.value("duration"), "10800");
  await less.granted!();
  // What was granted is no guess any more, and the most that is had where more cannot be.
  const known = await runOf(world);
  assert.deepEqual([known.given.value("duration"), known.granted], ["10800", undefined]);
  const more = await runOf(world, { margin: 10_800 });
  assert.equal(more.given.value("duration"), "14400");
  assert.equal((await more.refused!()).given.value("duration"), "10800");
  assert.equal((await runOf(world, { margin: 21_600 })).given.value("duration"), "10800");
  await known.refused!();
  const lowered = await runOf(world);
  assert.equal(lowered.given.value("duration"), "7200", "its owner has lowered it");
  await lowered.refused!();
  assert.equal((await runOf(world)).given.value("duration"), undefined);
  await clock.sleep(dayMs);
  assert.equal((await runOf(world, { margin: 21_600 })).given.value("duration"), "25200");

  const usual = fakeWorld({ nowMs, files, aws: { ...silentAws, roleMaximum: () => Promise.resolve(3600) } });
  assert.equal((await runOf(usual.world)).why, "the role's maximum is 1h");

  const told = fakeWorld({ nowMs, files, aws: { ...silentAws, roleMaximum: () => Promise.resolve(14_400) } });
  const long = await runOf(told.world);
  assert.equal(long.given.value("duration"), "14400");
  assert.equal((await long.refused!()).given.value("duration"), undefined);
});
