/** `aws-use doctor` on what is plugged in, how ykman reaches it, the network and the clock: with the real ykman, 4 and 5. */
import assert from "node:assert/strict";
import { type BenchOptions, keysOf, people, usualConfig, usualKey } from "../support/bench.ts";
import { examine, healthyBench } from "../support/doctor.ts";
import { droppingPort, refusingPort } from "../support/emulator/network.ts";
import { ykmans } from "../support/ykmans.ts";

const { alice, bob, carol } = people;
const ykman5 = ykmans.find(({ major }) => major === 5)?.path;

interface KeyCase {
  readonly name: string;
  readonly options: BenchOptions;
  readonly code: number;
  readonly troubles: readonly string[];
}

const accountsHint = "plug the right one in, or correct mfa_serial; see: ykman --device 12345678 oath accounts list";
const carolsAccount = { name: carol.mfaSerial, secretBase32: carol.mfaSecret };
const everyRole = '"default", "admin", "readonly" and 4 more';

const cases: KeyCase[] = [
  {
    name: "no key is plugged in",
    options: { keys: [] },
    code: 69,
    troubles: ["broken yubikey: no YubiKey is plugged in | plug it in, then: aws-use doctor"],
  },
  {
    name: "OATH is switched off",
    options: { keys: [{ ...usualKey(), oathDisabled: true }] },
    code: 69,
    troubles: [
      "broken yubikey: YubiKey 12345678 has OATH switched off | switch it on: ykman --device 12345678 config usb " +
      "--enable OATH",
    ],
  },
  {
    name: "the key wants a password",
    options: { keys: [{ ...usualKey(), password: "secret" }] },
    code: 0,
    troubles: [
      "warning yubikey: YubiKey 12345678 wants its OATH password | let ykman keep it: ykman --device 12345678 oath " +
      "access remember",
    ],
  },
  {
    name: "the key has another account",
    options: { keys: [{ serial: 12345678, accounts: [carolsAccount] }] },
    code: 69,
    troubles: [
      `broken yubikey: no YubiKey that is plugged in (12345678) has the account "${alice.mfaSerial}" of ${everyRole} | ` +
      accountsHint,
    ],
  },
  {
    name: "one of two devices is on the key",
    options: {
      config: `${usualConfig()}\n[profile carol]\nmfa_serial = ${carol.mfaSerial}\n`,
      credentials: twoPeople(),
    },
    code: 0,
    troubles: [
      `warning yubikey: no YubiKey that is plugged in (12345678) has the account "${carol.mfaSerial}" of "carol" | ` +
      accountsHint,
    ],
  },
  {
    name: "two keys share the accounts out",
    options: {
      keys: [{ serial: 22222222, accounts: [carolsAccount] }, usualKey()],
      config: `${usualConfig()}\n[profile carol]\nmfa_serial = ${carol.mfaSerial}\n`,
      credentials: twoPeople(),
    },
    code: 0,
    troubles: [],
  },
  {
    name: "any of several devices of a profile serves",
    options: {
      config: usualConfig().replace(
        `mfa_serial = ${alice.mfaSerial}`,
        `mfa_serial = ${alice.mfaSerial}-lost\naws_use_mfa_serials = ${alice.mfaSerial}-spare, ${alice.mfaSerial}`,
      ),
    },
    code: 0,
    troubles: [],
  },
  {
    name: "a key of which no profile wants anything is read or not, as it likes",
    options: { keys: [{ serial: 11111111, oathDisabled: true }, usualKey()] },
    code: 0,
    troubles: [
      "warning yubikey: YubiKey 11111111 has OATH switched off | switch it on: ykman --device 11111111 config usb " +
      "--enable OATH",
    ],
  },
  {
    name: "a key that may have what is wanted must be read",
    options: { keys: [{ ...usualKey(), oathDisabled: true }, { serial: 22222222, accounts: [carolsAccount] }] },
    code: 69,
    troubles: [
      "broken yubikey: YubiKey 12345678 has OATH switched off | switch it on: ykman --device 12345678 config usb " +
      "--enable OATH",
      `warning yubikey: no YubiKey that is plugged in (12345678, 22222222) has the account "${alice.mfaSerial}" of ` +
      `${everyRole} | ${accountsHint.replace("12345678", "22222222")}`,
    ],
  },
  {
    name: "aws_use_yubikey names a key by its number, with zeros before it",
    options: { config: withYubikey("0012345678") },
    code: 0,
    troubles: [],
  },
  {
    name: "aws_use_yubikey names a key that is not plugged in",
    options: { config: withYubikey("99999999") },
    code: 69,
    troubles: [
      `broken yubikey: YubiKey 99999999, which aws_use_yubikey of ${everyRole} names, is not plugged in (12345678 is) | ` +
      "plug it in, or correct aws_use_yubikey; see: ykman list --serials",
    ],
  },
  {
    name: "aws_use_yubikey names another key than the one that has the account",
    options: {
      keys: [usualKey(), { serial: 22222222, accounts: [carolsAccount] }],
      config: withYubikey("22222222"),
    },
    code: 69,
    troubles: [
      `broken yubikey: YubiKey 22222222, which aws_use_yubikey of ${everyRole} names, has no account ` +
      `"${alice.mfaSerial}" | correct aws_use_yubikey or mfa_serial; see: ykman --device 22222222 oath accounts list`,
    ],
  },
  {
    name: "aws_use_yubikey is no number",
    options: { config: withYubikey("12345678x") },
    code: 78,
    troubles: [
      'broken profiles: aws_use_yubikey is "12345678x", which is not the serial number of a YubiKey; this stops ' +
      `${everyRole} | take one of these: ykman list --serials`,
    ],
  },
  {
    name: "mfa_process gives the codes and no key is needed",
    options: { keys: [], config: usualConfig().replace("[default]", "[default]\nmfa_process = echo 123456") },
    code: 0,
    troubles: ["warning yubikey: no YubiKey is plugged in | plug it in, then: aws-use doctor"],
  },
];

for (const keys of [[], [usualKey()]]) {
  cases.push({
    name: `the codes of a hardware token are typed, ${keys.length === 0 ? "without a key" : "beside a key"}`,
    options: { keys, config: usualConfig().replaceAll(alice.mfaSerial, "GAHT12345678") },
    code: 0,
    troubles: keys.length > 0 ? [] : ["warning yubikey: no YubiKey is plugged in | plug it in, then: aws-use doctor"],
  });
}

function withYubikey(serial: string): string {
  return usualConfig().replace("[default]", `[default]\naws_use_yubikey = ${serial}`);
}

function twoPeople(): string {
  return `[default]\n${keysOf(alice)}\n[carol]\n${keysOf(carol)}`;
}

for (const { name, options, code, troubles } of cases) {
  Deno.test(`doctor: ${name}`, async () => {
    await using bench = await healthyBench(options);
    const found = await examine(bench);
    assert.deepEqual(found.troubles, troubles);
    assert.equal(found.code, code);
    assert.equal(bench.keys.touchesAsked, 0);
  });
}

Deno.test("doctor: the person's own command gives the OATH password, and one that fails or prints a wrong one is broken", async () => {
  await using bench = await healthyBench({ keys: [{ ...usualKey(), password: "secret" }] });
  const found = async (command: string) => {
    const { code, findings } = await examine(bench, { env: { AWS_USE_YKMAN_PASSWORD_COMMAND: command } });
    const { state, message, remedy } = findings.find(({ name }) => name === "yubikey")!;
    return [code, state, message, remedy];
  };
  assert.deepEqual(await found("echo secret"), [
    0,
    "ok",
    `YubiKey 12345678 has "${alice.mfaSerial}" for ${everyRole}`,
    null,
  ]);
  const byHand = 'run it by hand: sh -c "$AWS_USE_YKMAN_PASSWORD_COMMAND"';
  assert.deepEqual(await found("exit 3"), [
    69,
    "broken",
    "AWS_USE_YKMAN_PASSWORD_COMMAND ended with status 3",
    byHand,
  ]);
  assert.deepEqual(await found("echo battery"), [
    69,
    "broken",
    "YubiKey 12345678 refused the OATH password that AWS_USE_YKMAN_PASSWORD_COMMAND printed",
    `${byHand}; or let ykman keep the right one: ykman --device 12345678 oath access remember`,
  ]);
});

Deno.test("doctor: a hardware token is told of, and a clock that is off does not matter to it", async () => {
  const config = usualConfig().replaceAll(alice.mfaSerial, "GAHT12345678");
  await using bench = await healthyBench({ config, clockOffsetSeconds: 95 });
  const { of, code } = await examine(bench);
  assert.deepEqual(of("yubikey", "ok"), [
    "plugged in: 12345678; no profile names a device of it",
    `codes of "GAHT12345678" for ${everyRole} are typed: it is a hardware token`,
  ]);
  assert.deepEqual([of("clock", "warning").length, code], [1, 0]);
});

Deno.test("doctor: which account serves which profiles", async () => {
  await using bench = await healthyBench();
  const { of } = await examine(bench);
  assert.match(of("ykman", "ok").join(), /^version 4\.\d/);
  assert.deepEqual(of("yubikey", "ok"), [`YubiKey 12345678 has "${alice.mfaSerial}" for ${everyRole}`]);
});

Deno.test({
  name: "doctor: ykman 5 sees the same, and that pcscd is off",
  ignore: !ykman5,
  fn: async () => {
    await using bench = await healthyBench({ ykman: ykman5 });
    const there = await examine(bench);
    assert.deepEqual(there.troubles, []);
    assert.match(there.of("ykman", "ok").join(), /^version 5\./);
    await bench.keys.stop();
    const off = await examine(bench);
    assert.match(off.of("yubikey", "broken").join(), /^ykman cannot reach pcscd/);
    assert.equal(off.code, 69);
  },
});

Deno.test("doctor: a key that another program keeps is named as elsewhere", async () => {
  await using bench = await healthyBench();
  bench.keys.busy(Infinity);
  const { code, of } = await examine(bench);
  // Whoever runs a ykman of their own on this machine meanwhile is named.
  assert.match(of("yubikey", "broken").join(), /^the YubiKey is in use by (another program|ykman|scdaemon)$/);
  assert.equal(code, 69);
});

Deno.test("doctor: pcscd is off; what helps depends on what is installed", async () => {
  await using bench = await healthyBench();
  await bench.keys.stop();
  const { code, troubles } = await examine(bench);
  assert.equal(troubles.length, 1);
  assert.match(
    troubles[0],
    /^broken yubikey: ykman cannot reach pcscd(: it is not installed \| sudo apt install pcscd.*| \| start it: sudo systemctl enable --now pcscd\.socket)$/,
  );
  assert.equal(code, 69);
});

Deno.test("doctor: without ykman a profile with an MFA device is in trouble, and others are not", async () => {
  const install = "sudo apt install yubikey-manager, brew install ykman, or pipx install yubikey-manager";
  await using bench = await healthyBench({ ykman: null });
  const wanted = await examine(bench);
  assert.deepEqual(wanted.troubles, [`broken ykman: cannot run ykman: it is not installed | ${install}`]);
  assert.equal(wanted.code, 69);
  await bench.writeConfig("[default]\nregion = eu-central-1\n");
  const unwanted = await examine(bench);
  assert.deepEqual(unwanted.troubles, [`warning ykman: cannot run ykman: it is not installed | ${install}`]);
  assert.equal(unwanted.code, 0);
  const overridden = await examine(bench, { env: { AWS_USE_YKMAN: "/nowhere/ykman" } });
  assert.deepEqual(overridden.troubles, [
    'warning ykman: cannot run "/nowhere/ykman", which AWS_USE_YKMAN names | unset AWS_USE_YKMAN',
  ]);
});

Deno.test("doctor: a ykman before 4.0 is too old", async () => {
  await using bench = await healthyBench();
  await Deno.writeTextFile(`${bench.home}/old`, '#!/bin/sh\necho "YubiKey Manager (ykman) version: 3.1.2"\n', {
    mode: 0o755,
  });
  const { code, of } = await examine(bench, { env: { AWS_USE_YKMAN: `${bench.home}/old` } });
  assert.deepEqual(of("ykman", "broken"), ["version 3.1.2 is too old: it must be 4.0 or newer"]);
  assert.equal(code, 69);
});

Deno.test("doctor: waits for the ykman of another aws-use, and neither is disturbed", async () => {
  await using bench = await healthyBench({ touch: "manual" });
  const using = bench.start(["admin"]);
  assert.ok(await bench.keys.waitTouch());
  const doctor = examine(bench);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.ok(await bench.keys.touch());
  assert.equal((await using.ended()).code, 0);
  const { troubles, ran } = await doctor;
  assert.deepEqual(troubles, []);
  assert.match(ran.stderr, /waiting for (ykman|another aws-use, which asks the YubiKey), for at most \d+ s …/);
});

Deno.test("doctor: without a network the rest is told all the same", async () => {
  await using bench = await healthyBench();
  await using port = refusingPort();
  const { code, troubles, of } = await examine(bench, { env: { AWS_ENDPOINT_URL: port.url } });
  assert.deepEqual(troubles, [
    `broken sts: cannot reach 127.0.0.1:${port.port}: connection refused | check the network and HTTPS_PROXY; then: ` +
    "aws-use doctor",
    "warning clock: not compared with AWS's, which gave no answer | when there is a network: aws-use doctor",
    `warning keys: the age of the access key …MPLE of profile "default" is not known: cannot reach 127.0.0.1:${port.port}: ` +
    "connection refused | check the network and HTTPS_PROXY; then: aws-use doctor",
  ]);
  assert.equal(code, 69);
  assert.equal(of("yubikey", "ok").length, 1);
});

Deno.test({
  name: "doctor: a network that swallows packets costs 10 s, with a word on what is waited for",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using bench = await healthyBench({ ykman: null });
    await using port = await droppingPort();
    const startedMs = Date.now();
    const { code, of, ran } = await examine(bench, { env: { AWS_ENDPOINT_URL: port.url } });
    assert.ok(Date.now() - startedMs < 10_000, `it took ${Date.now() - startedMs} ms`);
    assert.match(
      of("sts", "broken").join(),
      new RegExp(`^cannot reach 127\\.0\\.0\\.1:${port.port}: silent for \\d s$`),
    );
    assert.match(ran.stderr, /^waiting for AWS to answer, for at most \d s …$/m);
    assert.equal(code, 69);
  },
});

Deno.test("doctor: a clock that is off is broken where codes are ykman's, 75, and a warning elsewhere", async () => {
  await using bench = await healthyBench({ clockOffsetSeconds: 95 });
  const remedy =
    "set it (Linux: sudo timedatectl set-ntp true, macOS: sudo sntp -sS time.apple.com), then: aws-use doctor";
  const behind = await examine(bench);
  assert.deepEqual(behind.troubles, [`broken clock: clock is 95 s behind AWS | ${remedy}`]);
  assert.equal(behind.code, 75);
  bench.emulator.setClockOffset(-4000);
  const ahead = await examine(bench);
  assert.match(ahead.of("clock", "broken").join(), /^clock is 400[01] s ahead of AWS$/);
  assert.equal(ahead.code, 75);
  await bench.writeConfig("[default]\nregion = eu-central-1\n");
  await Deno.writeTextFile(`${bench.home}/.aws/credentials`, `[default]\n${keysOf(bob)}`);
  const plain = await examine(bench);
  assert.match(plain.of("clock", "warning").join(), /^clock is 400[01] s ahead of AWS$/);
  assert.deepEqual(plain.of("keys", "ok"), ["no long-lived key is older than 90 days"]);
  assert.equal(plain.code, 0);
});
