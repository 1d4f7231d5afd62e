/** `mfa list` in a world where time passes at once. */
import assert from "node:assert/strict";
import { keysOf } from "../support/bench.ts";
import { alice, carol, dave } from "../support/emulator/seed.ts";
import { mfa } from "../support/fake_world/mfa.ts";
import { type FakeWorld, fakeWorld, type FakeWorldOptions } from "../support/fake_world/world.ts";
import { fakeKey } from "../support/fake_world/ykman.ts";

const text = (it: FakeWorld) => it.seen.join("\n");
const fido = "arn:aws:iam::123456789012:u2f/user/alice/key-ABC";
const ghost = "arn:aws:iam::123456789012:mfa/ghost";
const elsewhere = "arn:aws:iam::999999999999:mfa/alice";

function alicesWorld(options: Partial<FakeWorldOptions> = {}): FakeWorld {
  const accounts = (...names: readonly string[]) => new Map(names.map((name) => [name, "MFRGG"] as const));
  const it = fakeWorld({
    config: "[default]\nregion = eu-central-1\n",
    credentials: `[default]\n${keysOf(alice)}`,
    keys: [
      fakeKey("11111111", { accounts: accounts(alice.mfaSerial, ghost, "shop:alice", elsewhere) }),
      fakeKey("22222222", { accounts: accounts(alice.mfaSerial) }),
    ],
    ...options,
  });
  const [device] = it.awsWorld.devices;
  it.awsWorld.devices.push(
    { ...device, serial: fido, kind: "fido", user: "alice" },
    { ...device, serial: "GAHT12345678", kind: "hardware", user: "alice" },
    { ...device, serial: "arn:aws:iam::123456789012:mfa/phone", user: "alice" },
  );
  return it;
}

Deno.test("list --json: devices at AWS beside the accounts on the keys", async () => {
  using it = alicesWorld();
  assert.equal(await mfa(it, "list", "--json"), 0, text(it));
  assert.deepEqual(JSON.parse(it.out.join("")), [
    { serial: alice.mfaSerial, kind: "virtual", at_aws: true, keys: ["11111111", "22222222"], state: "ok" },
    {
      serial: fido,
      kind: "fido",
      at_aws: true,
      keys: [],
      state: "only_aws",
      remark: "STS takes codes alone, so aws-use and the AWS CLI cannot use it",
    },
    { serial: "GAHT12345678", kind: "hardware", at_aws: true, keys: [], state: "ok" },
    { serial: "arn:aws:iam::123456789012:mfa/phone", kind: "virtual", at_aws: true, keys: [], state: "only_aws" },
    { serial: ghost, kind: "virtual", at_aws: false, keys: ["11111111"], state: "only_key" },
  ]);
  assert.equal(it.seen.length, 0, text(it));
  assert.ok(!it.ykman.runs.some((args) => args.includes("code")), "no touch was asked for");
});

Deno.test("list: the same for a person, with the remark on FIDO", async () => {
  using it = alicesWorld();
  assert.equal(await mfa(it, "list"), 0);
  const rows = it.out.join("").split("\n").map((line) => line.split(/ {2,}/));
  assert.deepEqual(rows[0], ["DEVICE", "KIND", "YUBIKEYS", "STATE"]);
  assert.deepEqual(rows[1], [alice.mfaSerial, "virtual", "11111111, 22222222", "ok"]);
  assert.deepEqual(rows[2], [fido, "fido", "-", "STS takes codes alone, so aws-use and the AWS CLI cannot use it"]);
  assert.deepEqual(rows[3], ["GAHT12345678", "hardware", "-", "ok"]);
  assert.deepEqual(rows[4], ["arn:aws:iam::123456789012:mfa/phone", "virtual", "-", "on no plugged key"]);
  assert.deepEqual(rows[5], [ghost, "virtual", "11111111", "not at AWS"]);
});

Deno.test("list: without a key it shows what AWS has; a locked key is named", async () => {
  using none = alicesWorld({ keys: [] });
  assert.equal(await mfa(none, "list", "--json"), 0, text(none));
  assert.deepEqual(
    JSON.parse(none.out.join("")).map(({ state }: { state: string }) => state),
    ["only_aws", "only_aws", "ok", "only_aws"],
  );

  using locked = alicesWorld({ keys: [fakeKey("33333333", { password: "secret" })] });
  assert.equal(await mfa(locked, "list"), 69);
  assert.match(locked.out.join(""), /mfa\/alice +virtual +- +not known: a key was not read/);
  assert.match(text(locked), /note: YubiKey 33333333 wants its OATH password/);
});

Deno.test("list: where IAM wants an MFA session for it, one is taken", async () => {
  const accounts = new Map<string, string>([[carol.mfaSerial, carol.mfaSecret]]);
  using it = fakeWorld({
    config: `[default]\nmfa_serial = ${carol.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(carol)}`,
    keys: [fakeKey("11111111", { accounts, touch: new Set([carol.mfaSerial]) })],
  });
  const refused = { kind: "error", status: 403, code: "AccessDenied", message: "not authorized" } as const;
  it.aws.faults.add({ ...refused, action: "ListMFADevices", times: 2 });
  assert.equal(await mfa(it, "list", "--json"), 0, text(it));
  assert.equal(JSON.parse(it.out.join(""))[0].state, "ok");
  assert.equal(it.ykman.codes.length, 1);
});

Deno.test("list: where no MFA session is to be had, what IAM refused is the error", async () => {
  const accounts = new Map<string, string>([[dave.mfaSerial, dave.mfaSecret]]);
  using it = fakeWorld({
    config: `[default]\nmfa_serial = ${dave.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(dave)}`,
    keys: [fakeKey("11111111", { accounts })],
  });
  assert.equal(await mfa(it, "list"), 77, text(it));
  assert.match(text(it), /none is to be had: AWS refuses GetSessionToken/);
  assert.match(text(it), /error: AWS refuses iam:ListMFADevices: /);
});

Deno.test("list: a user without a device is told how to make one; a role has none", async () => {
  using it = alicesWorld();
  it.awsWorld.devices.length = 0;
  it.ykman.keys.length = 0;
  assert.equal(await mfa(it, "list"), 0);
  assert.equal(it.out.join(""), "");
  assert.match(text(it), /alice has no MFA device; make one with: aws-use mfa enroll default$/m);
  for (const action of ["resync", "remove"]) {
    assert.equal(await mfa(it, action, "--yes"), 78);
    assert.match(text(it), /error: "alice" has no MFA device\n.*hint: make one: aws-use mfa enroll default$/);
  }
});

const failures: Readonly<Record<string, readonly [stderr: string, says: RegExp]>> = {
  "pcscd off": ["WARNING: PC/SC not available. Smart card (CCID) protocols will not function.\n", /cannot reach pcscd/],
  "anything else": ["Error: something else\n", /ykman failed: Error: something else/],
};

for (const [what, [stderr, says]] of Object.entries(failures)) {
  Deno.test(`list: ykman as a whole fails (${what}): AWS's devices are shown, the reason and its status too`, async () => {
    using it = alicesWorld();
    it.ykman.intercept = () => ({ code: 1, stderr });
    assert.equal(await mfa(it, "list"), 69, text(it));
    assert.match(text(it), says);
    assert.match(it.out.join(""), /mfa\/alice +virtual +- +not known: a key was not read/);
    assert.doesNotMatch(it.out.join(""), /on no plugged key|missing|not at AWS/);
    it.out.length = 0;
    assert.equal(await mfa(it, "list", "--json"), 69);
    const states = JSON.parse(it.out.join("")).map(({ state }: { state: string | null }) => state);
    assert.deepEqual(states, [null, "only_aws", "ok", null]);
  });
}

Deno.test("list: trouble of AWS with ListVirtualMFADevices is an error, a refusal is none", async () => {
  const faults = [
    [{ kind: "error", status: 403, code: "AccessDenied", message: "not authorized" }, 0],
    [{ kind: "unavailable" }, 75],
    [{ kind: "reset" }, 69],
    [{ kind: "error", status: 403, code: "InvalidClientTokenId", message: "unknown" }, 77],
  ] as const;
  for (const [fault, code] of faults) {
    using it = alicesWorld();
    it.aws.faults.add({ ...fault, action: "ListVirtualMFADevices", times: "always" });
    assert.equal(await mfa(it, "list"), code, text(it));
    if (code !== 0) continue;
    assert.match(it.out.join(""), /mfa\/ghost +virtual +11111111 +may be another user's/);
    it.out.length = 0;
    assert.equal(await mfa(it, "list", "--json"), 0);
    assert.doesNotMatch(it.out.join(""), /ghost/, "scripts are not told a guess");
  }
});

Deno.test("list: another user's account on the key is shown as theirs, and not to scripts", async () => {
  using it = alicesWorld({ keys: [fakeKey("11111111", { accounts: new Map([[carol.mfaSerial, "MFRGG"]]) })] });
  assert.equal(await mfa(it, "list"), 0, text(it));
  assert.match(it.out.join(""), /mfa\/carol +virtual +11111111 +may be another user's/);
  it.out.length = 0;
  assert.equal(await mfa(it, "list", "--json"), 0);
  assert.doesNotMatch(it.out.join(""), /carol/);
});

Deno.test("list: a device on the key that is enabled for nobody is at AWS; one that the user has no part in is not shown", async () => {
  using it = alicesWorld();
  const [device] = it.awsWorld.devices;
  it.awsWorld.devices.push(
    { ...device, serial: ghost, user: undefined },
    { ...device, serial: "arn:aws:iam::123456789012:mfa/somebodys", user: undefined },
  );
  assert.equal(await mfa(it, "list", "--json"), 0, text(it));
  const rows = JSON.parse(it.out.join(""));
  assert.deepEqual(rows.at(-1), {
    serial: ghost,
    kind: "virtual",
    at_aws: true,
    keys: ["11111111"],
    state: "only_aws",
    remark: "enabled for nobody: its enrolment or its removal was not finished",
  });
  assert.doesNotMatch(it.out.join(""), /somebodys/);
});

Deno.test("list: the profile that is named, else the active one, else the one that the AWS CLI takes, else default", async () => {
  const names = ["named", "active", "inherited", "cli", "cli-too", "default"];
  const variables = {
    AWS_USE_ACTIVE: "active",
    AWS_USE_PROFILE: "inherited",
    AWS_DEFAULT_PROFILE: "cli",
    AWS_PROFILE: "cli-too",
  };
  for (const [index, name] of names.entries()) {
    const left = Object.fromEntries(Object.entries(variables).slice(Math.max(0, index - 1)));
    using it = fakeWorld({
      config: "[default]\nregion = eu-central-1\n",
      // The only profile with keys is the one that is meant: no other could list its devices.
      credentials: `[${name}]\n${keysOf(alice)}`,
      keys: [],
      variables: left,
    });
    const words = index === 0 ? ["list", "named", "--json"] : ["list", "--json"];
    assert.equal(await mfa(it, ...words), 0, `${name}: ${text(it)}`);
    assert.equal(JSON.parse(it.out.join(""))[0].serial, alice.mfaSerial);
  }
});

Deno.test("mfa: an action that there is not, and none at all", async () => {
  using it = alicesWorld();
  assert.equal(await mfa(it, "enrol"), 64);
  assert.match(text(it), /there is no action "enrol" \(did you mean "enroll"\?\): enroll, list, resync, remove/);
  assert.equal(await mfa(it), 64);
  assert.match(text(it), /an action is missing: enroll, list, resync, remove/);
});
