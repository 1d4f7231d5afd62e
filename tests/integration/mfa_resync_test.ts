/** `mfa resync` in a world where time passes at once. */
import assert from "node:assert/strict";
import { totpCode } from "../../src/core/totp.ts";
import { windowAt } from "../../src/core/totp_window.ts";
import { AwsError } from "../../src/world/aws.ts";
import { keysOf } from "../support/bench.ts";
import { alice } from "../support/emulator/seed.ts";
import { mfa } from "../support/fake_world/mfa.ts";
import { type FakeWorld, fakeWorld, type FakeWorldOptions } from "../support/fake_world/world.ts";
import { fakeKey } from "../support/fake_world/ykman.ts";

const text = (it: FakeWorld) => it.seen.join("\n");

function alicesWorld(options: Partial<FakeWorldOptions> = {}): FakeWorld {
  const accounts = new Map<string, string>([[alice.mfaSerial, alice.mfaSecret]]);
  const it = fakeWorld({
    config: `[default]\nregion = eu-central-1\nmfa_serial = ${alice.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(alice)}`,
    keys: [fakeKey("11111111", { accounts, touch: new Set([alice.mfaSerial]) })],
    ...options,
  });
  deviceOf(it).driftWindows = 5;
  return it;
}

const deviceOf = (it: FakeWorld) => it.awsWorld.devices.find(({ serial }) => serial === alice.mfaSerial)!;

Deno.test("resync: two codes that follow each other, and AWS is in step", async () => {
  using it = alicesWorld();
  assert.equal(await mfa(it, "resync", "--yes"), 0, text(it));
  assert.equal(deviceOf(it).driftWindows, 0);
  assert.equal(it.ykman.codes.length, 2);
  assert.match(text(it), /aws-use: AWS is in step with arn:aws:iam::123456789012:mfa\/alice again/);
});

Deno.test("resync: asks on a terminal, unless --yes answers", async () => {
  using it = alicesWorld({ interactive: true, answers: ["n"] });
  assert.equal(await mfa(it, "resync"), 130);
  assert.match(text(it), /resync arn:aws:iam::123456789012:mfa\/alice with two codes of YubiKey 11111111\? \[Y\/n\]/);
  assert.equal(it.ykman.codes.length, 0);
  assert.equal(await mfa(it, "resync", "--yes"), 0, text(it));
  assert.equal(deviceOf(it).driftWindows, 0);

  using nobody = alicesWorld();
  assert.equal(await mfa(nobody, "resync"), 64);
  assert.match(text(nobody), /nobody can be asked whether to resync .*\n.*hint: .*: aws-use mfa resync --yes/);
  assert.equal(nobody.ykman.codes.length, 0);
});

Deno.test("resync: of several keys that hold the device the one that the profile names is asked", async () => {
  const accounts = () => new Map<string, string>([[alice.mfaSerial, alice.mfaSecret]]);
  using it = alicesWorld({
    config: `[default]\nregion = eu-central-1\nmfa_serial = ${alice.mfaSerial}\naws_use_yubikey = 22222222\n`,
    keys: [fakeKey("11111111", { accounts: accounts() }), fakeKey("22222222", { accounts: accounts() })],
  });
  assert.equal(await mfa(it, "resync", "--yes"), 0, text(it));
  const asked = it.ykman.runs.filter((args) => args.includes("code"));
  assert.ok(asked.length === 2 && asked.every((args) => args.includes("22222222")));
});

Deno.test("resync: codes of windows that were not spent before", async () => {
  using it = alicesWorld();
  deviceOf(it).driftWindows = 0;
  assert.equal(await mfa(it, "resync", "--yes"), 0);
  assert.equal(await mfa(it, "resync", "--yes"), 0, text(it));
  assert.equal(new Set(it.ykman.codes).size, 4, "no code twice");
});

Deno.test("resync: a device with another seed is said to be one", async () => {
  using it = alicesWorld();
  it.ykman.keys[0].accounts.set(alice.mfaSerial, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  assert.equal(await mfa(it, "resync", "--yes"), 77);
  assert.match(
    text(it),
    /AWS does not take the two codes for ".*mfa\/alice": the device has another seed\n.*mfa remove/,
  );
});

Deno.test("resync: a lost answer, and AWS's trouble, are told; no code goes out twice", async () => {
  for (const [fault, code] of [[{ kind: "reset", when: "after" }, 69], [{ kind: "unavailable" }, 75]] as const) {
    using it = alicesWorld();
    it.aws.faults.add({ ...fault, action: "ResyncMFADevice", times: "always" });
    assert.equal(await mfa(it, "resync", "--yes"), code, text(it));
    assert.equal(it.aws.calls.filter((name) => name === "ResyncMFADevice").length, 1);
    assert.match(
      text(it),
      /; AWS may have resynchronized the device all the same\n.*takes a code: aws-use default --no-cache; if not: aws-use mfa resync --yes$/,
    );
  }
});

Deno.test("resync: a lost answer, told for a profile that is called like a verb", async () => {
  using it = alicesWorld({ config: "", credentials: `[list]\nmfa_serial = ${alice.mfaSerial}\n${keysOf(alice)}` });
  it.aws.faults.add({ kind: "reset", when: "after", action: "ResyncMFADevice", times: "always" });
  assert.equal(await mfa(it, "resync", "list", "--yes"), 69, text(it));
  assert.match(text(it), /takes a code: aws-use use list --no-cache; if not: aws-use mfa resync list --yes$/);
});

Deno.test("resync: where IAM wants an MFA session, one is taken, and it goes on with fresh codes", async () => {
  using it = alicesWorld();
  const phone = "arn:aws:iam::123456789012:mfa/phone";
  deviceOf(it).driftWindows = 0;
  it.awsWorld.devices.push({ ...deviceOf(it), serial: phone, driftWindows: 0, spentWindows: new Set() });
  it.ykman.keys[0].accounts.set(phone, alice.mfaSecret);
  it.aws.faults.add({
    kind: "error",
    status: 403,
    code: "AccessDenied",
    message: "not authorized",
    action: "ResyncMFADevice",
  });
  assert.equal(await mfa(it, "resync", "--yes", "--name", "phone"), 0, text(it));
  assert.match(text(it), /IAM wants an MFA session; taking one with .*mfa\/alice/);
  assert.match(text(it), /the two codes are spent with the refusal; once more with fresh ones/);
  assert.equal(it.ykman.codes.length, 5, "two codes, one for the session, two fresh ones");
});

Deno.test("resync: a key that could not be read is not said to lack the account", async () => {
  using it = alicesWorld();
  it.ykman.keys[0].password = "x";
  assert.equal(await mfa(it, "resync", "--yes"), 69, text(it));
  assert.match(
    text(it),
    /error: cannot tell whether a YubiKey has ".*mfa\/alice": YubiKey 11111111 wants its OATH password\n.*oath access remember; or type the codes in a terminal/,
  );
});

Deno.test("resync: a wrong clock is told before a touch is wasted", async () => {
  using it = alicesWorld();
  it.aws.clockOffset = () => -40;
  assert.equal(await mfa(it, "resync", "--yes"), 75);
  assert.equal(text(it).match(/clock is 40 s ahead of AWS/g)?.length, 1, text(it));
  assert.equal(it.ykman.codes.length, 0);

  using typed = alicesWorld({ keys: [], interactive: true, answers: ["n"] });
  typed.aws.clockOffset = () => -40;
  assert.equal(await mfa(typed, "resync"), 130);
  assert.match(text(typed), /warning: clock is 40 s ahead of AWS/, "codes of another clock are sent as they are");
});

Deno.test("resync: a device on no key is read off and typed; without a terminal the keys are named", async () => {
  using it = alicesWorld({ keys: [fakeKey("22222222")], interactive: true });
  const window = windowAt(it.world.clock.nowMs());
  it.answers.push("y", "12345", await totpCode(alice.mfaSecret, window), await totpCode(alice.mfaSecret, window + 1));
  assert.equal(await mfa(it, "resync"), 0, text(it));
  assert.equal(deviceOf(it).driftWindows, 1);
  assert.match(text(it), /a token code is six digits/);

  using nobody = alicesWorld({ keys: [fakeKey("22222222")] });
  assert.equal(await mfa(nobody, "resync"), 69);
  assert.match(text(nobody), /no YubiKey that is plugged in \(22222222\) has an account named ".*mfa\/alice"/);
});

Deno.test("resync: typed codes that were sent before, or one code twice, are refused before they are sent", async () => {
  using it = alicesWorld({ keys: [], interactive: true });
  const window = windowAt(it.world.clock.nowMs());
  const code = async (ahead: number) => await totpCode(alice.mfaSecret, window + ahead);
  const sent = () => it.aws.calls.filter((name) => name === "ResyncMFADevice").length;
  const [first, second] = [await code(0), await code(1)];
  it.answers.push("y", first, second);
  assert.equal(await mfa(it, "resync", "--name", "alice"), 0, text(it));

  const used = [["y", first, second], ["y", second], ["y", "111111", "111111"], ["y", await code(2), first]];
  for (const answers of used) {
    it.answers.splice(0, Infinity, ...answers);
    it.seen.splice(0);
    assert.equal(await mfa(it, "resync", "--name", "alice"), 77, text(it));
    assert.match(
      text(it),
      /error: this code of ".*mfa\/alice" was used already, and AWS takes a code once\naws-use: hint: wait for the next code of .*mfa\/alice, type it and the one after it: aws-use mfa resync --name alice$/,
    );
    assert.doesNotMatch(text(it), /mfa remove/);
  }
  assert.equal(sent(), 1);

  it.answers.splice(0, Infinity, "y", await code(2), await code(3));
  assert.equal(await mfa(it, "resync", "--name", "alice"), 0, text(it));
  assert.equal(sent(), 2);
});

Deno.test("resync: typed codes that AWS refuses say nothing of the seed, and the device is not to be removed", async () => {
  using it = alicesWorld({ keys: [], interactive: true, answers: ["y", "111111", "222222"] });
  assert.equal(await mfa(it, "resync"), 77, text(it));
  assert.match(
    text(it),
    /error: AWS does not take the two codes for ".*mfa\/alice": mistyped, not in sequence or already used\n.*hint: wait for the next code of .*: aws-use mfa resync$/,
  );
  assert.doesNotMatch(text(it), /seed|mfa remove/);
});

Deno.test("resync: typed codes that have not left this machine may be typed again", async () => {
  using it = alicesWorld({ keys: [], interactive: true });
  const window = windowAt(it.world.clock.nowMs());
  const codes = [await totpCode(alice.mfaSecret, window), await totpCode(alice.mfaSecret, window + 1)];
  it.answers.push("y", ...codes, "y", ...codes);
  it.aws.onCall = (name) => {
    if (name !== "ResyncMFADevice") return;
    it.aws.onCall = () => {};
    throw new AwsError("unreachable", "dns", "the name cannot be resolved", null, "aws.test");
  };
  assert.equal(await mfa(it, "resync"), 69, text(it));
  assert.equal(await mfa(it, "resync"), 0, text(it));
});

Deno.test("resync: a device that is enabled for nobody has nothing to bring into step", async () => {
  using it = alicesWorld();
  deviceOf(it).user = undefined;
  assert.equal(await mfa(it, "resync", "--yes"), 78);
  assert.match(text(it), /error: ".*mfa\/alice" is enabled for nobody\n/);
});

Deno.test("resync: FIDO devices and devices that are not at AWS have nothing to bring into step", async () => {
  using it = alicesWorld();
  const fido = "arn:aws:iam::123456789012:u2f/user/alice/key-ABC";
  it.awsWorld.devices.push({ ...deviceOf(it), serial: fido, kind: "fido" });
  assert.equal(await mfa(it, "resync", "--name", fido), 78);
  assert.match(text(it), /is a FIDO device, which has no codes/);
  const ghost = "arn:aws:iam::123456789012:mfa/ghost";
  it.ykman.keys[0].accounts.set(ghost, "MFRGG");
  assert.equal(await mfa(it, "resync", "--name", "ghost"), 78);
  assert.match(text(it), /".*mfa\/ghost" is not at AWS/);
});
