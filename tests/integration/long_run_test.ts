/** Long runs of a guarded command, as its guard asks for them: how many touches, which calls, and what is said. */
import assert from "node:assert/strict";
import { type Bench, startBench, usualConfig } from "../support/bench.ts";

/** What a guard asks for in a shell whose credentials live for `left` seconds yet. */
async function guarded(bench: Bench, profile: string, margin: number, left: number, ...flags: string[]) {
  const activeUntil = Math.floor(Date.now() / 1000) + left;
  const before = bench.calls().length;
  const touches = bench.keys.touchesAsked;
  const { code, stderr, set } = await bench.run(["renew", "--margin", `${margin}`, ...flags, "--", profile], {
    env: { AWS_USE_ACTIVE: profile, AWS_USE_ACTIVE_EXPIRES_AT: `${activeUntil}`, AWS_USE_GUARDED: "1" },
  });
  assert.equal(code, 0, stderr);
  return {
    seconds: Number(set.AWS_USE_EXPIRES_AT) - Math.floor(Date.now() / 1000),
    // Who calls is asked, beside the key, before a code is.
    calls: bench.calls().slice(before).filter((call) => call !== "GetCallerIdentity"),
    touches: bench.keys.touchesAsked - touches,
    said: stderr.split("\n").filter((line) => line.includes("cannot be had") || line.includes("trying")),
  };
}

Deno.test("a long run that takes a code has what can be had in silence where nobody may be asked", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["admin"])).code, 0);
  const { calls, touches, said } = await guarded(bench, "admin", 7200, 3590, "--no-touch");
  assert.deepEqual([calls, touches], [["GetRole"], 0]);
  assert.match(said.join(), /^aws-use: 2h cannot be had for "admin": it takes a code, and nobody may be asked/);
  // What the shell has is not replaced by what lives less long.
  const longer = await guarded(bench, "admin", 36_000, 20_000, "--no-touch");
  assert.deepEqual([longer.seconds, longer.touches], [NaN, 0]);
});

Deno.test("one touch serves all long runs of a role, in every shell, and none is asked for a little more", async () => {
  await using bench = await startBench();
  const first = await guarded(bench, "admin", 7200, 3590);
  assert.deepEqual([first.calls, first.touches, first.said], [["GetRole", "AssumeRole"], 1, []]);
  assert.ok(first.seconds > 43_000, `${first.seconds}`);
  for (const margin of [5400, 7200, 36_000]) {
    for (const flags of [[], ["--no-touch"]]) {
      const { calls, touches, seconds, said } = await guarded(bench, "admin", margin, 3590, ...flags);
      assert.deepEqual([calls, touches, said], [[], 0, []], `${margin} ${flags}`);
      assert.ok(seconds > margin);
    }
  }
  const beyond = await guarded(bench, "admin", 46_800, first.seconds);
  assert.deepEqual([beyond.calls, beyond.touches], [[], 0]);
  assert.deepEqual(beyond.said, ['aws-use: 13h cannot be had for "admin": the role\'s maximum is 12h']);
});

Deno.test("a margin that is a duration to the second costs no touch for each command", async () => {
  await using bench = await startBench({
    config: `${usualConfig()}\n[profile two]\ninclude_profile = admin\nduration_seconds = 7200\n`,
  });
  const first = await guarded(bench, "two", 7200, 60);
  assert.deepEqual([first.calls.filter((call) => call === "AssumeRole").length, first.touches], [1, 1]);
  for (const left of [7199, 7000, 6600]) {
    const { calls, touches } = await guarded(bench, "two", 7200, left);
    assert.deepEqual([calls, touches], [[], 0], `${left}`);
  }
});

Deno.test("renew, typed, never leaves a shell with less than it has, and says what it has", async () => {
  await using bench = await startBench();
  const renew = async (left: number) => {
    const activeUntil = Math.floor(Date.now() / 1000) + left;
    const env = { AWS_USE_ACTIVE: "admin", AWS_USE_ACTIVE_EXPIRES_AT: `${activeUntil}` };
    return await bench.run(["renew", "--", "admin"], { env });
  };
  const kept = await renew(43_000);
  assert.deepEqual([kept.code, kept.set.AWS_USE_EXPIRES_AT], [0, undefined], kept.stderr);
  assert.match(kept.stderr, /^"admin" keeps what it has, 11h: anew it would live for (1h|59m)$/m);
  const renewed = await renew(3500);
  assert.equal(renewed.code, 0, renewed.stderr);
  assert.ok(Number(renewed.set.AWS_USE_EXPIRES_AT) > Date.now() / 1000 + 3500, renewed.stderr);
});

for (const profile of ["two", "default"]) {
  Deno.test(`a margin that no duration reaches costs no touch for each activation: ${profile}`, async () => {
    await using bench = await startBench({
      config: `${usualConfig()}\n[profile two]\ninclude_profile = admin\nduration_seconds = 7200\n`,
    });
    const env = { AWS_USE_MARGIN: "13h" };
    const first = await bench.run([profile], { env });
    assert.equal(first.code, 0, first.stderr);
    const again = await bench.run([profile], { env });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual([bench.keys.touchesAsked, again.set.AWS_ACCESS_KEY_ID], [1, first.set.AWS_ACCESS_KEY_ID]);
  });
}
