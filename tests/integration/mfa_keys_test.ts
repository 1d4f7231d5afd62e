/** Several YubiKeys, several MFA devices, and OATH passwords: the real ykman on virtual keys, the core as it is installed. */
import assert from "node:assert/strict";
import { type Bench, type BenchOptions, keysOf, people, startBench, usualConfig, usualKey } from "../support/bench.ts";
import { openCore } from "../support/core_terminal.ts";
import { ykmans } from "../support/ykmans.ts";
import type { KeySeed } from "../support/yubikey/virtual_keys.ts";

const { alice } = people;
const serial = alice.mfaSerial;
const spare = "arn:aws:iam::123456789012:mfa/spare";
const other: KeySeed = { serial: 11111111, accounts: [{ name: spare, secretBase32: alice.mfaSecret }] };
const holder: KeySeed = { ...usualKey(), serial: 22222222 };
const ykman5 = ykmans.find(({ major }) => major === 5)?.path;
const realYkman = Deno.env.get("AWS_USE_TEST_YKMAN4") ?? "/usr/bin/ykman";

interface LoggedBench extends Bench {
  /** Arguments of every run of ykman since the last look. */
  ykmanRuns(): Promise<readonly string[]>;
}

async function startLogged(options: BenchOptions): Promise<LoggedBench> {
  const bench = await startBench(options);
  const log = `${bench.home}/ykman.log`;
  await Deno.writeTextFile(`${bench.home}/bin/ykman`, `#!/bin/sh\necho "$*" >>'${log}'\nexec '${realYkman}' "$@"\n`);
  return {
    ...bench,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    async ykmanRuns() {
      const runs = (await Deno.readTextFile(log)).trimEnd().split("\n");
      await Deno.remove(log);
      return runs;
    },
  };
}

Deno.test("two keys: the one that holds the account is found, remembered, and asked alone the next time", async () => {
  await using bench = await startLogged({ keys: [other, holder] });
  const first = await bench.run(["token"]);
  assert.match(first.stdout, /^\d{6}\n$/, first.stderr);
  assert.match(first.stderr, /touch YubiKey 22222222/);
  assert.deepEqual(await bench.ykmanRuns(), [
    `oath accounts code -- ${serial}`,
    "list --serials",
    "--device 11111111 oath accounts list",
    "--device 22222222 oath accounts list",
    `--device 22222222 oath accounts code -- ${serial}`,
  ]);

  const second = await bench.run(["token"]);
  assert.match(second.stdout, /^\d{6}\n$/, second.stderr);
  assert.deepEqual(await bench.ykmanRuns(), ["list --serials", `--device 22222222 oath accounts code -- ${serial}`]);

  bench.keys.remove({ serial: 22222222 });
  const third = await bench.run(["token"]);
  assert.equal(third.code, 69);
  assert.match(third.stderr, /error: the YubiKey has no OATH account named ".*mfa\/alice"/);
  assert.deepEqual(await bench.ykmanRuns(), ["list --serials", `oath accounts code -- ${serial}`]);
});

Deno.test("two keys, and none holds the account: the error lists what is plugged in", async () => {
  await using bench = await startBench({ keys: [other, { serial: 33333333 }] });
  const { code, stderr } = await bench.run(["token"]);
  assert.equal(code, 69);
  assert.match(stderr, /no YubiKey that is plugged in \(11111111, 33333333\) has an OATH account named ".*mfa\/alice"/);
});

Deno.test("aws_use_yubikey: the key that the profile names is asked, and no other", async () => {
  const config = usualConfig().replace("region = eu-central-1", "region = eu-central-1\naws_use_yubikey = 22222222");
  await using bench = await startLogged({ config, keys: [{ ...holder, serial: 11111111 }, holder] });
  assert.equal((await bench.run(["token"])).code, 0);
  assert.deepEqual(await bench.ykmanRuns(), [`--device 22222222 oath accounts code -- ${serial}`]);
});

Deno.test("aws_use_mfa_serials: the device whose key is plugged in serves, its session as long as it lives", async () => {
  const config = usualConfig().replace(/mfa_serial = .*\n/, `aws_use_mfa_serials = ${serial}, ${spare}\n`);
  await using bench = await startLogged({ config, keys: [other, holder] });
  const { devices } = bench.emulator.world;
  devices.push({ ...devices[0], serial: spare, spentWindows: new Set() });
  bench.keys.remove({ serial: 22222222 });

  const first = await bench.run(["admin"]);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(bench.emulator.calls.find(({ action }) => action === "GetSessionToken")?.params.SerialNumber, spare);
  await bench.ykmanRuns();

  // The other key is plugged in now; the cached session serves all the same, and no ykman runs.
  bench.keys.remove({ serial: 11111111 });
  bench.keys.insert({ serial: 22222222 });
  const second = await bench.run(["readonly"]);
  assert.equal(second.code, 0, second.stderr);
  await assert.rejects(bench.ykmanRuns(), Deno.errors.NotFound);

  const fresh = await bench.run(["short", "--no-cache"]);
  assert.equal(fresh.code, 0, fresh.stderr);
  const serials = bench.emulator.calls.filter(({ action }) => action === "GetSessionToken")
    .map(({ params }) => params.SerialNumber);
  assert.deepEqual(serials, [spare, serial]);
});

Deno.test("aws_use_mfa_serials: where no key has any of them, use and token name all", async () => {
  const third = "arn:aws:iam::123456789012:mfa/third";
  const config = usualConfig().replace(/mfa_serial = .*\n/, `aws_use_mfa_serials = ${serial}, ${spare} ${third}\n`);
  for (const keys of [[{ serial: 33333333 }], [{ serial: 33333333 }, { serial: 44444444 }]]) {
    await using bench = await startBench({ config, keys });
    for (const words of [["admin"], ["token"]]) {
      const { code, stderr } = await bench.run(words);
      assert.equal(code, 69);
      const named = ` OATH account named "${serial}"; the profile also names "${spare}", "${third}"\n`;
      assert.ok(stderr.includes(named), stderr);
    }
  }
});

Deno.test("aws_use_mfa_serials: where nobody may be asked, no key is looked at and no password is asked for", async () => {
  const config = usualConfig().replace(/mfa_serial = .*\n/, `aws_use_mfa_serials = ${serial}, ${spare}\n`);
  await using bench = await startLogged({ config, keys: [{ ...holder, password: "correct horse" }] });
  const active = { AWS_USE_PROFILE: "admin", AWS_USE_YKMAN_PASSWORD_COMMAND: `echo asked >>"$HOME/asked"` };
  const { code, stderr } = await bench.run(["renew", "--no-touch", "--", "admin"], { env: active });
  assert.equal(code, 75, stderr);
  assert.ok(stderr.includes(`error: a code of "${serial}" is needed, and nobody may be asked now\n`), stderr);
  await assert.rejects(bench.ykmanRuns(), Deno.errors.NotFound);
  await assert.rejects(Deno.stat(`${bench.home}/asked`), Deno.errors.NotFound);
});

Deno.test("several devices at AWS and none in the config: the one that is plugged in, asked of IAM once", async () => {
  const config = usualConfig().replace(/mfa_serial = .*\n/, "");
  await using bench = await startLogged({ config, keys: [other] });
  const { devices } = bench.emulator.world;
  devices.push({ ...devices[0], serial: spare, spentWindows: new Set() });
  const first = await bench.run(["admin"]);
  assert.equal(first.code, 0, first.stderr);
  assert.ok(
    first.stderr.includes(`put "aws_use_mfa_serials = ${serial} ${spare}" into profile "default"`),
    first.stderr,
  );
  assert.deepEqual(bench.calls(), ["ListMFADevices", "GetSessionToken", "AssumeRole"]);
  assert.equal(bench.emulator.calls.find(({ action }) => action === "GetSessionToken")?.params.SerialNumber, spare);
  await bench.ykmanRuns();

  const second = await bench.run(["readonly"]);
  assert.equal(second.stderr.split("\n").at(-2)?.startsWith("readonly as "), true, second.stderr);
  assert.deepEqual(bench.calls().slice(3), ["AssumeRole"]);
  await assert.rejects(bench.ykmanRuns(), Deno.errors.NotFound);
});

const locked: KeySeed = { ...usualKey(), password: "correct horse" };

Deno.test("AWS_USE_YKMAN_PASSWORD_COMMAND: its first line unlocks the key, handed over on stdin", async () => {
  await using bench = await startLogged({ keys: [locked] });
  const env = { AWS_USE_YKMAN_PASSWORD_COMMAND: `printf '%s\\n' "correct horse" "url: example.com"` };
  const { code, stdout, stderr } = await bench.run(["token"], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\d{6}\n$/);
  assert.ok((await bench.ykmanRuns()).every((run) => !run.includes("horse")));

  const wrong = await bench.run(["token"], { env: { AWS_USE_YKMAN_PASSWORD_COMMAND: "echo battery" } });
  assert.equal(wrong.code, 69);
  assert.deepEqual(wrong.stderr.split("\n").slice(-3), [
    "aws-use: error: the YubiKey refused the OATH password that AWS_USE_YKMAN_PASSWORD_COMMAND printed",
    'aws-use: hint: run it by hand: sh -c "$AWS_USE_YKMAN_PASSWORD_COMMAND"; or let ykman keep the right one: ykman oath ' +
    "access remember",
    "",
  ]);

  for (const [command, how] of [["exit 3", "ended with status 3"], ["true", "printed no password"]]) {
    const failed = await bench.run(["token"], { env: { AWS_USE_YKMAN_PASSWORD_COMMAND: command } });
    assert.equal(failed.code, 69);
    assert.ok(failed.stderr.includes(`error: AWS_USE_YKMAN_PASSWORD_COMMAND ${how}\n`), failed.stderr);
  }
});

Deno.test("AWS_USE_YKMAN_PASSWORD_COMMAND is not run for a key that wants no password", async () => {
  await using bench = await startBench();
  const env = { AWS_USE_YKMAN_PASSWORD_COMMAND: `echo asked >>"$HOME/asked"` };
  assert.equal((await bench.run(["token"], { env })).code, 0);
  await assert.rejects(Deno.stat(`${bench.home}/asked`), Deno.errors.NotFound);
});

Deno.test("an OATH password is asked once, not echoed, and kept by ykman where the person wishes it", async () => {
  await using bench = await startBench({ keys: [locked] });
  {
    await using terminal = await openCore(bench, ["token"]);
    await terminal.waitFor("OATH password of the YubiKey:");
    await terminal.type("correct horse");
    await terminal.press("Enter");
    const screen = await terminal.waitFor("let ykman keep this password on this computer? [y/N]");
    assert.ok(!screen.includes("horse"), screen);
    await terminal.type("y");
    await terminal.press("Enter");
    assert.equal(await terminal.exitCode(), 0);
    assert.match(await terminal.screen(), /^\d{6}$/m);
  }
  const next = await bench.run(["token"]);
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, /^\d{6}\n$/);
});

Deno.test("a wrong OATH password is asked for again; the touch comes after all questions", async () => {
  await using bench = await startBench({ keys: [locked], touch: "manual" });
  await using terminal = await openCore(bench, ["token"]);
  const answer = async (question: string, text: string) => {
    await terminal.waitFor(new RegExp(`${question}$`));
    await terminal.type(text);
    await terminal.press("Enter");
  };
  await answer("OATH password of the YubiKey:", "battery");
  const refused = await terminal.waitFor(/the YubiKey refused the OATH password\s+OATH password of the YubiKey:$/);
  assert.ok(!refused.includes("let ykman keep"), "a wrong one is not to be kept");
  await terminal.type("correct horse");
  await terminal.press("Enter");
  await terminal.waitFor(/let ykman keep this password on this computer\? \[y\/N\]$/);
  assert.equal(bench.keys.touchesAsked, 0);
  await terminal.type("y");
  await terminal.press("Enter");
  await terminal.waitFor("touch your YubiKey");
  assert.ok(await bench.keys.touch());
  assert.equal(await terminal.exitCode(), 0, await terminal.screen());
  assert.match(await terminal.screen(), /^\d{6}$/m);
  bench.keys.configureTouch({ touch: "auto", touchDelayMs: 0, touchTimeoutMs: 15_000 });
  assert.equal((await bench.run(["token"])).code, 0);
});

Deno.test("an OATH password that is wrong three times is given up, 69", async () => {
  await using bench = await startBench({ keys: [{ ...holder, password: "correct horse" }, other], touch: "manual" });
  await using terminal = await openCore(bench, ["token"]);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await terminal.waitFor(
      new RegExp(`(refused[^]*){${attempt - 1}}OATH password of YubiKey 22222222:$`),
    );
    await terminal.type("battery");
    await terminal.press("Enter");
  }
  assert.equal(await terminal.exitCode(), 69, await terminal.screen());
  assert.match(await terminal.screen(), /error: YubiKey 22222222 refused the OATH password$/m);
  assert.equal(bench.keys.touchesAsked, 0);
});

Deno.test("two locked keys: who has no password for the first is asked for that of the second, which has the account", async () => {
  const keys = [
    { serial: 11111111, password: "another", accounts: other.accounts },
    { ...locked, serial: 22222222 },
  ];
  await using bench = await startBench({ keys });
  await using terminal = await openCore(bench, ["token"]);
  await terminal.waitFor(/OATH password of YubiKey 11111111:$/);
  await terminal.press("Enter");
  await terminal.waitFor(/OATH password of YubiKey 22222222:$/);
  await terminal.type("correct horse");
  await terminal.press("Enter");
  await terminal.waitFor("let ykman keep");
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 0, await terminal.screen());
  assert.match(await terminal.screen(), /^\d{6}$/m);
});

Deno.test({
  name: "an OATH password that ykman finds no keyring for is used all the same, and told how else it is given",
  ignore: !ykman5,
  fn: async () => {
    await using bench = await startBench({ keys: [locked], ykman: ykman5 });
    const env = { PYTHON_KEYRING_BACKEND: "keyring.backends.fail.Keyring" };
    await using terminal = await openCore(bench, ["token"], { env });
    await terminal.waitFor("OATH password of the YubiKey:");
    await terminal.type("correct horse");
    await terminal.press("Enter");
    await terminal.waitFor("let ykman keep");
    await terminal.type("y");
    await terminal.press("Enter");
    assert.equal(await terminal.exitCode(), 0, await terminal.screen());
    assert.match(
      (await terminal.screen()).replace(/\s+/g, " "),
      /aws-use: ykman does not keep it: ykman finds no keyring on this computer that is open; let a command print the password: export AWS_USE_YKMAN_PASSWORD_COMMAND=COMMAND/,
    );
  },
});

Deno.test("a question stands until it is answered: no wait and no reminder of a touch is shown in its place", async () => {
  await using bench = await startBench({ keys: [locked] });
  await using terminal = await openCore(bench, ["token"]);
  const assertStands = async (question: string, seconds: number) => {
    await terminal.waitFor(question);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    assert.equal((await terminal.screen()).split("\n").at(-1), question);
  };
  // A wait is told of after 1 s, a touch once more after 5 s.
  await assertStands("OATH password of the YubiKey:", 1.5);
  await terminal.type("correct horse");
  await terminal.press("Enter");
  await assertStands("let ykman keep this password on this computer? [y/N]", 5.5);
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 0, await terminal.screen());
});

Deno.test("mfa list: two real keys, one of them locked", async () => {
  const keys = [holder, { serial: 33333333, password: "x", accounts: other.accounts }];
  await using bench = await startBench({ keys });
  const { code, stdout, stderr } = await bench.run(["mfa", "list", "--json"]);
  assert.equal(code, 69, stderr);
  assert.deepEqual(JSON.parse(stdout), [
    { serial, kind: "virtual", at_aws: true, keys: ["22222222"], state: "ok" },
  ]);
  assert.match(stderr, /note: YubiKey 33333333 wants its OATH password/);
});

Deno.test("mfa: what follows on a question that Ctrl-C or Ctrl-D ends stands on a line of its own", async () => {
  await using bench = await startBench({
    config: "[default]\nregion = eu-central-1\n",
    credentials: `[default]\n${keysOf(people.bob)}`,
    keys: [{ serial: 11111111 }],
  });
  await using enroll = await openCore(bench, ["mfa", "enroll", "--keys", "2", "--yes"], { columns: 300 });
  await enroll.waitFor("plug in the spare YubiKey (2 of 2), then press Enter:");
  await enroll.press("C-c");
  assert.equal(await enroll.exitCode(), 130);
  const lines = (await enroll.screen()).split("\n");
  assert.ok(lines.includes("aws-use: cancelled; removing what was made, for at most 60 s"), lines.join("\n"));
  assert.equal(
    lines.at(-2),
    "aws-use: hint: what was made is removed again; once more: aws-use mfa enroll --keys 2 --yes",
  );
  assert.deepEqual(bench.keys.accountNames(), []);

  const ghost = "arn:aws:iam::123456789012:mfa/bob";
  const { devices } = bench.emulator.world;
  devices.push({ ...devices[0], serial: ghost, user: undefined });
  await using remove = await openCore(bench, ["mfa", "remove"], { columns: 300 });
  await remove.waitFor("no profile names it? [y/N]");
  await remove.press("C-d");
  assert.equal(await remove.exitCode(), 130);
  assert.match(await remove.screen(), /^aws-use: error: nothing was removed$/m);
  assert.ok(devices.some((device) => device.serial === ghost));

  await using cancelled = await openCore(bench, ["mfa", "remove"], { columns: 300 });
  await cancelled.waitFor("no profile names it? [y/N]");
  await cancelled.press("C-c");
  assert.equal(await cancelled.exitCode(), 130);
  assert.match(await cancelled.screen(), /^aws-use: hint: nothing was changed; once more: aws-use mfa remove$/m);
});

const full = Array.from({ length: 32 }, (_, at) => ({ name: `shop:${at}`, secretBase32: "MFRGGZDFMZTWQ2LK" }));
const refusals: readonly (readonly [string, BenchOptions, RegExp])[] = [
  ["no key", { keys: [] }, /error: no YubiKey is plugged in/],
  ["a key that is full", { keys: [{ serial: 11111111, accounts: full }] }, /YubiKey 11111111 has no room: it holds 32/],
  ["OATH switched off", { keys: [{ serial: 11111111, oathDisabled: true }] }, /YubiKey 11111111 has OATH switched off/],
  ["a locked key", { keys: [{ serial: 11111111, password: "x" }] }, /YubiKey 11111111 wants its OATH password/],
  ["no ykman", { ykman: null }, /error: cannot run ykman: it is not installed/],
];

for (const [what, options, says] of refusals) {
  Deno.test(`mfa enroll checks first: ${what}`, async () => {
    const credentials = `[default]\n${keysOf(people.bob)}`;
    await using bench = await startBench({ config: "[default]\nregion = eu-central-1\n", credentials, ...options });
    const { code, stderr } = await bench.run(["mfa", "enroll", "--yes"]);
    assert.equal(code, 69, stderr);
    assert.match(stderr, says);
    assert.ok(!bench.calls().includes("CreateVirtualMFADevice"));
  });
}
