/** A clock that differs from AWS's: signatures are corrected, expirations are told in this machine's time, no touch is wasted. */
import assert from "node:assert/strict";
import { noteClock, warnOfClock } from "../../src/engine/clock_memory.ts";
import { openCache } from "../../src/world/session_cache.ts";
import { type Bench, keysOf, people, type Ran, startBench } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { assertFails } from "../support/failure.ts";
import { fakeWorld } from "../support/fake_world/world.ts";

const { alice, bob } = people;
const remedy =
  "set it (Linux: sudo timedatectl set-ntp true, macOS: sudo sntp -sS time.apple.com), then: aws-use admin";

/** Calls with the status of their answers, the unsigned first one left out. */
const answers = ({ emulator }: Bench) =>
  emulator.calls.filter(({ action }) => action !== "HEAD").map(({ action, status }) => `${action} ${status}`);

/** The words that give a code as a person's phone, whose clock is right, would show it. */
const withCode = (offset: number) => ["admin", "--token-code", codeOf(alice, offset)];

/** Asserts that both expirations say the same instant, and that it is so many seconds from now by this machine's clock. */
function assertLives(ran: Ran, seconds: number): void {
  const expiresAt = Number(ran.set.AWS_USE_EXPIRES_AT);
  assert.equal(Date.parse(ran.set.AWS_CREDENTIAL_EXPIRATION), expiresAt * 1000);
  const left = expiresAt - Date.now() / 1000;
  assert.ok(Math.abs(left - seconds) < 15, `${left} s are left, and ${seconds} were expected`);
}

function toldClock(offset: number): string {
  return `aws-use: warning: clock is ${Math.abs(offset)} s ${offset > 0 ? "behind" : "ahead of"} AWS\n`;
}

for (const offset of [95, -95, 4000, -90_000]) {
  Deno.test(`clock ${offset} s off: a typed code goes through as it is, expirations are of this machine's clock`, async () => {
    await using bench = await startBench({ clockOffsetSeconds: offset });
    const ran = await bench.run(withCode(offset));
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, new RegExp(`^${toldClock(offset)}admin as alice@123456789012, (59m|1h)\n$`));
    assertLives(ran, 3600);
    assert.deepEqual(answers(bench), ["GetSessionToken 200", "AssumeRole 200"]);
    const [{ params }] = bench.emulator.calls.filter(({ action }) => action === "GetSessionToken");
    assert.equal(params.TokenCode, "******");
    // The cache reckons in the same clock.
    const again = await bench.run(["admin"]);
    assert.equal(again.set.AWS_USE_EXPIRES_AT, ran.set.AWS_USE_EXPIRES_AT);
    assert.deepEqual(answers(bench), ["GetSessionToken 200", "AssumeRole 200"]);
  });
}

for (
  const [what, fault] of [["is reset", "reset"], ["is answered with noise", "noise"], [
    "has no answer",
    "silence",
  ]] as const
) {
  Deno.test(`clock 4000 s off and the first request ${what}: the code is sent once, well signed`, async () => {
    await using bench = await startBench({ clockOffsetSeconds: 4000 });
    bench.emulator.faults.add({ kind: fault, action: "HEAD", times: "always" });
    const ran = await bench.run(withCode(4000));
    assert.equal(ran.code, 0, ran.stderr);
    assertLives(ran, 3600);
    assert.deepEqual(answers(bench), ["GetCallerIdentity 403", "GetSessionToken 200", "AssumeRole 200"]);
  });
}

Deno.test("clock 4000 s off, no code in the call: signed anew once after AWS has refused the time", async () => {
  await using bench = await startBench({
    clockOffsetSeconds: 4000,
    config: "[default]\nregion = eu-central-1\n[profile readonly]\nsource_profile = default\n" +
      "role_arn = arn:aws:iam::123456789012:role/readonly\n",
    credentials: `[default]\n${keysOf(bob)}`,
  });
  bench.emulator.faults.add({ kind: "reset", action: "HEAD", times: "always" });
  const ran = await bench.run(["readonly"]);
  assert.equal(ran.code, 0, ran.stderr);
  assertLives(ran, 3600);
  assert.deepEqual(answers(bench), ["ListMFADevices 403", "ListMFADevices 200", "AssumeRole 200"]);
});

Deno.test("clock 4000 s off, and a proxy that tells its own: a code goes out once, also where only the time was refused", async () => {
  await using bench = await startBench({
    clockOffsetSeconds: 4000,
    intercept: ({ method }) =>
      method === "HEAD" ? { status: 200, headers: { Date: new Date().toUTCString() }, body: "" } : undefined,
  });
  const ran = await bench.run(withCode(4000));
  assert.equal(ran.code, 75, ran.stderr);
  assert.match(ran.stderr, /clock is (3999|4000|4001) s behind AWS/);
  assert.deepEqual(answers(bench), ["GetSessionToken 403"]);
});

for (const [name, fault] of [["", undefined], [", also where the first request fails", "reset"]] as const) {
  Deno.test(`clock 95 s off: ykman's codes are of the wrong time, so it is told (75) before one is sent${name}`, async () => {
    await using bench = await startBench({ clockOffsetSeconds: 95, touch: "manual" });
    if (fault) bench.emulator.faults.add({ kind: fault, action: "HEAD", times: "always" });
    const ran = await bench.run(["admin"]);
    const before = ran.stderr.split("\n").filter((line) => line.startsWith("touch your YubiKey"));
    assertFails(ran, { code: 75, before, error: "clock is 95 s behind AWS", hint: remedy });
    assert.ok(bench.keys.touchesAsked <= 1);
    assert.deepEqual(answers(bench), fault ? ["GetCallerIdentity 200"] : []);
  });
}

Deno.test("clock 95 s off: once it is known, aws-token says so with its code, and no more once it is right", async () => {
  await using bench = await startBench({ clockOffsetSeconds: 95 });
  const word =
    /^aws-use: warning: clock is 95 s behind AWS, seen (?:just now|\d+s ago): AWS may refuse this code; see: aws-use doctor$/m;
  const token = async () => {
    const ran = await bench.run(["token"]);
    assert.match(ran.stdout, /^\d{6}\n$/, ran.stderr);
    return ran.stderr;
  };
  assert.doesNotMatch(await token(), /clock/);
  assert.deepEqual(bench.emulator.calls, [], "it makes no call of its own");
  assert.equal((await bench.run(["admin"])).code, 75);
  assert.match(await token(), word);
  bench.emulator.setClockOffset(0);
  assert.equal((await bench.run(["admin"])).code, 0);
  assert.doesNotMatch(await token(), /clock/);
});

Deno.test("warnOfClock() tells when the clock was seen to be off", async () => {
  using it = fakeWorld({ credentials: "" });
  const { clock } = it.world;
  const cache = await openCache(it.world);
  await noteClock(cache, clock.nowMs(), 95);
  for (const when of ["just now", "5s ago", "1m ago"]) {
    await warnOfClock(it.world, cache);
    assert.equal(
      it.seen.at(-1),
      `aws-use: warning: clock is 95 s behind AWS, seen ${when}: AWS may refuse this code; see: aws-use doctor`,
    );
    await clock.sleep(when === "just now" ? 5_000 : 60_000);
  }
});

Deno.test("clock 20 s off: no word about it", async () => {
  await using bench = await startBench({ clockOffsetSeconds: 20 });
  const ran = await bench.run(withCode(20));
  assert.match(ran.stderr, /^admin as alice@123456789012, (59m|1h)\n$/);
  assertLives(ran, 3600);
});

Deno.test("clock 4000 s off: status --check asks well signed, tells it, and takes the credentials for good", async () => {
  await using bench = await startBench({ clockOffsetSeconds: -4000 });
  const { set } = await bench.run(withCode(-4000));
  const { code, stdout, stderr } = await bench.run(["status", "--check"], { env: set });
  assert.equal(stderr, toldClock(-4000));
  assert.match(stdout, /^admin as alice@123456789012, .*(59m|1h) left, .*assumed-role\/admin\/alice\n$/);
  assert.equal(code, 0);
});

Deno.test("a clock that was ahead and was set right: what was cached meanwhile counts as absent, and clear removes it", async () => {
  await using bench = await startBench({
    config: "[default]\nregion = eu-central-1\n[profile readonly]\nsource_profile = default\n" +
      "role_arn = arn:aws:iam::123456789012:role/readonly\n",
    credentials: `[default]\n${keysOf(bob)}`,
  });
  const assumed = () => bench.calls().filter((call) => call === "AssumeRole").length;
  assert.equal((await bench.run(["readonly"])).code, 0);
  const [{ name }] = await Array.fromAsync(Deno.readDir(`${bench.cache}/roles`));
  const path = `${bench.cache}/roles/${name}`;
  const ahead = async (seconds: number) => {
    const session = JSON.parse(await Deno.readTextFile(path));
    const { expiresAt, issuedAt } = session;
    const moved = { ...session, expiresAt: expiresAt + seconds, issuedAt: issuedAt + seconds };
    await Deno.writeTextFile(path, JSON.stringify(moved));
  };
  await ahead(30);
  assert.equal((await bench.run(["readonly"])).code, 0);
  assert.equal(assumed(), 1);
  await ahead(7200);
  const ran = await bench.run(["readonly"]);
  assertLives(ran, 3600);
  assert.equal(assumed(), 2);
  await ahead(7200);
  assert.equal((await bench.run(["clear", "readonly"])).code, 0);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${bench.cache}/roles`)), []);
});
