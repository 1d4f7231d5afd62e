/** `mfa remove` in a world where time passes at once. */
import assert from "node:assert/strict";
import { keysOf } from "../support/bench.ts";
import type { Fault } from "../support/emulator/faults.ts";
import { alice, carol } from "../support/emulator/seed.ts";
import { mfa } from "../support/fake_world/mfa.ts";
import {
  configPath,
  credentialsPath,
  type FakeWorld,
  fakeWorld,
  type FakeWorldOptions,
} from "../support/fake_world/world.ts";
import { type FakeKey, fakeKey } from "../support/fake_world/ykman.ts";

const text = (it: FakeWorld) => it.seen.join("\n");
const config = `[default]\nregion = eu-central-1\nmfa_serial = ${alice.mfaSerial}\n`;

function keyOf({ mfaSerial, mfaSecret }: { mfaSerial: string; mfaSecret: string }): FakeKey {
  return fakeKey("11111111", {
    accounts: new Map([[mfaSerial, mfaSecret], ["shop:alice", "MFRGG"]]),
    touch: new Set([mfaSerial]),
  });
}

function alicesWorld(options: Partial<FakeWorldOptions> = {}): FakeWorld {
  return fakeWorld({ config, credentials: `[default]\n${keysOf(alice)}`, keys: [keyOf(alice)], ...options });
}

const isAtAws = (it: FakeWorld, serial: string = alice.mfaSerial) =>
  it.awsWorld.devices.some((device) => device.serial === serial);

function assertGone(it: FakeWorld): void {
  assert.ok(!isAtAws(it), "it is at AWS");
  assert.deepEqual([...it.ykman.keys[0].accounts.keys()], ["shop:alice"]);
  assert.equal(it.files.texts.get(configPath), "[default]\nregion = eu-central-1\n");
}

function assertUntouched(it: FakeWorld): void {
  assert.ok(isAtAws(it));
  assert.ok(it.ykman.keys[0].accounts.has(alice.mfaSerial));
  assert.equal(it.files.texts.get(configPath), config);
}

Deno.test("remove: at AWS, on the key and in the config, after a question that names all three", async () => {
  using it = alicesWorld({ interactive: true, answers: ["y"] });
  assert.equal(await mfa(it, "remove", "--last"), 0, text(it));
  assertGone(it);
  const question = it.seen.find((line) => line.endsWith("? [y/N]"));
  assert.equal(
    question,
    `aws-use: remove ${alice.mfaSerial}: the device of alice at AWS; the account on YubiKey 11111111; ` +
      'mfa_serial of profile "default"? [y/N]',
  );
  assert.ok(!it.ykman.runs.some((args) => args.includes("code")), "no touch was asked for");
});

Deno.test("remove: any answer but yes leaves all as it is, and so does nobody to ask", async () => {
  for (const answer of ["", "n", "x"]) {
    using it = alicesWorld({ interactive: true, answers: [answer] });
    assert.equal(await mfa(it, "remove", "--last"), 130);
    assertUntouched(it);
  }
  using nobody = alicesWorld();
  assert.equal(await mfa(nobody, "remove", "--last"), 64);
  assert.match(text(nobody), /hint: answer on the command line: aws-use mfa remove --last --yes/);
  assertUntouched(nobody);
});

Deno.test("remove: the last device only with --last, which --yes does not answer", async () => {
  using it = alicesWorld({ interactive: true, answers: ["y", "y"] });
  assert.equal(await mfa(it, "remove", "--yes"), 64);
  assert.match(text(it), /error: ".*mfa\/alice" is the last MFA device of "alice"\n.*aws-use mfa remove --yes --last/);
  assertUntouched(it);
  assert.equal(await mfa(it, "remove", "--yes", "--last"), 0);
  assertGone(it);
});

Deno.test("remove: one of several by its name, whatever the others are", async () => {
  using it = alicesWorld();
  const spare = "arn:aws:iam::123456789012:mfa/spare";
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: spare, user: "alice" });
  assert.equal(await mfa(it, "remove", "--yes", "--name", "nothing"), 78);
  assert.match(text(it), /"alice" has no MFA device "nothing"; there is: .*mfa\/alice, .*mfa\/spare/);
  assert.equal(await mfa(it, "remove", "--yes", "--name", "spare"), 0, text(it));
  assertUntouched(it);
  assert.ok(!isAtAws(it, spare));
});

Deno.test("remove: the profile's own device is meant where there are several", async () => {
  using it = alicesWorld();
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: "GAHT12345678", kind: "hardware", user: "alice" });
  assert.equal(await mfa(it, "remove", "--yes"), 0, text(it));
  assertGone(it);
});

Deno.test("remove: every profile that names the device loses the line, and lists lose the entry", async () => {
  const other = "arn:aws:iam::123456789012:mfa/other";
  using it = alicesWorld({
    config:
      `${config}\n[profile admin]\n# the role\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n` +
      `mfa_serial=${alice.mfaSerial}\naws_use_mfa_serials = ${other} ${alice.mfaSerial}\n\n[profile else]\nmfa_serial = ${other}\n`,
    credentials: `[default]\n${keysOf(alice)}mfa_serial = ${alice.mfaSerial}\n`,
  });
  assert.equal(await mfa(it, "remove", "--yes", "--last"), 0, text(it));
  assert.equal(
    it.files.texts.get(configPath),
    "[default]\nregion = eu-central-1\n\n[profile admin]\n# the role\nrole_arn = arn:aws:iam::123456789012:role/admin\n" +
      `source_profile = default\naws_use_mfa_serials = ${other}\n\n[profile else]\nmfa_serial = ${other}\n`,
  );
  assert.equal(it.files.texts.get(credentialsPath), `[default]\n${keysOf(alice)}`);
});

Deno.test("remove: where IAM wants an MFA session, one is taken with the device itself, once", async () => {
  using it = fakeWorld({ config: "[default]\n", credentials: `[default]\n${keysOf(carol)}`, keys: [keyOf(carol)] });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assert.ok(!isAtAws(it, carol.mfaSerial));
  assert.equal(it.ykman.runs.filter((args) => args.includes("code")).length, 1);
  assert.deepEqual(it.aws.calls.slice(-5), [
    "DeactivateMFADevice",
    "ListMFADevices",
    "GetSessionToken",
    "DeactivateMFADevice",
    "DeleteVirtualMFADevice",
  ]);
});

const lost: Readonly<Record<string, Fault>> = {
  "AWS's trouble": { kind: "unavailable" },
  "an answer that is lost": { kind: "reset", when: "after" },
};

for (const [what, fault] of Object.entries(lost)) {
  for (const action of ["DeactivateMFADevice", "DeleteVirtualMFADevice"]) {
    Deno.test(`remove: ${what} to ${action} is met by asking again`, async () => {
      using it = alicesWorld();
      it.aws.faults.add({ ...fault, action });
      assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
      assertGone(it);
    });
  }
}

Deno.test("remove: refused at AWS, nothing else is touched; half removed, it is found again by its name", async () => {
  using it = alicesWorld();
  it.aws.faults.add({ kind: "unavailable", action: "DeleteVirtualMFADevice", times: 3 });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 75);
  assert.match(text(it), /aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::123456789012:mfa\/alice/);
  assert.equal(it.files.texts.get(configPath), config);
  assert.ok(it.ykman.keys[0].accounts.has(alice.mfaSerial));
  assert.equal(await mfa(it, "remove", "--yes", "--name", "alice"), 0, text(it));
  assertGone(it);
});

Deno.test("remove: a key that is not plugged in is told, and the rest is done", async () => {
  using it = alicesWorld({ keys: [fakeKey("22222222", { accounts: new Map([[`${alice.mfaSerial}2`, "MFRGG"]]) })] });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assert.ok(!isAtAws(it));
  assert.deepEqual([...it.ykman.keys[0].accounts.keys()], [`${alice.mfaSerial}2`], "a longer name is another account");
  assert.match(text(it), /ykman oath accounts delete arn:aws:iam::123456789012:mfa\/alice/);
});

Deno.test("remove: what only the key has is removed there", async () => {
  const ghost = "arn:aws:iam::123456789012:mfa/ghost";
  using it = alicesWorld({ keys: [fakeKey("11111111", { accounts: new Map([[ghost, "MFRGG"]]) })] });
  assert.equal(await mfa(it, "remove", "--yes", "--name", "ghost"), 0, text(it));
  assert.deepEqual([...it.ykman.keys[0].accounts.keys()], []);
  assert.ok(isAtAws(it));
});

Deno.test("remove: another user's account on the key is no candidate; by its ARN only after a question, --yes or not", async () => {
  const made = (answers: string[] = []) => {
    const accounts = new Map<string, string>([[alice.mfaSerial, alice.mfaSecret], [carol.mfaSerial, "MFRGG"]]);
    const other = `[profile other]\nmfa_serial = ${carol.mfaSerial}\n`;
    return alicesWorld({
      config: config + other,
      keys: [fakeKey("11111111", { accounts })],
      interactive: answers.length > 0,
      answers,
    });
  };
  using it = made();
  assert.equal(await mfa(it, "remove", "--yes", "--name", "carol"), 78, text(it));
  assert.equal(await mfa(it, "remove", "--yes", "--name", carol.mfaSerial), 64, text(it));
  assert.match(text(it), /may have it enabled for another user/);
  assert.ok(it.ykman.keys[0].accounts.has(carol.mfaSerial));
  using asked = made(["y"]);
  assert.equal(await mfa(asked, "remove", "--yes", "--name", carol.mfaSerial), 0, text(asked));
  assert.ok(!asked.ykman.keys[0].accounts.has(carol.mfaSerial));
  assert.ok(isAtAws(asked, carol.mfaSerial));
  assert.match(asked.files.texts.get(configPath)!, /\[profile other\]\nmfa_serial = /);
});
