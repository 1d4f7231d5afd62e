import assert from "node:assert/strict";
import { Failure, type FailureKind } from "../../src/errors.ts";
import { type Additions, type Plan, plan, type PlanOptions, type Step } from "../../src/core/plan.ts";
import type { Variables } from "../../src/core/profile.ts";
import { adminArn, configOf, deployArn, keysOf, serial } from "../support/plan_samples.ts";

interface Given extends Partial<PlanOptions> {
  readonly environment?: Variables;
  readonly credentials?: string;
}

function planOf(config: string, given: Given = {}, name = "a"): Plan {
  const { environment = {}, credentials = keysOf("base"), ...options } = given;
  return plan(name, configOf(config, credentials), environment, { additions: {}, loginName: "login", ...options });
}

function fails(kind: FailureKind, message: string, run: () => unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.deepEqual([error.kind, error.message], [kind, message]);
    assert.notEqual(error.hint, "");
    return true;
  });
}

const session = (step: Partial<Extract<Step, { call: "GetSessionToken" }>> = {}): Step => ({
  call: "GetSessionToken",
  profile: "base",
  mfaSerial: serial,
  discoverMfa: false,
  durationSeconds: 43_200,
  reason: "one code serves every role of these keys",
  ...step,
});

const assume = (step: Partial<Extract<Step, { call: "AssumeRole" }>> = {}): Step => ({
  call: "AssumeRole",
  profile: "a",
  roleArn: adminArn,
  roleSessionName: "alice",
  durationSeconds: 3600,
  tags: [],
  transitiveTagKeys: [],
  policyArns: [],
  mfaSerial: null,
  discoverMfa: false,
  reason: "with the MFA session, without a further code",
  ...step,
});

const base = `[profile base]\nmfa_serial = ${serial}\n`;
const admin = `[profile a]\nrole_arn = ${adminArn}\nsource_profile = base\n`;
const chained = `[profile a]\nrole_arn = ${deployArn}\nsource_profile = mid\n` +
  `[profile mid]\nrole_arn = ${adminArn}\nsource_profile = base\n`;

Deno.test("plan() takes one session with MFA, then the role without a code", () => {
  assert.deepEqual(planOf(base + admin), {
    profile: "a",
    keys: { accessKeyId: "AKIABASE", secretAccessKey: "secret-base" },
    keysFrom: { kind: "credentials", profile: "base" },
    steps: [session(), assume()],
    partition: "aws",
    sts: { url: "https://sts.amazonaws.com", region: "us-east-1" },
    iam: { url: "https://iam.amazonaws.com", region: "us-east-1" },
    confirm: false,
    notes: [],
  });
});

Deno.test("plan() answers with the session itself where there is no role", () => {
  const reason = "the profile has no role: the session itself is the answer, and with MFA it may call IAM";
  assert.deepEqual(planOf(base, {}, "base").steps, [session({ reason })]);
  const [step] = planOf(`${base}duration_seconds = 129600\n`, {}, "base").steps;
  assert.equal(step.durationSeconds, 129_600);
  const [asked] = planOf(`${base}duration_seconds = 129600\n`, { additions: { durationSeconds: 900 } }, "base").steps;
  assert.equal(asked.durationSeconds, 900);
});

Deno.test("plan() shares the session of the keys between a role and the profile that holds them", () => {
  const config = `${base}duration_seconds = 8h\n${admin}`;
  const [withRole] = planOf(config).steps;
  const [alone] = planOf(config, {}, "base").steps;
  assert.deepEqual({ ...withRole, reason: "" }, { ...alone, reason: "" });
  assert.equal(withRole.durationSeconds, 28_800);
});

Deno.test("plan() takes a profile's duration_seconds for its role where it assumes one with its own keys", () => {
  const config =
    `[profile base]\nmfa_serial = ${serial}\nrole_arn = ${adminArn}\nsource_profile = base\nduration_seconds = 1800\n`;
  assert.deepEqual(planOf(config, {}, "base").steps, [session(), assume({ profile: "base", durationSeconds: 1800 })]);
});

Deno.test("plan() asks for the MFA device where none is named, and plans again with the answer", () => {
  const config = `[profile base]\n${admin}`;
  assert.deepEqual(planOf(config).steps, [
    session({ mfaSerial: null, discoverMfa: true }),
    assume({ roleSessionName: "login" }),
  ]);
  assert.deepEqual(planOf(config, { discoveredMfaSerial: serial }).steps, [session(), assume()]);
  assert.deepEqual(planOf(base + admin, { discoveredMfaSerial: "arn:aws:iam::123456789012:mfa/other" }).steps, [
    session(),
    assume(),
  ]);
});

Deno.test("plan() does without MFA where the user has no device, and says what that means", () => {
  const config = `[profile base]\n${admin}`;
  const alone = planOf(config, { discoveredMfaSerial: null }, "base");
  assert.deepEqual(alone.steps, [
    session({
      mfaSerial: null,
      reason: "the profile has no role and the user no MFA device: a plain session is the answer",
    }),
  ]);
  assert.deepEqual(alone.notes, ["no MFA device was found: calls to IAM will be refused"]);
  const role = planOf(config, { discoveredMfaSerial: null, additions: { durationSeconds: 7200 } });
  assert.deepEqual(role.steps, [
    assume({
      roleSessionName: "login",
      durationSeconds: 7200,
      reason: "the user has no MFA device: assumed with the long-lived keys alone",
    }),
  ]);
  assert.deepEqual(role.notes, ["no MFA device was found: a role whose trust policy wants MFA will refuse"]);
});

Deno.test("plan() sends the code with AssumeRole for more than an hour, and only there", () => {
  const reason = "longer than 1h: AWS allows that only straight from long-lived keys, so this call carries the code";
  const expected = [assume({ durationSeconds: 7200, mfaSerial: serial, reason })];
  assert.deepEqual(planOf(`${base}${admin}duration_seconds = 7200\n`).steps, expected);
  assert.deepEqual(planOf(`${base}${admin}`, { additions: { durationSeconds: 7200 } }).steps, expected);
  assert.deepEqual(planOf(`${base}${admin}duration_seconds = 3600\n`).steps, [session(), assume()]);
  assert.deepEqual(planOf(`[profile base]\n${admin}duration_seconds = 12h\n`).steps, [
    assume({ durationSeconds: 43_200, discoverMfa: true, roleSessionName: "login", reason }),
  ]);
});

Deno.test("plan() caps a role that is assumed by a role, and says so", () => {
  const { steps, notes } = planOf(`${base}${chained}`, { additions: { durationSeconds: 7200 } });
  assert.deepEqual(steps, [
    session(),
    assume({ profile: "mid" }),
    assume({
      roleArn: deployArn,
      reason: "role chaining: assumed with the role before it; AWS limits it to 1h",
    }),
  ]);
  assert.deepEqual(notes, [`${deployArn} is asked for 1h and not 2h: AWS limits role chaining to 1h`]);
  const first = planOf(
    `${base}${chained}`.replace("source_profile = base", "source_profile = base\nduration_seconds = 2h"),
  );
  assert.deepEqual(first.steps.map((step) => step.durationSeconds), [43_200, 3600, 3600]);
  assert.deepEqual(first.notes, [`${adminArn} is asked for 1h and not 2h: AWS limits role chaining to 1h`]);
});

Deno.test("plan() sends the code with the first role where no session may be taken", () => {
  const { steps } = planOf(`${base}${chained}`, { withoutSession: true });
  assert.deepEqual(steps.map((step) => [step.call, step.mfaSerial]), [["AssumeRole", serial], ["AssumeRole", null]]);
  assert.equal(planOf(base, { withoutSession: true }, "base").steps[0].call, "GetSessionToken");
});

Deno.test("plan() takes temporary keys as they are: no session, no code", () => {
  const credentials = keysOf("base", "aws_session_token = t");
  assert.deepEqual(planOf(base, { credentials }, "base").steps, []);
  const asked = planOf(base, { credentials, additions: { durationSeconds: 900 } }, "base");
  assert.deepEqual(asked.notes, ['--duration changes nothing: the keys of profile "base" are temporary already']);
  const role = planOf(base + admin, { credentials, additions: { durationSeconds: 7200 } });
  assert.deepEqual(role.steps, [assume({ reason: "with keys that are temporary already; AWS limits it to 1h" })]);
  assert.equal(role.notes.length, 1);
  assert.deepEqual(planOf(`[profile base]\nmfa_serial = u2f\n${admin}`, { credentials }).steps.length, 1);
});

Deno.test("plan() begins with the environment's keys where the profile has none", () => {
  const environment = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "s" };
  const found = planOf(base + admin, { environment, credentials: "" });
  assert.deepEqual(found.keysFrom, { kind: "environment", profile: "base" });
  assert.deepEqual(found.steps, [session(), assume()]);
});

Deno.test("plan() carries every parameter of the role", () => {
  const config = `${base}${admin}external_id = e x\nrole_session_name = me@x\nsource_identity = me\n` +
    "session_tags = team=core, empty=\ntransitive_session_tags = team , empty\n";
  assert.deepEqual(
    planOf(config).steps[1],
    assume({
      roleSessionName: "me@x",
      externalId: "e x",
      sourceIdentity: "me",
      tags: [["team", "core"], ["empty", ""]],
      transitiveTagKeys: ["team", "empty"],
    }),
  );
});

Deno.test("plan() assumes one more role for --role-arn, and scopes down the last one", () => {
  const policy = '{"Version":"2012-10-17","Statement":[]}';
  const policyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
  const additions: Additions = { roleArn: deployArn, policy, policyArns, durationSeconds: 1800 };
  assert.deepEqual(planOf(`${base}${admin}external_id = x\n`, { additions }).steps, [
    session(),
    assume({ externalId: "x" }),
    assume({
      roleArn: deployArn,
      durationSeconds: 1800,
      policy,
      policyArns,
      reason: "role chaining: assumed with the role before it; scoped down to what the policy given, " +
        "arn:aws:iam::aws:policy/ReadOnlyAccess allows",
    }),
  ]);
  assert.deepEqual(planOf(base, { additions: { roleArn: deployArn } }, "base").steps, [
    session(),
    assume({ profile: "base", roleArn: deployArn }),
  ]);
  const reason = "with the MFA session, without a further code; scoped down to what the policy given allows";
  assert.deepEqual(planOf(`${base}${admin}`, { additions: { policy } }).steps[1], assume({ policy, reason }));
});

Deno.test("plan() never lets the time into the role session name", () => {
  const name = (mfaSerial: string, loginName: string) => {
    const line = mfaSerial === "" ? "" : `mfa_serial = ${mfaSerial}\n`;
    const { steps } = planOf(`[profile base]\n${line}${admin}`, { loginName });
    const last = steps[steps.length - 1];
    return last.call === "AssumeRole" && last.roleSessionName;
  };
  assert.equal(name("arn:aws:iam::123456789012:mfa/team/alice", "x"), "alice");
  assert.equal(name("GAHT12345678", "x"), "GAHT12345678");
  assert.equal(name("", "Zoë Smith"), "Zo--Smith");
  assert.equal(name("", "🔑"), "--");
  assert.equal(name("", "x"), "x-");
  assert.equal(name("", ""), "aws-use");
  assert.equal(name("", "n".repeat(80)), "n".repeat(64));
});

Deno.test("plan() tells region, endpoints, CA bundle, confirmation and mfa_process", () => {
  const config = `${base}mfa_process = pass otp\n${admin}region = eu-west-1\nca_bundle = /ca\naws_use_confirm = TRUE\n`;
  const { region, sts, caBundle, confirm, mfaProcess } = planOf(config, { environment: { AWS_REGION: "us-west-2" } });
  assert.deepEqual({ region, sts: sts.url, caBundle, confirm, mfaProcess }, {
    region: "eu-west-1",
    sts: "https://sts.eu-west-1.amazonaws.com",
    caBundle: "/ca",
    confirm: true,
    mfaProcess: "pass otp",
  });
  assert.equal(planOf(config, { environment: { AWS_CA_BUNDLE: "/env", REQUESTS_CA_BUNDLE: "/r" } }).caBundle, "/env");
  assert.equal(planOf(base + admin, { environment: { REQUESTS_CA_BUNDLE: "/r" } }).caBundle, "/r");
  assert.equal(planOf(config, { additions: { region: "ap-south-1" } }).region, "ap-south-1");
  const outside = planOf(base + admin, { environment: { AWS_REGION: "", AWS_DEFAULT_REGION: "us-west-2" } });
  assert.deepEqual([outside.region, outside.sts.region], [undefined, "us-west-2"]);
});

Deno.test("plan() takes the partition of the region, else of the role, else of the MFA device", () => {
  const inPartition = (arnPartition: string, more: string) =>
    planOf(`[profile base]\n${admin.replaceAll("arn:aws:", `arn:${arnPartition}:`)}${more}`);
  const china = inPartition("aws-cn", "");
  assert.deepEqual([china.partition, china.sts.url, china.iam.url], [
    "aws-cn",
    "https://sts.cn-northwest-1.amazonaws.com.cn",
    "https://iam.cn-north-1.amazonaws.com.cn",
  ]);
  assert.equal(inPartition("aws-us-gov", "").sts.url, "https://sts.us-gov-west-1.amazonaws.com");
  assert.equal(inPartition("aws-cn", "region = us-gov-east-1\n").partition, "aws-us-gov");
  const device = planOf("[profile base]\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/alice\n", {}, "base");
  assert.equal(device.partition, "aws-cn");
});

Deno.test("plan() refuses what STS would refuse, in the words of who has to correct it", () => {
  const withAdmin = (line: string) => () => planOf(`${base}${admin}${line}\n`);
  const added = (additions: Additions) => () => planOf(base + admin, { additions });
  fails(
    "config",
    'duration_seconds of profile "a" is 43201 seconds, above the maximum of 43200',
    withAdmin("duration_seconds = 43201"),
  );
  fails(
    "config",
    'duration_seconds of profile "a" is 60 seconds, below the minimum of 900',
    withAdmin("duration_seconds = 1m"),
  );
  fails(
    "config",
    'duration_seconds of profile "a" is "soon", and not a duration',
    withAdmin("duration_seconds = soon"),
  );
  fails("config", "--duration is 50000 seconds, above the maximum of 43200", added({ durationSeconds: 50_000 }));
  fails("usage", "--duration is 60 seconds, below the minimum of 900", added({ durationSeconds: 60 }));
  fails(
    "config",
    "--duration is 129601 seconds, above the maximum of 129600",
    () => planOf(base, { additions: { durationSeconds: 129_601 } }, "base"),
  );
  fails("usage", '--role-arn is "admin", which is not the ARN of a role', added({ roleArn: "admin" }));
  fails("usage", '--policy-arn is "x", which is not the ARN of a policy', added({ policyArns: ["x"] }));
  fails(
    "usage",
    "--policy-arn is given 11 times, and STS takes 10",
    added({
      policyArns: Array(11).fill("arn:aws:iam::aws:policy/ReadOnlyAccess"),
    }),
  );
  fails("usage", "the session policy is not a JSON object", added({ policy: "[1" }));
  fails("usage", "the session policy is not a JSON object", added({ policy: "[1]" }));
  fails(
    "usage",
    "the session policy has 2049 characters, and STS takes 2048",
    added({ policy: `{${" ".repeat(2047)}}` }),
  );
  fails(
    "usage",
    "a session policy scopes down a role, and this profile assumes none",
    () => planOf(base, { additions: { policy: "{}" } }, "base"),
  );
  fails("usage", '--region is "eu_west", which is no region', added({ region: "eu_west" }));
  fails("usage", '--region is "", which is no region', added({ region: "" }));
  fails("config", 'region of profile "a" is "x/y", which is no region', withAdmin("region = x/y"));
  fails(
    "config",
    'AWS_REGION is "a.b", which is no region',
    () => planOf(base + admin, { environment: { AWS_REGION: "a.b" } }),
  );
  fails(
    "config",
    'role_arn of profile "a" is "admin", and not the ARN of a role',
    () => planOf(`${base}${admin}`.replace(adminArn, "admin")),
  );
  fails(
    "config",
    'session_tags of profile "a" is "x", and not a list of tags that AWS takes',
    withAdmin("session_tags = x"),
  );
  fails(
    "config",
    'role_session_name of profile "a" is "a b", and not a name of 2 to 64 letters, digits and +=,.@_-',
    withAdmin("role_session_name = a b"),
  );
  fails("config", 'aws_use_confirm of profile "a" is "ture"', withAdmin("aws_use_confirm = ture"));
  fails(
    "config",
    `the MFA device "arn:aws:iam::123456789012:u2f/user/alice/key" is a FIDO device, and STS takes only codes`,
    withAdmin("mfa_serial = arn:aws:iam::123456789012:u2f/user/alice/key"),
  );
  fails(
    "config",
    'mfa_serial is "my phone", which is neither an ARN nor a serial number',
    withAdmin("mfa_serial = my phone"),
  );
  fails(
    "config",
    'sts_regional_endpoints is "local", and has to be "regional" or "legacy"',
    withAdmin("sts_regional_endpoints = local"),
  );
  fails(
    "config",
    'the endpoint of STS is "localhost:4566", which is no URL',
    withAdmin("endpoint_url = localhost:4566"),
  );
  fails("config", 'profile "a" uses services "local", which is not there', withAdmin("services = local"));
});
