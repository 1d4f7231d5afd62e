/** `mfa enroll` in a world where time passes at once: every refusal, every lost answer, every wait. */
import assert from "node:assert/strict";
import { windowAt } from "../../src/core/totp_window.ts";
import { keysOf } from "../support/bench.ts";
import { alice, bob, carol } from "../support/emulator/seed.ts";
import type { Fault } from "../support/emulator/faults.ts";
import {
  assertEnrolled,
  assertNothingLeft,
  assertSecretsKept,
  bobsConfig,
  bobsDevice,
  bobsWorld,
  mfa,
} from "../support/fake_world/mfa.ts";
import { configPath, credentialsPath, type FakeWorld, fakeWorld } from "../support/fake_world/world.ts";
import { fakeKey } from "../support/fake_world/ykman.ts";

const text = (it: FakeWorld) => it.seen.join("\n");

function seedsOf(it: FakeWorld): readonly string[] {
  return it.awsWorld.devices.flatMap(({ serial, secret }) => serial === bobsDevice && secret ? [secret] : []);
}

Deno.test("enroll: device, seed on the key, two codes, mfa_serial, proof; the seed and the codes are told to nobody", async () => {
  using it = bobsWorld();
  assert.equal(await mfa(it, "enroll", "--yes"), 0, text(it));
  assertEnrolled(it);
  assertSecretsKept(it, seedsOf(it));
  assert.deepEqual([...it.ykman.keys[0].touch], [bobsDevice]);
  const changing = it.aws.calls.filter((name) => name !== "GetCallerIdentity");
  assert.deepEqual(changing.slice(-3), ["CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken"]);
  assert.match(text(it), /touch YubiKey 11111111 for the first of two codes \(bob\)/);
  assert.match(text(it), /the second code comes in \d+ s/);
});

Deno.test("enroll: the MFA session that proves the device serves the next call, without another touch", async () => {
  using it = bobsWorld();
  assert.equal(await mfa(it, "enroll", "--yes"), 0);
  it.awsWorld.users.find(({ name }) => name === "bob")!.forceMfa = true;
  const touches = it.ykman.runs.filter((args) => args.includes("code")).length;
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assert.equal(it.ykman.runs.filter((args) => args.includes("code")).length, touches);
  assertNothingLeft(it);
});

Deno.test("enroll: a code is taken early in its window, and the wait for it is shown", async () => {
  using it = bobsWorld({ startMs: Date.UTC(2026, 5, 1, 12, 0, 20) });
  assert.equal(await mfa(it, "enroll", "--yes"), 0);
  assert.match(text(it), /the next codes come in 10 s/);
});

Deno.test("enroll: touches that come late, or not at all, are asked for again", async () => {
  using it = bobsWorld();
  it.ykman.touchMs = 14_000;
  assert.equal(await mfa(it, "enroll", "--yes"), 0, text(it));
  assertEnrolled(it);

  using missed = bobsWorld();
  missed.ykman.touchMs = Infinity;
  missed.aws.onCall = (name) => assert.notEqual(name, "EnableMFADevice");
  assert.equal(await mfa(missed, "enroll", "--yes"), 77);
  assert.equal(text(missed).match(/once more from the first code/g)?.length, 2);
  assert.match(text(missed), /error: YubiKey 11111111 was not touched in time/);
  assertNothingLeft(missed);
});

Deno.test("enroll: AWS and STS may need minutes to know the device: fresh codes, and words, meanwhile", async () => {
  using it = bobsWorld();
  Object.assign(it.awsWorld.settings, { mfaEnableDelaySeconds: 200, mfaStsDelaySeconds: 200 });
  assert.equal(await mfa(it, "enroll", "--yes"), 0, text(it));
  assertEnrolled(it);
  assert.match(text(it), /AWS does not take the codes yet, .* trying again with fresh codes, for at most \dm more/);
  assert.match(text(it), /STS does not know the device yet, .* trying again with fresh codes, for at most \dm more/);
});

Deno.test("enroll: after 5 minutes of refused codes it is undone", async () => {
  using it = bobsWorld();
  it.awsWorld.settings.mfaEnableDelaySeconds = 3600;
  const startMs = it.world.clock.nowMs();
  assert.equal(await mfa(it, "enroll", "--yes"), 77);
  const minutes = (it.world.clock.nowMs() - startMs) / 60_000;
  assert.ok(minutes > 5 && minutes < 7.5, `${minutes} minutes`);
  assert.match(text(it), /error: AWS does not take the codes of YubiKey 11111111 after 5 minutes/);
  assertNothingLeft(it);
});

Deno.test("enroll: once it is enabled nothing is undone: status 75, and the command that removes it", async () => {
  using it = bobsWorld();
  it.awsWorld.settings.mfaStsDelaySeconds = 3600;
  assert.equal(await mfa(it, "enroll", "--yes"), 75);
  assertEnrolled(it);
  assert.match(text(it), /error: the MFA device ".*mfa\/bob" is enabled for "bob", and /);
  assert.match(text(it), /aws-use mfa remove default --name bob --last$/);
});

const refused = { kind: "error", status: 403, code: "AccessDenied", message: "not authorized" } as const;
const kinds: Readonly<Record<string, Omit<Fault & { kind: "reset" }, "kind"> & { kind: string }>> = {
  refused,
  "5xx": { kind: "unavailable" },
  "answer lost": { kind: "reset", when: "after" },
};

/** Every call of an enrolment, and the exit code when all of its kind fail: 0 where another way is found. */
const calls: Readonly<Record<string, readonly [refused: number, trouble: number, lost: number]>> = {
  GetUser: [0, 75, 69],
  ListMFADevices: [0, 75, 69],
  ListVirtualMFADevices: [0, 0, 0],
  SimulatePrincipalPolicy: [0, 0, 0],
  CreateVirtualMFADevice: [77, 75, 69],
  EnableMFADevice: [77, 75, 0],
};

for (const [action, codes] of Object.entries(calls)) {
  for (const [index, [kind, fault]] of Object.entries(kinds).entries()) {
    Deno.test(`enroll: ${action}, ${kind}: nothing is left behind`, async () => {
      using it = bobsWorld();
      it.aws.faults.add({ ...fault, action, times: "always" } as Fault);
      const code = await mfa(it, "enroll", "--yes");
      assert.equal(code, codes[index], text(it));
      if (code === 0) assertEnrolled(it);
      else assertNothingLeft(it);
    });
  }
}

for (const [kind, fault] of Object.entries(kinds)) {
  Deno.test(`enroll: GetSessionToken, ${kind}: the device stays in force, with status 75`, async () => {
    using it = bobsWorld();
    it.aws.faults.add({ ...fault, action: "GetSessionToken", times: "always" } as Fault);
    assert.equal(await mfa(it, "enroll", "--yes"), 75, text(it));
    assertEnrolled(it);
    assert.match(text(it), /aws-use mfa remove default --name bob --last/);
  });

  Deno.test(`enroll: ${kind} of every way to remove the device: the exact command is shown`, async () => {
    using it = bobsWorld();
    it.aws.faults.add({ ...refused, action: "EnableMFADevice" });
    it.aws.faults.add({ ...fault, when: "before", action: "DeleteVirtualMFADevice", times: "always" } as Fault);
    assert.equal(await mfa(it, "enroll", "--yes"), 77);
    const command = `aws iam delete-virtual-mfa-device --serial-number ${bobsDevice} --profile default`;
    assert.ok(text(it).includes(`remove it with: ${command}`), text(it));
    assert.deepEqual([...it.ykman.keys[0].accounts], [], "what can be removed is");
  });
}

Deno.test("enroll: the lost answer of a deletion is no failure: there is nothing left, which is what was wanted", async () => {
  using it = bobsWorld();
  it.aws.faults.add({ ...refused, action: "EnableMFADevice" });
  it.aws.faults.add({ kind: "reset", when: "after", action: "DeleteVirtualMFADevice" });
  assert.equal(await mfa(it, "enroll", "--yes"), 77);
  assertNothingLeft(it);
  assert.doesNotMatch(text(it), /remove it with/);
});

Deno.test("enroll: AWS's answer to a wrong signature, which repeats the session token, is told without it", async () => {
  using it = bobsWorld();
  const token = `IQoJb3JpZ2luX2VjEJr${"x/4+aB_-".repeat(80)}==`;
  const message = `The Canonical String should have been 'POST\n/\n\nhost:iam\nx-amz-security-token:${token}\n\nhost'`;
  const refused = { kind: "error", status: 403, code: "AccessDenied", message: "not authorized" } as const;
  const mismatch = { ...refused, code: "SignatureDoesNotMatch", message } as const;
  it.aws.faults.add({ ...refused, action: "EnableMFADevice" });
  it.aws.faults.add({ ...mismatch, action: "DeleteVirtualMFADevice", times: "always" });
  assert.equal(await mfa(it, "enroll", "--yes"), 77);
  assert.match(text(it), /could not remove the MFA device .*: The Canonical String .* x-amz-security-token:… /);
  assert.doesNotMatch(text(it), /IQoJb3/);
});

Deno.test("enroll: a lost answer of EnableMFADevice that nobody can look up: nothing is removed, status 75", async () => {
  using it = bobsWorld();
  it.aws.faults.add({ kind: "reset", when: "after", action: "EnableMFADevice" });
  it.aws.faults.add({ kind: "unavailable", action: "ListMFADevices", skip: 1, times: "always" });
  assert.equal(await mfa(it, "enroll", "--yes"), 75, text(it));
  assert.equal(it.awsWorld.devices.find(({ serial }) => serial === bobsDevice)?.user, "bob");
  assert.ok(it.ykman.keys[0].accounts.has(bobsDevice));
  assert.match(text(it), /may be enabled for "bob", and AWS does not tell whether the device is enabled/);
});

Deno.test("enroll: a device that turns out to be in use keeps its account on the key", async () => {
  using it = bobsWorld();
  // AWS has done it, says that it has not, and lists it late.
  it.aws.faults.add({ kind: "reset", when: "after", action: "EnableMFADevice" });
  const list = it.aws.listMfaDevices;
  it.aws.listMfaDevices = async (...args) => ({ ...await list(...args), serials: [] });
  assert.notEqual(await mfa(it, "enroll", "--yes"), 0);
  assert.ok(it.ykman.keys[0].accounts.has(bobsDevice), "the person would be locked out");
  assert.match(text(it), /could not remove the MFA device .*in use/);
});

/** Each run of ykman, by a word that only it has. `after` is ykman's answer lost: the key has done it. */
const ykmanRuns: readonly (readonly [run: string, nth: number, when: "before" | "after"])[] = [
  ["--serials", 0, "before"],
  ["list", 1, "before"],
  ["add", 0, "before"],
  ["add", 0, "after"],
  ["code", 0, "before"],
  ["code", 1, "before"],
  ["code", 1, "after"],
];

for (const [word, nth, when] of ykmanRuns) {
  Deno.test(`enroll: ykman fails ${when} ${word} number ${nth + 1}: nothing is left behind`, async () => {
    using it = bobsWorld();
    let seen = 0;
    it.ykman.intercept = (args, at) =>
      at === when && args.includes(word) && seen++ === nth ? { code: 1, stderr: "Error: something else\n" } : undefined;
    assert.equal(await mfa(it, "enroll", "--yes"), 69, text(it));
    assertNothingLeft(it);
  });
}

Deno.test("enroll: a key that is pulled out in the middle: the device goes, and the command for the key is shown", async () => {
  using it = bobsWorld();
  it.ykman.intercept = (args) => {
    if (args.includes("code")) it.ykman.keys[0].isPluggedIn = false;
    return undefined;
  };
  assert.equal(await mfa(it, "enroll", "--yes"), 69);
  assert.deepEqual(it.awsWorld.devices.filter(({ serial }) => serial === bobsDevice), []);
  assert.match(
    text(it),
    /remove it with: ykman --device 11111111 oath accounts delete arn:aws:iam::123456789012:mfa\/bob/,
  );
  it.ykman.intercept = () => undefined;
  it.ykman.keys[0].isPluggedIn = true;
  await followHint(it, /hint: plug it in, .*, then: (.*)$/);
});

/** The commands that the last hint gives work as they stand there: what is left goes, and the enrolment succeeds. */
async function followHint(it: FakeWorld, hint: RegExp): Promise<void> {
  const [, commands] = hint.exec(it.seen.at(-1)!) ?? assert.fail(text(it));
  assert.equal(commands, `aws-use mfa remove default --name ${bobsDevice} --yes && aws-use mfa enroll --yes`);
  for (const command of commands.split(" && ")) {
    assert.equal(await mfa(it, ...command.split(" ").slice(2)), 0, `${command}: ${text(it)}`);
  }
  assertEnrolled(it);
}

Deno.test("enroll: the answer of CreateVirtualMFADevice is lost and the deletion refused: the hint removes the device first", async () => {
  using it = bobsWorld();
  it.aws.faults.add({ kind: "reset", when: "after", action: "CreateVirtualMFADevice" });
  it.aws.faults.add({ ...refused, action: "DeleteVirtualMFADevice" });
  assert.equal(await mfa(it, "enroll", "--yes"), 69, text(it));
  await followHint(it, /hint: check the network and HTTPS_PROXY; then: (.*)$/);
});

Deno.test("enroll: a hint that does not say to enrol again begins with the removal of what is left", async () => {
  using it = bobsWorld();
  it.aws.faults.add({ ...refused, action: "EnableMFADevice" });
  it.aws.faults.add({ ...refused, action: "DeleteVirtualMFADevice" });
  assert.equal(await mfa(it, "enroll", "--yes"), 77, text(it));
  const removal = `aws-use mfa remove default --name ${bobsDevice} --yes`;
  assert.ok(it.seen.at(-1)!.startsWith(`aws-use: hint: remove what is left: ${removal}; then `), text(it));
});

Deno.test("enroll --user: what is left is removed by hand first, before the other user is enrolled again", async () => {
  using it = fakeWorld({ config: bobsConfig, credentials: `[default]\n${keysOf(alice)}`, keys: [fakeKey("11111111")] });
  it.aws.faults.add({ kind: "unavailable", action: "EnableMFADevice", times: "always" });
  it.aws.faults.add({ ...refused, action: "DeleteVirtualMFADevice" });
  assert.equal(await mfa(it, "enroll", "--user", "bob"), 75, text(it));
  const removal = `aws iam delete-virtual-mfa-device --serial-number ${bobsDevice} --profile default`;
  assert.ok(it.seen.at(-1)!.endsWith(`: ${removal} && aws-use mfa enroll --user bob`), text(it));
});

Deno.test("enroll: Ctrl-C during a touch undoes it, says so, and ends with 130", async () => {
  using it = bobsWorld();
  it.ykman.intercept = (args, when) => {
    if (args.includes("code") && when === "before") queueMicrotask(() => it.interrupt());
    return undefined;
  };
  assert.equal(await mfa(it, "enroll", "--yes"), 130);
  assertNothingLeft(it);
  assert.match(text(it), /cancelled; removing what was made, for at most 60 s/);
  assert.match(text(it), /removed again: the MFA device/);
  assert.match(text(it), /removed again: the account on YubiKey 11111111/);
  assert.equal(it.seen.at(-1), "cancelled: what was made is removed again; once more: aws-use mfa enroll --yes");
});

Deno.test("enroll: Ctrl-C, and the device cannot be removed: what is still there, and the command", async () => {
  using it = bobsWorld();
  it.ykman.intercept = (args, when) => {
    if (args.includes("code") && when === "before") queueMicrotask(() => it.interrupt());
    return undefined;
  };
  it.aws.faults.add({ ...refused, action: "DeleteVirtualMFADevice", times: "always" });
  assert.equal(await mfa(it, "enroll", "--yes"), 130);
  assert.match(
    it.seen.at(-1)!,
    /cancelled: still there: the MFA device arn:\S+mfa\/bob; remove it: aws iam delete-virtual-mfa-device /,
  );
});

for (const action of ["CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken"]) {
  Deno.test(`enroll: Ctrl-C during ${action}`, async () => {
    using it = bobsWorld();
    it.aws.onCall = (name) => {
      if (name === action) it.interrupt();
    };
    const code = await mfa(it, "enroll", "--yes");
    if (action === "CreateVirtualMFADevice") {
      assert.equal(code, 130);
      assertNothingLeft(it);
    } else {
      // From EnableMFADevice on nothing is undone.
      assert.equal(code, 75);
      assert.equal(it.awsWorld.devices.find(({ serial }) => serial === bobsDevice)?.user, "bob");
      assert.ok(it.ykman.keys[0].accounts.has(bobsDevice));
      assert.match(text(it), /is enabled for "bob", and you cancelled the rest/);
      assert.match(text(it), /aws-use mfa remove default --name bob --last/);
    }
  });
}

Deno.test("enroll: mfa_serial is written when the person agrees, else the line is shown", async () => {
  using agreed = bobsWorld({ interactive: true, answers: [""] });
  assert.equal(await mfa(agreed, "enroll"), 0);
  assertEnrolled(agreed);
  assert.ok(text(agreed).includes(`write "mfa_serial = ${bobsDevice}" into profile "default" of ${configPath}? [Y/n]`));

  using it = bobsWorld({ interactive: true, answers: ["n"] });
  assert.equal(await mfa(it, "enroll"), 0, text(it));
  assert.equal(it.files.texts.get(configPath), bobsConfig);
  assert.ok(text(it).includes(`not written: put "mfa_serial = ${bobsDevice}" into profile "default"`));
});

Deno.test("enroll: where nobody can be asked whether to write mfa_serial, nothing is made", async () => {
  using it = bobsWorld();
  assert.equal(await mfa(it, "enroll"), 64, text(it));
  assert.match(
    text(it),
    /error: nobody can be asked whether to write mfa_serial into profile "default" of .*\n.*hint: .*: aws-use mfa enroll --yes$/,
  );
  assertNothingLeft(it);
  assert.ok(!it.aws.calls.includes("CreateVirtualMFADevice"));
});

Deno.test("enroll: an existing mfa_serial is replaced only when the person says so, not by --yes", async () => {
  const old =
    "[default]\n  region = eu-central-1\n  mfa_serial = arn:aws:iam::123456789012:mfa/old ; mine\n  output = json\n";
  using kept = bobsWorld({ config: old, interactive: false });
  assert.equal(await mfa(kept, "enroll", "--yes"), 0, text(kept));
  assert.equal(kept.files.texts.get(configPath), old);
  const told = (what: RegExp) => kept.seen.findIndex((line) => what.test(line));
  const before = told(/keeps mfa_serial = .*mfa\/old.*, because nobody can be asked whether to replace it/);
  assert.ok(before >= 0 && before < told(/the MFA device .* is made/), "told before anything is made");

  using unanswered = bobsWorld({ config: old, interactive: true, answers: [""] });
  assert.equal(await mfa(unanswered, "enroll", "--yes"), 0);
  assert.equal(unanswered.files.texts.get(configPath), old);

  using replaced = bobsWorld({ config: old, interactive: true, answers: ["y"] });
  assert.equal(await mfa(replaced, "enroll", "--yes"), 0);
  assert.equal(
    replaced.files.texts.get(configPath),
    `[default]\n  region = eu-central-1\n  mfa_serial = ${bobsDevice}\n  output = json\n`,
  );
  assert.equal(replaced.files.texts.get(`${configPath}.aws-use-backup`), old);
  assert.ok(
    replaced.seen.includes(
      `aws-use: mfa_serial is in profile "default" of ${configPath} (before: ${configPath}.aws-use-backup)`,
    ),
    text(replaced),
  );
});

Deno.test("enroll: mfa_serial goes to the profile that holds the keys, indented as its neighbors, where it stands already", async () => {
  const config =
    "# mine\r\n[profile ops]\r\n\trole_arn = arn:aws:iam::123456789012:role/admin\r\n\tsource_profile = bob\r\n" +
    "[profile bob]\r\n\tregion=eu-west-1\r\n\r\n[profile last]\r\nregion = us-east-1";
  const bob = `[bob]\n${bobsWorldKeys()}`;
  using it = bobsWorld({ config, credentials: bob });
  assert.equal(await mfa(it, "enroll", "ops", "--yes"), 0, text(it));
  assert.equal(
    it.files.texts.get(configPath),
    config.replace("\tregion=eu-west-1\r\n", `\tregion=eu-west-1\r\n\tmfa_serial = ${bobsDevice}\r\n`),
  );
  assert.equal(it.files.texts.get(credentialsPath), bob);

  const inCredentials = `[bob]\nmfa_serial = GAHT12345678\n${bobsWorldKeys()}`;
  using there = bobsWorld({ config, credentials: inCredentials, interactive: true, answers: ["yes"] });
  assert.equal(await mfa(there, "enroll", "bob"), 0, text(there));
  assert.equal(there.files.texts.get(configPath), config);
  assert.equal(there.files.texts.get(credentialsPath), inCredentials.replace("GAHT12345678", bobsDevice));
  assert.ok(there.seen.includes(`aws-use: mfa_serial is in profile "bob" of ${credentialsPath}`), text(there));
  assert.ok(!there.files.texts.has(`${credentialsPath}.aws-use-backup`), "a copy of the keys is left");
});

function bobsWorldKeys(): string {
  using it = bobsWorld();
  return it.files.texts.get(credentialsPath)!.replace("[default]\n", "");
}

Deno.test("enroll --user: an administrator enrols somebody else's key, and no config is touched", async () => {
  using it = fakeWorld({
    config: `[default]\nregion = eu-central-1\nmfa_serial = ${alice.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(alice)}`,
    keys: [fakeKey("11111111")],
  });
  const before = new Map(it.files.texts);
  assert.equal(await mfa(it, "enroll", "--user", "bob"), 0, text(it));
  assert.equal(it.awsWorld.devices.find(({ serial }) => serial === bobsDevice)?.user, "bob");
  assert.deepEqual(it.out, [`mfa_serial = ${bobsDevice}\n`]);
  assert.equal(it.files.texts.get(configPath), before.get(configPath));
  assert.equal(it.aws.calls.at(-1), "EnableMFADevice");

  assert.equal(await mfa(it, "enroll", "--user", "nobody"), 78);
  assert.match(text(it), /there is no IAM user "nobody" in this account/);
});

Deno.test("enroll --user: a lost answer that nobody can look up: status 75, and the commands that remove the device", async () => {
  using it = fakeWorld({ config: bobsConfig, credentials: `[default]\n${keysOf(alice)}`, keys: [fakeKey("11111111")] });
  it.aws.faults.add({ kind: "reset", when: "after", action: "EnableMFADevice" });
  it.aws.faults.add({ kind: "unavailable", action: "ListMFADevices", skip: 1, times: "always" });
  assert.equal(await mfa(it, "enroll", "--user", "bob"), 75, text(it));
  assert.ok(it.ykman.keys[0].accounts.has(bobsDevice));
  const of = `--serial-number ${bobsDevice} --profile default`;
  const commands = `aws iam deactivate-mfa-device --user-name bob ${of} && aws iam delete-virtual-mfa-device ${of}`;
  assert.ok(text(it).endsWith(`hint: remove it, if it shall go: ${commands}`), text(it));
});

/** Each change of an enrolment with two keys, by a call of AWS or a run of ykman that fails. */
const changes: readonly (readonly [what: string, prepare: (it: FakeWorld) => void])[] = [
  ["CreateVirtualMFADevice", (it) => failing(it, "CreateVirtualMFADevice")],
  ["EnableMFADevice", (it) => failing(it, "EnableMFADevice")],
  ...["add", "code"].flatMap((word) =>
    [0, 1].flatMap((nth) =>
      (["before", "after"] as const).map((when) =>
        [`${word} number ${nth + 1}, ${when}`, (it: FakeWorld) => failingRun(it, word, nth, when)] as const
      )
    )
  ),
];

function failing(it: FakeWorld, action: string): void {
  it.aws.faults.add({ ...refused, action, times: "always" });
}

function failingRun({ ykman }: FakeWorld, word: string, nth: number, when: "before" | "after"): void {
  let seen = 0;
  ykman.intercept = (args, at) =>
    at === when && args.includes(word) && seen++ === nth ? { code: 1, stderr: "Error: something else\n" } : undefined;
}

for (const [what, prepare] of changes) {
  Deno.test(`enroll --keys 2: ${what} fails: nothing is left on either key, nor at AWS`, async () => {
    using it = bobsWorld({ keys: [fakeKey("11111111"), fakeKey("22222222")] });
    prepare(it);
    assert.notEqual(await mfa(it, "enroll", "--keys", "2", "--yes"), 0);
    assertNothingLeft(it);
  });
}

Deno.test("enroll --keys 2: keys that are plugged in get the same seed, and their codes are compared", async () => {
  using it = bobsWorld({ keys: [fakeKey("11111111"), fakeKey("22222222")] });
  assert.equal(await mfa(it, "enroll", "--keys", "2", "--yes"), 0, text(it));
  assertEnrolled(it, ["11111111", "22222222"]);
  assertSecretsKept(it, seedsOf(it));
  const codes = it.ykman.runs.filter((args) => args.includes("code")).map((args) => args[1]);
  assert.deepEqual(codes, ["22222222", "11111111", "11111111", "11111111"]);
});

Deno.test("enroll --keys 2: a key that computes other codes is told, and all is undone", async () => {
  using it = bobsWorld({ keys: [fakeKey("11111111"), fakeKey("22222222")] });
  it.ykman.intercept = (args, when) => {
    const key = it.ykman.keys[1];
    if (when === "after" && args.includes("add") && args.includes(key.serial)) {
      key.accounts.set(bobsDevice, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
    return undefined;
  };
  assert.equal(await mfa(it, "enroll", "--keys", "2", "--yes"), 69);
  assert.match(text(it), /error: YubiKey 22222222 computes another code/);
  assertNothingLeft(it);
});

Deno.test("enroll --keys 2: the spare is plugged in when it is asked for, also in place of the first", async () => {
  const [first, spare] = [fakeKey("11111111"), fakeKey("22222222", { isPluggedIn: false })];
  using it = bobsWorld({ keys: [first, spare], interactive: true });
  const { terminal } = it.world;
  const asked: string[] = [];
  Object.assign(terminal, {
    ask(question: string) {
      asked.push(question);
      if (asked.length === 1) return Promise.resolve("");
      const isSpare = question.includes("plug in the spare");
      spare.isPluggedIn = isSpare;
      first.isPluggedIn = !isSpare;
      return Promise.resolve("");
    },
  });
  assert.equal(await mfa(it, "enroll", "--keys", "2", "--yes"), 0, text(it));
  assert.deepEqual(asked, [
    "aws-use: plug in the spare YubiKey (2 of 2), then press Enter:",
    "aws-use: plug in the spare YubiKey (2 of 2), then press Enter:",
    "aws-use: plug YubiKey 11111111 in again, then press Enter:",
  ]);
  assert.match(text(it), /no other YubiKey is plugged in/);
  assertEnrolled(it, ["11111111", "22222222"]);

  using nobody = bobsWorld({ keys: [fakeKey("11111111")] });
  assert.equal(await mfa(nobody, "enroll", "--keys", "2", "--yes"), 69);
  assert.match(text(nobody), /1 of 2 YubiKeys are plugged in \(11111111\)/);
  assertNothingLeft(nobody);
});

Deno.test("enroll --no-touch: a code without a touch", async () => {
  using it = bobsWorld();
  assert.equal(await mfa(it, "enroll", "--no-touch", "--yes"), 0);
  assertEnrolled(it);
  assert.deepEqual([...it.ykman.keys[0].touch], []);
});

Deno.test("enroll --show-seed, --qr: the seed is shown on the terminal's other screen, and only there", async () => {
  using it = bobsWorld({ interactive: true, answers: [""] });
  assert.equal(await mfa(it, "enroll", "--show-seed", "--qr", "--yes"), 0, text(it));
  const [seed] = seedsOf(it);
  const shown = it.seen.filter((line) => line.includes(seed));
  assert.equal(shown.length, 1);
  assert.ok(shown[0].startsWith("\x1b[?1049h"));
  assert.ok(shown[0].includes("█") && it.seen.some((line) => line.endsWith("\x1b[?1049l")));

  using nobody = bobsWorld();
  assert.equal(await mfa(nobody, "enroll", "--show-seed", "--yes"), 64);
  assertNothingLeft(nobody);
});

interface Check {
  readonly what: string;
  readonly prepare?: (it: FakeWorld) => void;
  readonly words?: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const checks: readonly Check[] = [
  {
    what: "no key",
    prepare: (it) => void (it.ykman.keys.length = 0),
    code: 69,
    says: /error: no YubiKey is plugged in/,
  },
  {
    what: "two keys and no word which",
    prepare: (it) => void it.ykman.keys.push(fakeKey("22222222")),
    code: 78,
    says: /2 YubiKeys are plugged in \(11111111, 22222222\), and 1 wanted\n.*--keys 2/,
  },
  {
    what: "OATH switched off",
    prepare: (it) => {
      it.ykman.intercept = (args) =>
        args.includes("oath")
          ? {
            code: 1,
            stderr: "Error: Command 'oath' requires one of the following USB interfaces to be enabled: 'CCID'.\n",
          }
          : undefined;
    },
    code: 69,
    says: /YubiKey 11111111 has OATH switched off/,
  },
  {
    what: "a key full of accounts",
    prepare: (it) => {
      for (let i = 0; i < 32; i++) it.ykman.keys[0].accounts.set(`shop:${i}`, "MFRGG");
    },
    code: 69,
    says: /YubiKey 11111111 has no room: it holds 32 OATH accounts/,
  },
  {
    what: "an account of that name on the key",
    prepare: (it) => void it.ykman.keys[0].accounts.set(bobsDevice, "MFRGG"),
    code: 78,
    says: /YubiKey 11111111 has an account ".*mfa\/bob" already.*\n.*ykman --device 11111111 oath accounts delete/,
  },
  {
    what: "a name that is too long for the key",
    words: ["--name", "b".repeat(35)],
    code: 64,
    says: /has 65 bytes, and a YubiKey holds names of 64\n.*at most 34 characters/,
  },
  { what: "a name that AWS does not take", words: ["--name", "a/b"], code: 64, says: /is no name that AWS takes/ },
  {
    what: "a device of that name, somebody else's",
    words: ["--name", "alice"],
    code: 78,
    says: /AWS has an MFA device ".*mfa\/alice" already\n.*aws-use mfa enroll --yes --name alice-2/,
  },
  {
    what: "eight devices",
    prepare: (it) => {
      for (let i = 0; i < 8; i++) {
        it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: `${bobsDevice}${i}`, user: "bob" });
      }
    },
    code: 78,
    says: /"bob" has 8 MFA devices, and AWS allows 8/,
  },
  {
    what: "policies that do not allow it",
    prepare: (it) => void (it.awsWorld.users.find(({ name }) => name === "bob")!.deny = ["iam:EnableMFADevice"]),
    code: 77,
    says: /IAM does not allow iam:EnableMFADevice to "bob"\n.*aws-use mfa enroll PROFILE --user bob/,
  },
  {
    what: "a clock that is off, which is told once",
    prepare: (it) => void (it.aws.clockOffset = () => 95),
    code: 75,
    says: /^(?:(?!clock is)[^])*error: clock is 95 s behind AWS/,
  },
  { what: "a number of keys that is none", words: ["--keys", "two"], code: 64, says: /--keys is "two"/ },
  {
    what: "a flag of another action",
    words: ["--last"],
    code: 64,
    says: /--last means nothing to "mfa enroll"\n.*hint: aws-use mfa enroll --help/,
  },
];

for (const { what, prepare, words = [], code, says } of checks) {
  Deno.test(`enroll checks first: ${what}`, async () => {
    using it = bobsWorld();
    prepare?.(it);
    assert.equal(await mfa(it, "enroll", "--yes", ...words), code, text(it));
    assert.match(text(it), says);
    assert.ok(!it.aws.calls.includes("CreateVirtualMFADevice"), "nothing was made");
    assert.equal(it.files.texts.get(configPath), bobsConfig);
  });
}

Deno.test("enroll: permissions that cannot be asked for: the first refusal ends it and is undone", async () => {
  using it = bobsWorld();
  it.awsWorld.users.find(({ name }) => name === "bob")!.deny = ["iam:SimulatePrincipalPolicy", "iam:EnableMFADevice"];
  assert.equal(await mfa(it, "enroll", "--yes"), 77);
  assert.match(text(it), /error: AWS refuses iam:EnableMFADevice/);
  assertNothingLeft(it);
});

Deno.test("enroll: where IAM wants an MFA session for it, one is taken with the device that is there", async () => {
  const second = "arn:aws:iam::123456789012:mfa/spare";
  using it = fakeWorld({
    config: `[default]\nregion = eu-central-1\nmfa_serial = ${carol.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(carol)}`,
    keys: [
      fakeKey("11111111", {
        accounts: new Map([[carol.mfaSerial, carol.mfaSecret]]),
        touch: new Set([carol.mfaSerial]),
      }),
    ],
    answers: ["y"],
    interactive: true,
  });
  it.aws.onCall = (name) => {
    // A policy that is stricter than AWS's example.
    const isPlain = !it.awsWorld.sessions.some(({ mfaAt }) => mfaAt !== undefined);
    if (name === "CreateVirtualMFADevice" && isPlain) it.aws.faults.add({ ...refused, action: name });
  };
  assert.equal(await mfa(it, "enroll", "--name", "spare"), 0, text(it));
  assert.match(text(it), /IAM wants an MFA session; taking one with arn:aws:iam::123456789012:mfa\/carol/);
  assert.equal(it.awsWorld.devices.find(({ serial }) => serial === second)?.user, "carol");
  assert.ok(it.awsWorld.sessions.length >= 2);
  assert.ok(windowAt(it.world.clock.nowMs()) > 0);
});

for (const words of [[], ["--keys", "1"]]) {
  Deno.test(`enroll ${words.join(" ")}: of two keys the one that is named gets the seed`, async () => {
    using it = bobsWorld({
      keys: [fakeKey("11111111"), fakeKey("22222222")],
      interactive: true,
      answers: ["33333333", "22222222"],
    });
    assert.equal(await mfa(it, "enroll", "--yes", ...words), 0, text(it));
    assertEnrolled(it, ["22222222"]);
    assert.match(text(it), /which YubiKey gets the seed, 11111111 or 22222222\?/);
    assert.match(text(it), /that serial number is not among them/);

    using unnamed = bobsWorld({ keys: [fakeKey("11111111"), fakeKey("22222222")], interactive: true, answers: [""] });
    assert.equal(await mfa(unnamed, "enroll", "--yes", ...words), 130);
    assertNothingLeft(unnamed);

    const config = `${bobsConfig}aws_use_yubikey = 22222222\n`;
    using named = bobsWorld({ keys: [fakeKey("11111111"), fakeKey("22222222")], config });
    assert.equal(await mfa(named, "enroll", "--yes", ...words), 0, text(named));
    assert.deepEqual(named.ykman.keys.map(({ accounts }) => accounts.size), [0, 1]);
  });
}

Deno.test("enroll: what is to be typed next names the profile, also one that is called like a verb or a flag", async () => {
  using unfinished = bobsWorld({ config: "", credentials: `[clear]\n${keysOf(bob)}` });
  unfinished.awsWorld.settings.mfaStsDelaySeconds = 3600;
  assert.equal(await mfa(unfinished, "enroll", "clear", "--yes"), 75, text(unfinished));
  assert.match(text(unfinished), /hint: use it: aws-use use clear; or remove it: aws-use mfa remove clear /);

  const profile = "a --name b";
  using taken = bobsWorld({ config: "", credentials: `[${profile}]\n${keysOf(bob)}` });
  assert.equal(await mfa(taken, "enroll", profile, "--name", "alice", "--yes"), 78, text(taken));
  assert.match(text(taken), /another name: aws-use mfa enroll 'a --name b' --yes --name alice-2(;|$)/m);
});

Deno.test("enroll: a device of that name that is enabled for nobody: the command that deletes it", async () => {
  using it = bobsWorld();
  it.aws.faults.add({ ...refused, action: "EnableMFADevice" });
  it.aws.faults.add({ ...refused, action: "DeleteVirtualMFADevice", times: 1 });
  assert.equal(await mfa(it, "enroll", "--yes"), 77, "its undoing failed too");
  assert.equal(await mfa(it, "enroll", "--yes"), 78);
  assert.match(
    text(it),
    /AWS has an MFA device ".*mfa\/bob" already, which is enabled for nobody\n.*hint: delete it: aws-use mfa remove default --name bob; or give the new one another name: aws-use mfa enroll --yes --name bob-2$/,
  );
  assert.equal(await mfa(it, "remove", "default", "--name", "bob", "--yes"), 0, text(it));
  assert.equal(await mfa(it, "enroll", "--yes"), 0, text(it));
  assertEnrolled(it);
});

Deno.test("enroll: a device of that name of which AWS does not tell whose it is", async () => {
  using it = bobsWorld();
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: bobsDevice, user: undefined });
  it.aws.faults.add({ ...refused, action: "ListVirtualMFADevices", times: "always" });
  assert.equal(await mfa(it, "enroll", "--yes"), 78);
  assert.match(
    text(it),
    /; or, where nobody uses it, delete that one: aws iam delete-virtual-mfa-device --serial-number/,
  );
});

Deno.test("enroll --user: a device of that name that is enabled for nobody is deleted by hand", async () => {
  using it = fakeWorld({ config: bobsConfig, credentials: `[default]\n${keysOf(alice)}`, keys: [fakeKey("11111111")] });
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: bobsDevice, user: undefined });
  assert.equal(await mfa(it, "enroll", "--user", "bob"), 78);
  assert.match(
    text(it),
    /delete it: aws iam delete-virtual-mfa-device --serial-number \S+mfa\/bob --profile default; or/,
  );
});

Deno.test("enroll: a wrong value of a flag is told before the profile and the config are looked at", async () => {
  for (
    const [flag, value] of [["--keys", "0"], ["--keys", "nine"], ["--name", "a b"], ["--name", ""], ["--user", ""], [
      "--user",
      "a/b",
    ]]
  ) {
    using it = bobsWorld({ config: "this is no config\n" });
    assert.equal(await mfa(it, "enroll", "no-such-profile", flag, value), 64, `${flag} ${value}: ${text(it)}`);
    assert.deepEqual(it.aws.calls, []);
  }
  for (const action of ["resync", "remove"]) {
    using it = bobsWorld();
    assert.equal(await mfa(it, action, "--name", ""), 64, text(it));
    assert.match(text(it), /error: "" is no name that AWS takes for an MFA device\n/);
    assert.deepEqual(it.aws.calls, []);
  }
});
