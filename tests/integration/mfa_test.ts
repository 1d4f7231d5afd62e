/** Codes: where they come from, that none is sent twice, and what is said of one that AWS refuses. */
import assert from "node:assert/strict";
import {
  type Bench,
  type BenchOptions,
  keysOf,
  people,
  type RunOptions,
  startBench,
  usualConfig,
  usualKey,
} from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { openCore } from "../support/core_terminal.ts";
import { assertFails } from "../support/failure.ts";

const { alice, bob, carol, dave } = people;
const serial = alice.mfaSerial;
const wholeDay = ["GetSessionToken", "AssumeRole"];
const noSerial = usualConfig().replace(/mfa_serial.*\n/, "");

/** The usual config with more lines in the profile that holds the keys. */
const config = (...lines: readonly string[]) =>
  usualConfig().replace("region = eu-central-1", (region) => [region, ...lines].join("\n"));
const mfaProcess = (command: string): BenchOptions => ({ config: config(`mfa_process = ${command}`) });
const processTold = `aws-use: mfa_process gives the code of ${serial} for profile "admin", within 120 s`;
const ofPerson = (
  person: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly mfaSerial: string },
) => ({
  config: usualConfig().replace(serial, person.mfaSerial),
  credentials: `[default]\n${keysOf(person)}`,
});
const codeFile = (bench: Bench, code: string) => Deno.writeTextFile(`${bench.home}/code`, `${code}\n`);

Deno.test("--token-code: what is not six digits is refused before anything is sent", async () => {
  await using bench = await startBench();
  for (const code of ["12345", "1234567", "abcdef", "", "１２３４５６", "12345\n", " 123456"]) {
    assertFails(await bench.run(["admin", "--token-code", code]), {
      code: 64,
      error: "the value of --token-code is not six digits",
      hint: "let aws-use ask for it: aws-use admin",
    });
  }
  assert.deepEqual(bench.emulator.calls, []);
});

Deno.test("--token-code: a wrong one costs one call and no touch", async () => {
  await using bench = await startBench();
  assertFails(await bench.run(["admin", "--region", "eu-west-3", "--token-code", "000000"]), {
    code: 77,
    error:
      `AWS refuses the token code for "${serial}": it is wrong, of another device, expired, or another program has spent it`,
    hint: `wait for the next code of ${serial}, then: aws-use admin --region eu-west-3`,
  });
  assert.deepEqual(bench.calls(), ["GetSessionToken"]);
  assert.equal(bench.keys.touchesAsked, 0);
});

Deno.test("--token-code: the same one twice is refused before it is sent, also after `clear` and by another profile", async () => {
  await using bench = await startBench();
  const code = codeOf();
  assert.equal((await bench.run(["admin", "--token-code", code])).code, 0);
  await bench.run(["clear"]);
  const again = await bench.run(["prod", "--token-code", code]);
  const seconds = /wait (\d+) s/.exec(again.stderr)?.[1] ?? "";
  assert.ok(Number(seconds) >= 1 && Number(seconds) <= 30, again.stderr);
  assertFails(again, {
    code: 77,
    error: `this code of "${serial}" was used already, and AWS takes a code once`,
    hint: `wait ${seconds} s for the next one, then: aws-use prod`,
  });
  assert.deepEqual(bench.calls(), wholeDay);
});

Deno.test("--token-code: one that another program has spent, and an expired one, are explained as far as is known", async () => {
  await using bench = await startBench();
  const code = codeOf();
  await bench.run(["admin", "--token-code", code]);
  await bench.run(["clear"]);
  // The memory knows that the code of this window is spent, so an older one can only be wrong or old.
  assertFails(await bench.run(["admin", "--token-code", codeOf(alice, -300)]), {
    code: 77,
    error:
      `AWS refuses the token code for "${serial}": it is wrong, of another device, or older than the last one that was used`,
    hint: `wait for the next code of ${serial}, then: aws-use admin`,
  });
  await Deno.remove(bench.cache, { recursive: true });
  assertFails(await bench.run(["admin", "--token-code", code]), {
    code: 77,
    error:
      `AWS refuses the token code for "${serial}": it is wrong, of another device, expired, or another program has spent it`,
    hint: `wait for the next code of ${serial}, then: aws-use admin`,
  });
});

Deno.test("a serial that is another user's is told apart from a wrong code", async () => {
  await using bench = await startBench({ config: usualConfig().replace(serial, carol.mfaSerial) });
  assertFails(await bench.run(["admin", "--token-code", codeOf(carol)]), {
    code: 77,
    error: `AWS does not know "${carol.mfaSerial}" as an MFA device of the user of profile "default"`,
    hint: "correct mfa_serial; AWS has: aws iam list-mfa-devices --profile default",
  });
});

Deno.test("a YubiKey whose account has another secret is told apart from a wrong code", async () => {
  const accounts = [{ name: serial, secretBase32: carol.mfaSecret, touch: true }];
  await using bench = await startBench({ keys: [{ serial: 1, accounts }] });
  assertFails(await bench.run(["admin"]), {
    code: 77,
    error: `AWS refuses the token code for "${serial}": ` +
      "the key's account and AWS's device do not share a secret, or another program has spent this code",
    hint: "try once more: aws-use admin; if it stays so: aws-use mfa resync default",
    before: ['touch your YubiKey for profile "admin" (alice), within 15 s …'],
  });
});

Deno.test("a code goes out once, also when the connection breaks after AWS has taken it", async () => {
  await using bench = await startBench();
  for (const kind of ["reset", "noise"] as const) {
    bench.emulator.faults.add({ kind, action: "GetSessionToken", when: "after" });
    const code = codeOf(alice, kind === "reset" ? 0 : 30);
    const ran = await bench.run(["admin", "--token-code", code]);
    assertFails(ran, {
      code: 69,
      error: `no answer from 127.0.0.1:${bench.emulator.port}: the connection broke`,
      hint: "check the network and HTTPS_PROXY; then: aws-use admin",
    });
    const repeated = await bench.run(["admin", "--token-code", code]);
    assert.match(repeated.stderr, /was used already/);
  }
  assert.deepEqual(bench.calls(), ["GetSessionToken", "GetSessionToken"]);
});

Deno.test("no code is spent, and none asked for, while AWS cannot be reached", async () => {
  await using bench = await startBench(mfaProcess('echo asked >>"$HOME/asked"; cat "$HOME/code"'));
  await codeFile(bench, codeOf());
  const down = { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } };
  const told = {
    code: 69,
    error: "cannot reach 127.0.0.1:1: connection refused",
    hint: "check the network and HTTPS_PROXY; then: aws-use admin",
  };
  assertFails(await bench.run(["admin"], down), told);
  assertFails(await bench.run(["admin", "--token-code", codeOf()], down), told);
  await assert.rejects(Deno.stat(`${bench.home}/asked`), Deno.errors.NotFound);
  assert.equal((await bench.run(["admin", "--token-code", codeOf()])).code, 0);
});

Deno.test("a touch that is waited for ends when AWS turns out to be out of reach", async () => {
  await using bench = await startBench({ touch: "manual" });
  const ran = await bench.run(["admin"], { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } });
  assert.equal(ran.code, 69, ran.stderr);
  assert.match(ran.stderr, /cannot reach 127\.0\.0\.1:1: connection refused/);
});

/** The next window is spent too, so that the wait would be longer than what is asserted, whenever this runs. */
async function spendNextWindow(bench: Bench): Promise<void> {
  for await (const { name } of Deno.readDir(`${bench.cache}/windows`)) {
    const path = `${bench.cache}/windows/${name}`;
    const later = `${Math.floor(Date.now() / 30_000) + 1} `;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(/^\d+ /, later));
  }
}

Deno.test("the wait for the next window ends when AWS turns out to be out of reach", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["admin"])).code, 0);
  await spendNextWindow(bench);
  const before = Date.now();
  const ran = await bench.run(["admin", "--no-cache"], { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } });
  assert.equal(ran.code, 69);
  assert.match(ran.stderr, /error: cannot reach 127\.0\.0\.1:1/);
  assert.ok(Date.now() - before < 3000, `${Date.now() - before} ms`);
});

const sourcesGone: readonly (readonly [string, RegExp, ((bench: Bench) => Promise<void> | void), RunOptions?])[] = [
  ["the key is pulled out", /error: no YubiKey is plugged in\n/, ({ keys }) => keys.remove()],
  ["ykman cannot be run", /error: cannot run "\/nowhere\/ykman", which AWS_USE_YKMAN names\n/, () => {}, {
    env: { AWS_USE_YKMAN: "/nowhere/ykman" },
  }],
  [
    "the program of mfa_process is not there",
    /error: mfa_process cannot run "\/nowhere\/authenticator"\naws-use: hint: run it by hand; it stands in: grep -ns /,
    (bench) => bench.writeConfig(mfaProcess("/nowhere/authenticator --six").config!),
  ],
];

for (const [name, says, prepare, options] of sourcesGone) {
  Deno.test(`the wait for the next window ends where ${name}`, async () => {
    await using bench = await startBench();
    assert.equal((await bench.run(["admin"])).code, 0);
    await spendNextWindow(bench);
    await prepare(bench);
    const before = Date.now();
    const ran = await bench.run(["admin", "--no-cache"], options);
    assert.equal(ran.code, 69, ran.stderr);
    assert.match(ran.stderr, says);
    assert.ok(Date.now() - before < 5000, `${Date.now() - before} ms`);
    assert.equal(bench.keys.touchesAsked, 1);
  });
}

Deno.test("the wait for the next window ends at once where only a typed code can serve, and is counted down before it", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["admin"])).code, 0);
  await spendNextWindow(bench);
  bench.keys.remove();
  await using terminal = await openCore(bench, ["admin", "--no-cache"], { columns: 250 });
  const screen = await terminal.waitFor(
    /no YubiKey is plugged in; plug it in, then: \S+ admin.*\n+the code of this 30 s window is spent/,
  );
  assert.doesNotMatch(screen, /MFA code of/);
  await terminal.press("C-c");
  assert.equal(await terminal.exitCode(), 130);
});

for (const how of ["inactive", "deleted"]) {
  Deno.test(`the wait for the next window ends when the keys turn out to be ${how}, and nobody is asked`, async () => {
    await using bench = await startBench();
    assert.equal((await bench.run(["admin"])).code, 0);
    await spendNextWindow(bench);
    const { keys } = bench.emulator.world.users[0];
    if (how === "inactive") keys[0].status = "Inactive";
    else keys.pop();
    const before = { at: Date.now(), touches: bench.keys.touchesAsked };
    const ran = await bench.run(["admin", "--no-cache"]);
    assert.equal(ran.code, 77);
    assert.match(
      ran.stderr,
      /error: AWS does not take the access key …MPLE of profile "default": it is inactive, deleted/,
    );
    assert.ok(Date.now() - before.at < 3000, `${Date.now() - before.at} ms`);
    assert.equal(bench.keys.touchesAsked, before.touches);
    assert.deepEqual(bench.calls(), [...wholeDay, "GetCallerIdentity"]);
  });
}

Deno.test("mfa_process: the last line of digits counts, and it gets no secret", async () => {
  const command = 'echo 999999; cat "$HOME/code"; echo done; env >"$HOME/environment"';
  await using bench = await startBench(mfaProcess(command));
  await codeFile(bench, codeOf());
  const env = { AWS_SECRET_ACCESS_KEY: "mine/EXAMPLEKEY", AWS_SESSION_TOKEN: "mytoken", AWS_SECURITY_TOKEN: "mytoken" };
  const ran = await bench.run(["admin"], { env });
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, `${processTold}\nadmin as alice@123456789012, 59m\n`);
  const seen = await Deno.readTextFile(`${bench.home}/environment`);
  assert.doesNotMatch(seen, /EXAMPLEKEY|mytoken|AWS_USE_FD/);
  assert.match(seen, new RegExp(`^HOME=${bench.home}$`, "m"));
});

Deno.test("mfa_process: is run before the YubiKey is thought of, by /bin/sh, with its stderr shown", async () => {
  await using bench = await startBench(mfaProcess('echo "hello from $0" >&2; x=$(cat "$HOME/code"); echo "$x"'));
  await codeFile(bench, codeOf());
  const ran = await bench.run(["admin"]);
  assert.equal(ran.stderr, `${processTold}\nhello from /bin/sh\nadmin as alice@123456789012, 59m\n`);
  assert.equal(bench.keys.touchesAsked, 0);
});

for (
  const [name, command, what] of [
    ["that fails", "exit 3", "mfa_process ended with status 3"],
    ["that is ended", "kill -TERM $$", "mfa_process was ended by SIGTERM"],
    ["that prints no digits", "echo 12345; echo hello", "mfa_process printed no six-digit code"],
    ["that prints eight digits last", "echo 123456; echo 12345678", "mfa_process printed no six-digit code"],
    ["that does not exist", "/nowhere/authenticator 2>/dev/null", "mfa_process ended with status 127"],
  ] as const
) {
  Deno.test(`mfa_process ${name} is told, and nothing is sent`, async () => {
    await using bench = await startBench(mfaProcess(command));
    const files = `${bench.home}/.aws/config ${bench.home}/.aws/credentials`;
    assertFails(await bench.run(["admin"]), {
      code: 69,
      error: what,
      hint: `run it by hand; it stands in: grep -ns mfa_process ${files}`,
      before: [processTold],
    });
    assert.deepEqual(bench.calls(), []);
  });
}

Deno.test("mfa_process whose own question was cancelled cancels", async () => {
  await using bench = await startBench(mfaProcess("exit 130"));
  assertFails(await bench.run(["admin"]), {
    code: 130,
    error: "mfa_process was cancelled",
    hint: "call again: aws-use admin",
    before: [processTold],
  });
});

Deno.test("mfa_process speaks with the person: its stdin and stderr are the terminal, even where ours are not", async () => {
  await using bench = await startBench(
    mfaProcess('printf "your code: " >&2; read -r code; [ -t 0 ] && [ -t 2 ] && echo "$code"'),
  );
  for (const [index, redirection] of ["", "</dev/null", "2>/dev/null", "</dev/null 2>/dev/null"].entries()) {
    await using terminal = await openCore(bench, ["admin", "--no-cache"], { script: `"$@" ${redirection}` });
    await terminal.waitFor("your code:");
    await terminal.type(codeOf(alice, 30 * (index % 2)));
    await terminal.press("Enter");
    // AWS takes a code once, and windows go by meanwhile: what matters here is that the code arrived.
    assert.ok([0, 77].includes(await terminal.exitCode()), await terminal.screen());
    await Deno.remove(`${bench.cache}/windows`, { recursive: true });
  }
  assert.equal(bench.calls().filter((call) => call === "GetSessionToken").length, 4);
});

const typedCodes: readonly (readonly [string, BenchOptions, RegExp, ((bench: Bench) => Promise<void>)?])[] = [
  ["no key is plugged in", { keys: [] }, /no YubiKey is plugged in; plug it in, then: aws-use admin/],
  ["there is no ykman", { ykman: null }, /cannot run ykman: it is not installed; sudo apt install/],
  ["pcscd is off", {}, /ykman cannot reach pcscd; start it: sudo systemctl/, ({ keys }) => keys.stop()],
  ["the key has not that account", { keys: [{ serial: 1 }] }, /the YubiKey has no OATH account named/],
  [
    "several keys have not that account",
    { keys: [{ serial: 1 }, { serial: 2 }] },
    /no YubiKey that is plugged in \(1, 2\) has an OATH account named/,
  ],
];

for (const [name, options, says, prepare] of typedCodes) {
  Deno.test(`a typed code serves where ${name}`, async () => {
    await using bench = await startBench(options);
    await prepare?.(bench);
    await using terminal = await openCore(bench, ["admin"], { columns: 250 });
    const screen = await terminal.waitFor(`MFA code of ${serial} for profile "admin":`);
    assert.match(screen, says);
    await terminal.type(codeOf().replace(/^.../, "$& "));
    await terminal.press("Enter");
    assert.equal(await terminal.exitCode(), 0, await terminal.screen());
    assert.match(await terminal.wire(), /^AWS_USE_PROFILE=admin$/m);
    assert.deepEqual(bench.calls(), wholeDay);
  });
}

Deno.test("a typed code: what is no code is asked for again, three times in all; an empty answer cancels", async () => {
  await using bench = await startBench({ ykman: null });
  await using terminal = await openCore(bench, ["admin"], { columns: 250 });
  for (const wrong of ["12345", "abcdef", "1234567"]) {
    await terminal.waitFor(/MFA code of [^\n]*: $|MFA code of [^\n]*:$/);
    await terminal.type(wrong);
    await terminal.press("Enter");
  }
  assert.equal(await terminal.exitCode(), 64);
  const screen = await terminal.screen();
  assert.equal(screen.match(/aws-use: a token code is six digits/g)?.length, 3);
  assert.ok(
    screen.includes(
      "aws-use: error: what was typed is no token code: three times no six digits\n" +
        `aws-use: hint: read the code of ${serial} and call again: aws-use admin\n`,
    ),
    screen,
  );

  await using empty = await openCore(bench, ["admin"]);
  await empty.waitFor("MFA code of");
  await empty.press("Enter");
  assert.equal(await empty.exitCode(), 130);
  await using ended = await openCore(bench, ["admin"]);
  await ended.waitFor("MFA code of");
  // Somebody is asked for it already.
  assert.doesNotMatch(await ended.screen(), /or give a code/);
  await ended.press("C-d");
  assert.equal(await ended.exitCode(), 130);
  assert.match(await ended.screen(), /"admin":\naws-use: error: no code was typed\n/);
  assert.deepEqual(bench.calls(), []);
});

Deno.test("who waits for a shell at its question for a code reads which one that is, and is not held up by its end", async () => {
  await using bench = await startBench({ ykman: null });
  await using first = await openCore(bench, ["admin"]);
  await first.waitFor("MFA code of");
  await using second = await openCore(bench, ["readonly"], { columns: 200 });
  const said = await second.waitFor(/waits for a code/);
  assert.match(
    said,
    /^waiting for another aws-use, which asks AWS for "default" \(process \d+ on \S+ waits for a code/m,
  );
  const [, pid, where] = /process (\d+) on (\S+) waits for a code to be typed\), for at most 120 s …$/m.exec(said)!;
  assert.equal(where, await Deno.readLink(`/proc/${pid}/fd/2`));
  Deno.kill(Number(pid), "SIGKILL");
  await second.waitFor("MFA code of");
  await second.type(codeOf());
  await second.press("Enter");
  assert.equal(await second.exitCode(), 0, await second.screen());
  // The note of the killed one goes with the next holder of its lock.
  assert.equal((await bench.run(["admin"])).code, 0);
  for await (const lock of Deno.readDir(`${bench.cache}/locks`)) {
    assert.doesNotMatch(await Deno.readTextFile(`${bench.cache}/locks/${lock.name}`), /waits/);
  }
});

Deno.test("renew, which takes no --token-code, offers none", async () => {
  await using bench = await startBench({ keys: [] });
  assertFails(await bench.run(["renew", "--", "admin"], { env: { AWS_USE_ACTIVE: "admin" } }), {
    code: 69,
    error: "no YubiKey is plugged in",
    hint: "plug it in, then: aws-use renew",
  });
});

Deno.test("hints are in the words of fish where a guard tells them, and before a code is typed", async () => {
  await using bench = await startBench();
  const env = { AWS_USE_YKMAN: "/nowhere/ykman", SHELL: "/usr/bin/fish" };
  const guarded = await bench.run(["renew", "--", "admin"], {
    env: { ...env, AWS_USE_ACTIVE: "admin", AWS_USE_GUARDED: "1" },
  });
  assert.equal(guarded.wire.split("\n")[3], "set -e AWS_USE_YKMAN");
  await using terminal = await openCore(bench, ["admin"], { env, columns: 250 });
  const screen = await terminal.waitFor("MFA code of");
  assert.match(screen, /which AWS_USE_YKMAN names; set -e AWS_USE_YKMAN$/m);
});

Deno.test("token: nobody is asked to type the code that is to be shown", async () => {
  await using bench = await startBench({ keys: [] });
  await using terminal = await openCore(bench, ["token", "admin"], { columns: 250 });
  assert.equal(await terminal.exitCode(), 69);
  assert.equal(
    await terminal.screen(),
    "aws-use: error: no YubiKey is plugged in\naws-use: hint: plug it in, then: aws-token admin\n[exit 69]",
  );
});

Deno.test("token: the touch for a device of no profile names none", async () => {
  await using bench = await startBench({ config: "", credentials: "" });
  const ran = await bench.run(["token", serial]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, "touch your YubiKey for a code to show (alice), within 15 s …\n");
});

Deno.test("the OATH password is asked for without echo, once", async () => {
  const [account] = usualKey().accounts!;
  await using bench = await startBench({ keys: [{ serial: 1, password: "open sesame", accounts: [account] }] });
  await using terminal = await openCore(bench, ["admin"]);
  await terminal.waitFor("OATH password of the YubiKey:");
  await terminal.type("open sesame");
  await terminal.press("Enter");
  await terminal.waitFor("let ykman keep this password on this computer? [y/N]");
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 0, await terminal.screen());
  assert.doesNotMatch(await terminal.screen(), /sesame/);
});

Deno.test("of several keys the one with the account is touched, and named", async () => {
  const [account] = usualKey().accounts!;
  const other = { ...account, name: `${serial}2` };
  await using bench = await startBench({
    touch: "manual",
    keys: [{ serial: 11111111, accounts: [other] }, { serial: 22222222, accounts: [account] }],
  });
  const running = bench.start(["admin"]);
  assert.ok(await bench.keys.touch({ serial: 22222222 }));
  const ran = await running.ended();
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /^touch YubiKey 22222222 for profile "admin" \(alice\), within 15 s …$/m);
  assert.equal(bench.keys.touchesAsked, 1);
});

Deno.test("clock: 95 s off is told, codes given by hand go through, and ends are told in this machine's clock", async () => {
  for (const offset of [95, -95]) {
    await using bench = await startBench({ clockOffsetSeconds: offset });
    const before = Math.floor(Date.now() / 1000);
    const ran = await bench.run(["admin", "--token-code", codeOf(alice, offset)]);
    assert.equal(ran.code, 0, ran.stderr);
    const how = offset > 0 ? "behind" : "ahead of";
    assert.match(
      ran.stderr,
      new RegExp(`^aws-use: warning: clock is 9[456] s ${how} AWS\nadmin as alice@123456789012, (59m|1h)\n$`),
    );
    const ends = Number(ran.set.AWS_USE_EXPIRES_AT);
    assert.ok(Math.abs(ends - before - 3600) <= 4, `${ends - before}`);
    assert.equal(Date.parse(ran.set.AWS_CREDENTIAL_EXPIRATION) / 1000, ends);
  }
});

Deno.test("clock: with codes of this machine, or of its mfa_process, an offset is told instead of a wrong code", async () => {
  await using bench = await startBench({ ...mfaProcess('cat "$HOME/code"'), clockOffsetSeconds: 95 });
  await codeFile(bench, codeOf());
  const ran = await bench.run(["admin"]);
  assert.equal(ran.code, 75, ran.stderr);
  assert.match(ran.stderr, /^aws-use: error: clock is 9[456] s behind AWS$/m);
  // Typed and given ones are of another device's clock, so the offset is only mentioned.
  const given = await bench.run(["admin", "--token-code", "000000"]);
  assert.equal(given.code, 77);
  assert.match(
    given.stderr,
    /AWS refuses the token code for "\S+" \(clock is 9[456] s behind AWS\): it is wrong, of another/,
  );
});

for (const offset of [3600, -3600, 86_400 * 30]) {
  Deno.test(`clock: signatures are corrected at ${offset} s, also where the first request tells nothing`, async () => {
    for (const head of ["answered", "reset"] as const) {
      await using bench = await startBench({ clockOffsetSeconds: offset });
      if (head === "reset") bench.emulator.faults.add({ kind: "reset", action: "HEAD", times: "always" });
      const ran = await bench.run(["admin", "--token-code", codeOf(alice, offset)]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(bench.calls().filter((call) => call === "GetSessionToken").length, 1);
      // The session is cached, so that the next one is the first call of its process: refused, corrected, repeated.
      const next = await bench.run(["readonly"]);
      assert.equal(next.code, 0, next.stderr);
      assert.ok(Math.abs(Number(next.set.AWS_USE_EXPIRES_AT) - Date.now() / 1000 - 3600) <= 5);
    }
  });
}

Deno.test("no mfa_serial: the device that IAM knows is found, told, and asked for once", async () => {
  await using bench = await startBench({ config: noSerial });
  const first = await bench.run(["admin"]);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, new RegExp(`put "mfa_serial = ${serial}" into profile "default"\n`));
  assert.equal((await bench.run(["readonly"])).stderr, "readonly as alice@123456789012, 59m\n");
  assert.deepEqual(bench.calls(), ["ListMFADevices", "GetSessionToken", "AssumeRole", "AssumeRole"]);
});

Deno.test("no mfa_serial, several devices: the one whose account is on the plugged key", async () => {
  const second = "arn:aws:iam::123456789012:mfa/alice-spare";
  await using bench = await startBench({
    config: noSerial,
    keys: [{ serial: 1, accounts: [{ name: second, secretBase32: carol.mfaSecret, touch: true }] }],
  });
  const [device] = bench.emulator.world.devices;
  bench.emulator.world.devices.push({ ...device, serial: second, secret: carol.mfaSecret, spentWindows: new Set() });
  const ran = await bench.run(["admin"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /^touch your YubiKey for profile "admin" \(alice-spare\), within 15 s …$/m);
});

Deno.test("no mfa_serial and no device: a session without MFA, with a warning", async () => {
  await using bench = await startBench({ config: noSerial, credentials: `[default]\n${keysOf(bob)}` });
  const ran = await bench.run(["default"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, "aws-use: note: no MFA device was found: calls to IAM will be refused\ndefault, 11h\n");
  assert.deepEqual(bench.calls(), ["ListMFADevices", "GetSessionToken"]);
});

Deno.test("no mfa_serial, and IAM does not say: a session without MFA, with a warning that says why", async () => {
  await using bench = await startBench({ config: noSerial, credentials: `[default]\n${keysOf(dave)}` });
  const ran = await bench.run(["readonly"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(
    ran.stderr,
    /^aws-use: warning: AWS refuses iam:ListMFADevices, so no MFA device is known; put mfa_serial/,
  );
});

Deno.test("a FIDO device gives no codes: told, whether IAM or the file names it", async () => {
  const fido = "arn:aws:iam::123456789012:u2f/user/alice/key";
  const told = {
    code: 78,
    error: `the MFA device "${fido}" is a FIDO device, and STS takes only codes`,
    hint: "register a virtual MFA device beside it, and name that one with: aws configure set mfa_serial ARN",
  };
  await using bench = await startBench({ config: noSerial });
  const { devices } = bench.emulator.world;
  devices[0] = { ...devices[0], serial: fido, kind: "fido", secret: undefined };
  assertFails(await bench.run(["admin"]), told);
  await bench.writeConfig(usualConfig().replace(serial, fido));
  assertFails(await bench.run(["admin"]), told);
  assert.deepEqual(bench.calls(), ["ListMFADevices"]);
});

Deno.test("an identity without GetSessionToken sends its code with AssumeRole, and that is remembered", async () => {
  await using bench = await startBench(ofPerson(dave));
  const first = await bench.run(["admin", "--token-code", codeOf(dave)]);
  assert.equal(first.code, 77);
  assert.match(first.stderr, /AWS refuses GetSessionToken to these keys; the code goes with AssumeRole instead/);
  assert.match(first.stderr, /this code of "\S+dave" was used already/);
  const second = await bench.run(["admin", "--token-code", codeOf(dave, 30)]);
  assert.equal(second.stderr, "admin as dave@123456789012, 59m\n");
  assert.deepEqual(bench.calls(), wholeDay);
});

Deno.test("a role that wants a fresh code: one new code, then it stops", async () => {
  await using bench = await startBench();
  const { sessions, devices } = bench.emulator.world;
  assert.equal((await bench.run(["admin", "--token-code", codeOf()])).code, 0);
  await age(bench, 600);
  const asked = "aws-use: AWS refuses the role; one attempt with a fresh MFA code, in case it wants one " +
    '("arn:aws:iam::123456789012:role/fresh")';
  const fresh = await bench.run(["fresh", "--token-code", codeOf(alice, 30)]);
  assert.equal(fresh.stderr, `${asked}\nfresh as alice@123456789012, 59m\n`);
  assert.deepEqual(bench.calls(), [...wholeDay, "AssumeRole", ...wholeDay]);

  // Where a fresh code does not help either, the second refusal is told.
  await bench.run(["clear", "fresh"]);
  await age(bench, 600);
  bench.emulator.world.roles.find(({ name }) => name === "fresh")!.trust.denied = true;
  devices[0].spentWindows.clear();
  await Deno.remove(`${bench.cache}/windows`, { recursive: true });
  bench.emulator.calls.length = 0;
  const refused = await bench.run(["fresh", "--token-code", codeOf()]);
  assert.equal(refused.code, 77);
  assert.match(refused.stderr, /^aws-use: error: AWS refuses role "arn:aws:iam::123456789012:role\/fresh": User: /m);
  assert.deepEqual(bench.calls(), ["AssumeRole", "GetSessionToken", "AssumeRole"]);
  assert.ok(sessions.length > 0);
});

Deno.test("a role that AWS refuses with a fresh code too costs no other touch for ten minutes", async () => {
  await using bench = await startBench();
  const { roles, devices } = bench.emulator.world;
  for (const name of ["fresh", "readonly"]) roles.find((role) => role.name === name)!.trust.denied = true;
  const touchesOf = async (profile: string) => {
    // No window shall be waited for here.
    devices[0].spentWindows.clear();
    await Deno.remove(`${bench.cache}/windows`, { recursive: true }).catch(() => {});
    const before = bench.keys.touchesAsked;
    const ran = await bench.run([profile]);
    assert.equal(ran.code, 77, ran.stderr);
    assert.match(ran.stderr, new RegExp(`error: AWS refuses role "arn:aws:iam::123456789012:role/${profile}": User: `));
    return bench.keys.touchesAsked - before;
  };
  assert.equal((await bench.run(["admin"])).code, 0);
  await age(bench, 600);
  assert.equal(await touchesOf("fresh"), 1);
  await age(bench, 600);
  assert.equal(await touchesOf("fresh"), 0);

  // Refused with a code of this very call, another one would be no fresher.
  await Deno.remove(`${bench.cache}/sessions`, { recursive: true });
  assert.equal(await touchesOf("readonly"), 1);
  await age(bench, 600);
  assert.equal(await touchesOf("readonly"), 0);

  for await (const { name } of Deno.readDir(`${bench.cache}/devices`)) {
    if (!name.startsWith("refused-")) continue;
    const path = `${bench.cache}/devices/${name}`;
    await Deno.writeTextFile(path, `${Number(await Deno.readTextFile(path)) - 601}\n`);
  }
  assert.equal(await touchesOf("fresh"), 1);
});

Deno.test("a cached session that AWS has revoked is replaced, not told as an error", async () => {
  await using bench = await startBench();
  await bench.run(["admin", "--token-code", codeOf()]);
  bench.emulator.world.sessions.length = 0;
  await age(bench, 600);
  const ran = await bench.run(["readonly", "--token-code", codeOf(alice, 30)]);
  assert.equal(
    ran.stderr,
    "aws-use: the cached session is no longer valid; asking for a new one\nreadonly as alice@123456789012, 59m\n",
  );
});

/** Makes the cached MFA session `seconds` older, for us and for AWS. */
async function age(bench: Bench, seconds: number): Promise<void> {
  for (const session of bench.emulator.world.sessions) {
    if (session.mfaAt !== undefined) Object.assign(session, { mfaAt: session.mfaAt - seconds * 1000 });
  }
  for await (const { name } of Deno.readDir(`${bench.cache}/sessions`)) {
    const path = `${bench.cache}/sessions/${name}`;
    const session = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...session, issuedAt: session.issuedAt - seconds }));
  }
}

Deno.test("a device that AWS named once and knows no more is forgotten, and asked for anew by the next call", async () => {
  await using bench = await startBench({ config: noSerial });
  const { devices } = bench.emulator.world;
  const first = await bench.run(["admin", "--token-code", codeOf()]);
  assert.equal(first.code, 0, first.stderr);
  devices[0] = { ...devices[0], serial: `${serial}-new`, spentWindows: new Set() };
  for (const folder of ["sessions", "roles"]) await Deno.remove(`${bench.cache}/${folder}`, { recursive: true });
  const second = await bench.run(["admin", "--token-code", codeOf(alice, 30)]);
  assertFails(second, {
    code: 77,
    error: `AWS does not know "${serial}" as an MFA device of the user of profile "default"`,
    hint: "where mfa_serial names it, correct that; else AWS is asked anew by: aws-use admin",
  });
  const third = await bench.run(["admin", "--token-code", codeOf()]);
  assert.equal(third.code, 0, third.stderr);
  assert.equal(bench.calls().filter((call) => call === "ListMFADevices").length, 2);
});
