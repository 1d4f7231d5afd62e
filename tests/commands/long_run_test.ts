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
    "[profile admin]\nsource_profile = default\nrole_arn = arn:aws:iam::123456789012:role/admin\n",
  "/home/tester/.aws/credentials": "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
};

/** Seconds that a run of two hours gets. */
async function durationFor(world: World): Promise<string | undefined> {
  const { verb, rest } = verbOf(["use", "admin"]);
  const { given } = await longRun("admin", await parseArguments(verb, rest), 7200, { noTouch: false }, world);
  return given.value("duration");
}

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
  assert.equal(await durationFor({ ...world, environment }), "7320");
  assert.equal(asked, 2);
  await clock.sleep(1000);
  assert.equal(await durationFor(world), "7320");
  assert.equal(asked, 3);
});
