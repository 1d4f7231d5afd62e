import assert from "node:assert/strict";
import { type Bench, keysOf, people, type Ran, startBench, usualConfig, usualKey } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { until, untilSaid } from "../support/proc.ts";

const { alice, carol } = people;

function role(profile: string, more: string): string {
  return `[profile ${profile}]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n${more}\n`;
}

function start(bench: Bench, profiles: readonly string[]): Promise<readonly Ran[]> {
  return Promise.all(profiles.map((profile) => bench.start([profile]).ended()));
}

function count(bench: Bench): Readonly<Record<string, number>> {
  const calls: Record<string, number> = {};
  for (const name of bench.calls()) calls[name] = (calls[name] ?? 0) + 1;
  return calls;
}

Deno.test("twenty at once for one profile: one touch, one GetSessionToken, one AssumeRole, and all have the same", async () => {
  await using bench = await startBench({ touch: "manual" });
  const running = start(bench, Array(20).fill("admin"));
  assert.ok(await bench.keys.touch());
  const all = await running;
  assert.deepEqual(all.map(({ code }) => code), Array(20).fill(0), all.map(({ stderr }) => stderr).join(""));
  assert.deepEqual(count(bench), { GetSessionToken: 1, AssumeRole: 1 });
  assert.equal(bench.keys.touchesAsked, 1);
  assert.equal(new Set(all.map(({ wire }) => wire)).size, 1);
  assert.match(all[0].set.AWS_ACCESS_KEY_ID, /^ASIA/);
  for (const { stderr } of all) {
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.at(-1), "admin as alice@123456789012, 59m");
    for (const line of lines.slice(0, -1)) assert.match(line, /^(touch your YubiKey|waiting for) .*…$/);
  }
  // Every switch is counted, none is lost.
  assert.equal((await Deno.readTextFile(`${bench.cache}/uses`)).split("\n").filter(Boolean).length, 20);
});

Deno.test("twenty at once for twenty roles of one identity: one touch, one GetSessionToken", async () => {
  const profiles = Array.from({ length: 20 }, (_, index) => `role${index}`);
  const roles = profiles.map((profile) => role(profile, `role_session_name = ${profile}`));
  await using bench = await startBench({ config: usualConfig() + roles.join("\n") });
  const all = await start(bench, profiles);
  assert.deepEqual(all.map(({ code }) => code), Array(20).fill(0), all.map(({ stderr }) => stderr).join(""));
  assert.deepEqual(count(bench), { GetSessionToken: 1, AssumeRole: 20 });
  assert.equal(bench.keys.touchesAsked, 1);
  assert.deepEqual(all.map(({ set }) => set.AWS_USE_IDENTITY), profiles.map((profile) => `${profile}@123456789012`));
});

Deno.test("two identities at once share the key: one ykman after the other, and both have a code", async () => {
  const keys = [{
    ...usualKey(),
    accounts: [alice, carol].map(({ mfaSerial, mfaSecret }) => ({
      name: mfaSerial,
      secretBase32: mfaSecret,
      touch: true,
    })),
  }];
  const config = `${usualConfig()}\n[profile carol]\nmfa_serial = ${carol.mfaSerial}\nregion = eu-west-1\n`;
  const credentials = `[default]\n${keysOf(alice)}\n[carol]\n${keysOf(carol)}`;
  await using bench = await startBench({ keys, config, credentials, touch: "manual" });
  const running = start(bench, ["admin", "carol"]);
  assert.ok(await bench.keys.touch());
  await until("the other touch is wanted", () => bench.keys.touchesAsked === 2);
  assert.ok(await bench.keys.touch());
  const all = await running;
  assert.deepEqual(all.map(({ code }) => code), [0, 0], all.map(({ stderr }) => stderr).join(""));
});

Deno.test("who waits for another says so after a second; Ctrl-C ends the wait alone", async () => {
  await using bench = await startBench({ touch: "manual" });
  const first = bench.start(["admin"]);
  assert.ok(await bench.keys.waitTouch());
  const second = bench.start(["admin"]);
  const said = await untilSaid(second.child, "\n");
  assert.equal(said, 'waiting for another aws-use, which asks AWS for "admin", for at most 120 s …\n');
  second.child.kill("SIGINT");
  assert.equal((await second.child.status).code, 130);
  assert.ok(await bench.keys.touch());
  assert.equal((await first.ended()).code, 0);
});

Deno.test("what is cached is not held up by another's touch", async () => {
  const config = `${usualConfig()}\n[profile carol]\nmfa_serial = ${carol.mfaSerial}\nregion = eu-west-1\n`;
  const credentials = `[default]\n${keysOf(alice)}\n[carol]\n${keysOf(carol)}`;
  const keys = [{ ...usualKey(), accounts: [{ name: carol.mfaSerial, secretBase32: carol.mfaSecret, touch: true }] }];
  await using bench = await startBench({ keys, config, credentials, touch: "manual" });
  const code = codeOf(alice);
  assert.equal((await bench.run(["admin", "--token-code", code])).code, 0);
  const waiting = bench.start(["carol"]);
  assert.ok(await bench.keys.waitTouch());
  assert.equal((await bench.run(["admin"])).code, 0);
  assert.equal((await bench.run(["readonly"])).code, 0);
  assert.ok(await bench.keys.touch());
  assert.equal((await waiting.ended()).code, 0);
});

Deno.test("twenty at once with an mfa_process start it once", async () => {
  await using bench = await startBench();
  const program = `${bench.home}/code`;
  await Deno.writeTextFile(program, `#!/bin/sh\necho run >>"${bench.home}/runs"\ncat "${bench.home}/digits"\n`, {
    mode: 0o755,
  });
  await Deno.writeTextFile(`${bench.home}/digits`, `${codeOf(alice)}\n`);
  await bench.writeConfig(usualConfig().replace("[default]\n", `[default]\nmfa_process = ${program}\n`));
  const all = await start(bench, Array(20).fill("admin"));
  assert.deepEqual(all.map(({ code }) => code), Array(20).fill(0), all.map(({ stderr }) => stderr).join(""));
  assert.equal(await Deno.readTextFile(`${bench.home}/runs`), "run\n");
  assert.deepEqual(count(bench), { GetSessionToken: 1, AssumeRole: 1 });
});
