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

function keyOf({ mfaSerial, mfaSecret }: { mfaSerial: string; mfaSecret: string }, serial = "11111111"): FakeKey {
  return fakeKey(serial, {
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
  const what = 'mfa_serial of profiles "default", "admin" and its entry in aws_use_mfa_serials of profile "admin"';
  assert.ok(text(it).includes(`; ${what}\n`), text(it));
  assert.ok(it.seen.includes(`aws-use: removed: ${what} (before: ${configPath}.aws-use-backup)`), text(it));
  assert.ok(!it.files.texts.has(`${credentialsPath}.aws-use-backup`), "a copy of the keys is left");
});

Deno.test("remove: of a profile that names the device only in its list, the list is told", async () => {
  using it = alicesWorld({ config: `[default]\naws_use_mfa_serials = ${alice.mfaSerial}\n` });
  assert.equal(await mfa(it, "remove", "--yes", "--last"), 0, text(it));
  assert.equal(it.files.texts.get(configPath), "[default]\n");
  assert.match(text(it), /removed: its entry in aws_use_mfa_serials of profile "default" \(before: /);
  assert.doesNotMatch(text(it), / mfa_serial of/);
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

const refused = { kind: "error", status: 403, code: "AccessDenied", message: "not authorized" } as const;

Deno.test("remove: refused from the start, nothing is touched and that is said", async () => {
  using it = alicesWorld();
  it.aws.faults.add({ ...refused, action: "DeactivateMFADevice", times: "always" });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 77);
  assertUntouched(it);
  assert.match(
    text(it),
    /hint: nothing was removed; once more: aws-use mfa remove --last --yes --name arn:\S+; or by hand: aws iam deactivate-mfa-device --user-name alice --serial-number arn:\S+ --profile default$/,
  );
});

const failing: Readonly<Record<string, readonly [Fault, code: number]>> = {
  "refused": [{ ...refused, times: "always" }, 77],
  "5xx": [{ kind: "unavailable", times: 3 }, 75],
  // AWS has not done it: what has been lost is the request.
  "unanswered": [{ kind: "reset", times: 3 }, 69],
};

/** Where what is left is found again, other than by its name; none of them is there in all worlds. */
const traces: Readonly<Record<string, Partial<FakeWorldOptions>>> = {
  "mfa_serial and key": {},
  "mfa_serial alone": { keys: [] },
  "the key alone": { config: "[default]\nregion = eu-central-1\n" },
  "the user's name alone": { config: "[default]\nregion = eu-central-1\n", keys: [] },
};

for (const [kind, [fault, code]] of Object.entries(failing)) {
  for (const [trace, options] of Object.entries(traces)) {
    Deno.test(`remove: half done (deletion ${kind}), what is left is told, and finished by way of ${trace}`, async () => {
      using it = alicesWorld(options);
      it.aws.faults.add({ ...fault, action: "DeleteVirtualMFADevice" });
      assert.equal(await mfa(it, "remove", "--last", "--yes"), code, text(it));
      assert.match(text(it), /deactivated for alice at AWS: arn:\S+mfa\/alice/);
      assert.match(text(it), /error: ".*mfa\/alice" is half removed: /);
      const left = [
        "the device at AWS, which nobody has any more",
        ...(options.keys ? [] : ["the account on YubiKey 11111111"]),
        ...(options.config ? [] : ['mfa_serial of profile "default"']),
      ];
      const hint = it.seen.at(-1)!;
      assert.ok(
        hint.includes(`still there: ${left.join(", ")}; finish it: aws-use mfa remove --last --yes --name arn:`),
      );
      assert.match(hint, /or by hand: aws iam delete-virtual-mfa-device --serial-number arn:\S+ --profile default$/);

      assert.equal(await mfa(it, "list", "--json"), 0, text(it));
      const [row] = JSON.parse(it.out.join(""));
      assert.equal(row.serial, alice.mfaSerial);
      assert.deepEqual([row.at_aws, row.state], [true, "only_aws"]);
      assert.match(row.remark, /enabled for nobody/);
      it.out.length = 0;
      assert.equal(await mfa(it, "list"), 0);
      assert.match(it.out.join(""), /mfa\/alice .* enabled for nobody: its enrolment or its removal was not finished/);
      assert.match(text(it), /is enabled for nobody; delete it with: aws-use mfa remove default --name arn:/);

      it.aws.faults.clear();
      assert.equal(await mfa(it, "remove", "--yes"), 0, text(it));
      assert.ok(!isAtAws(it));
      assert.equal(it.files.texts.get(configPath), "[default]\nregion = eu-central-1\n");
      if (!options.keys) assertGone(it);
    });
  }
}

Deno.test("remove: a deactivation whose every answer is lost may be done; the next call finds out and finishes", async () => {
  using it = alicesWorld();
  it.aws.faults.add({ kind: "reset", when: "after", action: "DeactivateMFADevice" });
  it.aws.faults.add({ kind: "reset", action: "DeactivateMFADevice", times: 2 });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 69, text(it));
  assert.match(text(it), /hint: AWS may have done it all the same; find out, and finish it: aws-use mfa remove/);
  assert.equal(await mfa(it, "remove", "--yes"), 0, text(it));
  assertGone(it);
});

Deno.test("remove: what is half removed comes before another device of the user's", async () => {
  using it = alicesWorld({ config: "[default]\nregion = eu-central-1\n" });
  const phone = "arn:aws:iam::123456789012:mfa/phone";
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: phone, user: "alice" });
  it.aws.faults.add({ kind: "unavailable", action: "DeleteVirtualMFADevice", times: 3 });
  assert.equal(await mfa(it, "remove", "--yes"), 75, text(it));
  assert.equal(await mfa(it, "remove", "--yes", "--last"), 0, text(it));
  assertGone(it);
  assert.ok(isAtAws(it, phone));
});

Deno.test("remove: half removed by a user who may do nothing without MFA, it is finished with the session of before", async () => {
  using it = fakeWorld({
    config: `[default]\nmfa_serial = ${carol.mfaSerial}\n`,
    credentials: `[default]\n${keysOf(carol)}`,
    keys: [keyOf(carol)],
  });
  it.aws.faults.add({ kind: "unavailable", action: "DeleteVirtualMFADevice", times: 3 });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 75, text(it));
  assert.equal(await mfa(it, "remove", "--yes"), 0, text(it));
  assert.ok(!isAtAws(it, carol.mfaSerial));
  assert.equal(it.ykman.runs.filter((args) => args.includes("code")).length, 1);
});

Deno.test("remove: an MFA session that cannot be had: the hint is one that mfa has, and gives no code", async () => {
  using it = fakeWorld({
    config: "[default]\n",
    credentials: `[default]\n${keysOf(carol)}`,
    keys: [fakeKey("11111111")],
  });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 69, text(it));
  assert.match(text(it), /error: the YubiKey has no OATH account named ".*mfa\/carol"\n/);
  assert.doesNotMatch(text(it), /--token-code/);
  assert.match(text(it), /hint: nothing was removed; once more: aws-use mfa remove --last --yes/);
});

Deno.test("remove: Ctrl-C between two calls tells what is left; before the first, that nothing was removed", async () => {
  using it = alicesWorld();
  it.aws.onCall = (name) => {
    if (name === "DeactivateMFADevice") it.interrupt();
  };
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 130);
  assert.match(
    text(it),
    /cancelled: still there: the device at AWS, .*; finish it: aws-use mfa remove --last --yes --name/,
  );
  assert.equal(it.aws.calls.at(-1), "DeactivateMFADevice");

  using early = alicesWorld({ interactive: true });
  Object.assign(early.world.terminal, {
    ask() {
      early.interrupt();
      return Promise.resolve("y");
    },
  });
  assert.equal(await mfa(early, "remove", "--last"), 130);
  assert.match(text(early), /cancelled: nothing was removed; once more: aws-use mfa remove --last/);
  assertUntouched(early);
});

Deno.test("remove: trouble of AWS while it looks is an error; only a refusal means that AWS does not tell", async () => {
  const ghost = "arn:aws:iam::123456789012:mfa/ghost";
  const world = () => alicesWorld({ keys: [fakeKey("11111111", { accounts: new Map([[ghost, "MFRGG"]]) })] });
  using it = world();
  it.aws.faults.add({ kind: "unavailable", action: "ListVirtualMFADevices", times: "always" });
  assert.equal(await mfa(it, "remove", "--yes", "--name", "ghost"), 75, text(it));
  assert.ok(it.ykman.keys[0].accounts.has(ghost));
  using untold = world();
  untold.aws.faults.add({ ...refused, action: "ListVirtualMFADevices", times: "always" });
  assert.equal(await mfa(untold, "remove", "--yes", "--name", "ghost"), 78, text(untold));
  assert.match(
    text(untold),
    /".*mfa\/ghost" on the key may be another user's\n.*hint: .*--yes --name arn:\S+mfa\/ghost$/,
  );
});

Deno.test("remove: what the key alone still has is found without its name, while the user has no other device", async () => {
  const only = () => alicesWorld({ config: "[default]\nregion = eu-central-1\n" });
  using it = only();
  it.ykman.intercept = (args) => args.includes("delete") ? { code: 1, stderr: "Error: something else\n" } : undefined;
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 69, text(it));
  assert.match(text(it), /half removed: ykman failed.*\n.*still there: the account on YubiKey 11111111; finish it: /);
  assert.ok(!isAtAws(it));
  it.ykman.intercept = () => undefined;
  assert.equal(await mfa(it, "remove", "--yes"), 0, text(it));
  assertGone(it);

  using other = only();
  Object.assign(other.awsWorld.devices[0], { serial: "arn:aws:iam::123456789012:mfa/phone" });
  assert.equal(await mfa(other, "remove", "--yes"), 64, text(other));
  assert.match(text(other), /mfa\/phone" is the last MFA device/);
  assert.ok(other.ykman.keys[0].accounts.has(alice.mfaSerial));
});

Deno.test("remove: a key that could not be read is not said to lack the account", async () => {
  using it = alicesWorld({ keys: [fakeKey("11111111", { password: "x" })] });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assert.match(text(it), /no account, for not every YubiKey could be read/);
});

Deno.test("remove: a key that is not plugged in is told, and the rest is done", async () => {
  using it = alicesWorld({ keys: [fakeKey("22222222", { accounts: new Map([[`${alice.mfaSerial}2`, "MFRGG"]]) })] });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assert.ok(!isAtAws(it));
  assert.deepEqual([...it.ykman.keys[0].accounts.keys()], [`${alice.mfaSerial}2`], "a longer name is another account");
  assert.match(
    text(it),
    /any other YubiKey that has its account still has it; with it plugged in: aws-use mfa remove /,
  );
});

Deno.test("remove: a spare that is not plugged in still has the account, and the command that is told takes it off", async () => {
  const spare = keyOf(alice, "22222222");
  spare.isPluggedIn = false;
  using it = alicesWorld({ keys: [keyOf(alice), spare] });
  assert.equal(await mfa(it, "remove", "--last", "--yes"), 0, text(it));
  assertGone(it);
  assert.ok(spare.accounts.has(alice.mfaSerial));
  const command = `aws-use mfa remove default --name ${alice.mfaSerial} --yes`;
  const told = `any other YubiKey that has its account still has it; with it plugged in: ${command}`;
  assert.ok(it.seen.includes(`aws-use: ${told}`), text(it));
  spare.isPluggedIn = true;
  assert.equal(await mfa(it, ...command.split(" ").slice(2)), 0, text(it));
  assert.deepEqual([...spare.accounts.keys()], ["shop:alice"]);

  using hardware = alicesWorld();
  hardware.awsWorld.devices.push({
    ...it.awsWorld.devices[0],
    serial: "GAHT12345678",
    kind: "hardware",
    user: "alice",
  });
  assert.equal(await mfa(hardware, "remove", "--name", "GAHT12345678", "--yes"), 0, text(hardware));
  assert.doesNotMatch(text(hardware), /other YubiKey/, "a printed token is on none");
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
  assert.match(
    text(it),
    /"alice" has no MFA device "carol"; .* on the key may be another user's\n.*full ARN: aws-use mfa remove --yes --name arn:\S+mfa\/carol$/,
  );
  assert.equal(await mfa(it, "remove", "--yes", "--name", carol.mfaSerial), 64, text(it));
  assert.match(text(it), /may have it enabled for another user/);
  assert.ok(it.ykman.keys[0].accounts.has(carol.mfaSerial));
  using asked = made(["y"]);
  assert.equal(await mfa(asked, "remove", "--yes", "--name", carol.mfaSerial), 0, text(asked));
  assert.ok(!asked.ykman.keys[0].accounts.has(carol.mfaSerial));
  assert.ok(isAtAws(asked, carol.mfaSerial));
  assert.match(asked.files.texts.get(configPath)!, /\[profile other\]\nmfa_serial = /);
});

Deno.test("remove --name: a device of another account, or of another user, is said to be one", async () => {
  const elsewhere = "arn:aws:iam::999999999999:mfa/work";
  using it = alicesWorld({ keys: [fakeKey("11111111", { accounts: new Map([[elsewhere, "MFRGG"]]) })] });
  assert.equal(await mfa(it, "remove", "--yes", "--name", "work"), 78);
  assert.match(
    text(it),
    /".*999999999999:mfa\/work" on the key is of another AWS account\n.*keys of account 999999999999/,
  );
  assert.equal(await mfa(it, "remove", "--yes", "--name", "carol"), 78);
  assert.match(text(it), /no MFA device "carol"; there is: .*mfa\/alice; ".*mfa\/carol" is another user's\n/);
});

Deno.test("remove --name: a device that is enabled for nobody is found under a path too", async () => {
  using it = alicesWorld();
  const left = "arn:aws:iam::123456789012:mfa/team/left";
  it.awsWorld.devices.push({ ...it.awsWorld.devices[0], serial: left, user: undefined });
  assert.equal(await mfa(it, "remove", "--yes", "--name", "left"), 0, text(it));
  assert.ok(!isAtAws(it, left));
  assertUntouched(it);
});
