/** `aws-use status --explain PROFILE`: the steps with reasons, out of the files and the cache alone. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { assertFails } from "../support/failure.ts";

const { alice, bob } = people;
const serial = alice.mfaSerial;
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const spoke = "arn:aws:iam::210987654321:role/spoke";

const chained = `${usualConfig()}
[profile hub]
role_arn = ${role("teams/hub")}
source_profile = default

[profile spoke]
role_arn = ${spoke}
source_profile = hub
duration_seconds = 2h

[profile long]
role_arn = ${role("admin")}
source_profile = default
duration_seconds = 12h
`;

async function explained(bench: Bench, ...words: readonly string[]) {
  const ran = await bench.run(["status", "--explain", ...words, "--json"]);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  return JSON.parse(ran.stdout);
}

/** Nothing was called, asked for or written. */
async function assertUntouched(bench: Bench): Promise<void> {
  assert.deepEqual(bench.emulator.calls, []);
  assert.equal(bench.keys.touchesAsked, 0);
  assert.deepEqual(bench.keys.apdus, []);
  await assert.rejects(Deno.stat(bench.cache), Deno.errors.NotFound);
}

Deno.test("explain: a session policy is told where it scopes a role down", async () => {
  await using bench = await startBench();
  const arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  await Deno.writeTextFile(`${bench.home}/p.json`, '{"Version":"2012-10-17","Statement":[]}');
  const { steps } = await explained(bench, "admin", "--policy-arn", arn, "--policy", `${bench.home}/p.json`);
  assert.deepEqual(steps.map((step: { reason: string }) => step.reason), [
    "one code serves every role of these keys",
    `with the MFA session, without a further code; scoped down to what the policy given, ${arn} allows`,
  ]);
});

Deno.test("explain: a role with MFA, in words and as JSON", async () => {
  await using bench = await startBench();
  const ran = await bench.run(["status", "--explain", "admin"]);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  assert.equal(
    ran.stdout,
    `admin: keys of profile "default" (credentials file)
  1. GetSessionToken with a code of ${serial}, for 12h
     one code serves every role of these keys
  2. AssumeRole ${role("admin")}, for 1h
     with the MFA session, without a further code
  STS: ${bench.emulator.url}, region of the answer: eu-west-1
`,
  );
  assert.deepEqual(await explained(bench, "admin"), {
    profile: "admin",
    steps: [
      {
        call: "GetSessionToken",
        reason: "one code serves every role of these keys",
        cached: false,
        mfa_serial: serial,
        duration_seconds: 43_200,
      },
      {
        call: "AssumeRole",
        reason: "with the MFA session, without a further code",
        cached: false,
        role_arn: role("admin"),
        duration_seconds: 3600,
      },
    ],
  });
  await assertUntouched(bench);
});

Deno.test("explain: role chaining and its hour, a long role, a plain session, a user without a known device", async () => {
  await using bench = await startBench({ config: chained });
  const calls = async (...words: readonly string[]) =>
    (await explained(bench, ...words)).steps.map((step: Record<string, unknown>) =>
      [step.call, step.role_arn ?? null, step.mfa_serial ?? null, step.duration_seconds].join(" ")
    );
  assert.deepEqual(await calls("spoke"), [
    `GetSessionToken  ${serial} 43200`,
    `AssumeRole ${role("teams/hub")}  3600`,
    `AssumeRole ${spoke}  3600`,
  ]);
  const words = (await bench.run(["status", "--explain", "spoke"])).stdout;
  assert.match(words, /role chaining: assumed with the role before it; AWS limits it to 1h/);
  assert.match(words, new RegExp(`note: ${spoke} is asked for 1h and not 2h: AWS limits role chaining to 1h`));
  assert.deepEqual(await calls("long"), [`AssumeRole ${role("admin")} ${serial} 43200`]);
  assert.deepEqual(await calls("default"), [`GetSessionToken  ${serial} 43200`]);
  assert.deepEqual(await calls("default", "--role-arn", role("extra"), "--duration", "20m"), [
    `GetSessionToken  ${serial} 43200`,
    `AssumeRole ${role("extra")}  1200`,
  ]);
  await bench.writeConfig(usualConfig().replace(/mfa_serial.*\n/, ""));
  const unknown = await bench.run(["status", "--explain", "admin"]);
  assert.match(unknown.stdout, /1\. GetSessionToken with a code, for 12h/);
  assert.equal((await explained(bench, "admin")).steps[0].mfa_serial, undefined);
  await assertUntouched(bench);
});

Deno.test("explain: what is cached is said, with the time left", async () => {
  await using bench = await startBench();
  await bench.run(["admin", "--token-code", codeOf()]);
  const before = bench.emulator.calls.length;
  const states = async (profile: string) =>
    (await explained(bench, profile)).steps.map(({ cached }: { cached: boolean }) => cached);
  assert.deepEqual(await states("admin"), [true, true]);
  assert.deepEqual(await states("prod"), [true, false]);
  const { stdout } = await bench.run(["status", "--explain", "admin"]);
  assert.match(stdout, /1\. GetSessionToken with a code of \S+, cached, 11h left\n/);
  assert.match(stdout, /2\. AssumeRole \S+, cached, 59m left\n/);
  await bench.run(["clear"]);
  assert.deepEqual(await states("admin"), [false, false]);
  assert.equal(bench.emulator.calls.length, before);
});

Deno.test("explain: keys that are the answer, keys of the environment, and no MFA device once IAM has said so", async () => {
  const temporary = `[profile pasted]\n${keysOf(alice)}aws_session_token = abc\n`;
  await using bench = await startBench({
    config: `${usualConfig().replace(/mfa_serial.*\n/, "")}\n${temporary}\n[profile bare]\noutput = json\n`,
    credentials: `[default]\n${keysOf(bob)}`,
  });
  assert.deepEqual((await explained(bench, "pasted")).steps, []);
  assert.match((await bench.run(["status", "--explain", "pasted"])).stdout, /the keys themselves are the answer/);
  const bare = await bench.run(["status", "--explain", "bare"], {
    env: { AWS_ACCESS_KEY_ID: "AKIAX", AWS_SECRET_ACCESS_KEY: "x" },
  });
  assert.match(bare.stdout, /^bare: keys of the environment\n/);
  await bench.run(["readonly"]);
  const { steps } = await explained(bench, "readonly");
  assert.deepEqual(steps.map(({ call, reason }: { call: string; reason: string }) => [call, reason]), [
    ["AssumeRole", "the user has no MFA device: assumed with the long-lived keys alone"],
  ]);
});

Deno.test("explain: what cannot work is told as when it is used", async () => {
  await using bench = await startBench({ config: "[profile empty]\nregion = eu-west-1\n", credentials: "" });
  assertFails(await bench.run(["status", "--explain", "empty"]), {
    code: 78,
    error: 'profile "empty" has no keys',
    hint: "enter them with: aws configure --profile empty",
  });
  assertFails(await bench.run(["status", "--explain", "emty", "--json"]), {
    code: 78,
    error: 'there is no profile "emty" (did you mean "empty"?)',
    hint: "see the profiles that there are with: aws-use list",
  });
  await assertUntouched(bench);
});
