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

Deno.test("a margin beyond any duration is no error, and no touch for each command", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["admin"])).code, 0);
  // 999999999h, as a guard gives it.
  const { touches, said } = await guarded(bench, "admin", 3_599_999_996_400, 3590, "--no-touch");
  assert.equal(touches, 0);
  assert.match(said.join(), /^aws-use: 999999999h cannot be had for "admin": /);
});
