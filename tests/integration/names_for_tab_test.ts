/** The file tab/profiles of the cache, from which Tab reads names: what it says, when it is written, when it goes. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, startBench, usualConfig } from "../support/bench.ts";

const still = `[profile still]\n${keysOf(people.alice)}aws_session_token = none\n`;
const more = (count: number) => Array.from({ length: count }, (_, n) => `[profile p${n}]\nregion = x\n`).join("");

const kept = (bench: Bench) => Deno.readTextFile(`${bench.cache}/tab/profiles`).catch(() => null);

async function run(bench: Bench, ...words: readonly string[]) {
  const { code, stderr } = await bench.run(words);
  assert.equal(code, 0, stderr);
}

Deno.test("tab/profiles is a line with circumstances and time, how many names are odd, those, then the others", async () => {
  const odd =
    "[profile 'a b']\n[profile -x]\n[profile status]\n[profile keys]\n[profile \"$(touch x)\"]\n[profile 'a\x01']\n";
  await using bench = await startBench({ config: usualConfig() + odd + more(300) });
  await run(bench, "admin");
  const lines = (await kept(bench))!.split("\n");
  assert.match(lines[0], new RegExp(`^# ${bench.home}\t\t\t\\d{10}$`));
  assert.deepEqual(lines.slice(1, 8), ["5", "a b", "-x", "status", "keys", "$(touch x)", "default"]);
  assert.deepEqual(lines.slice(-3), ["p298", "p299", ""]);
  const { mode, mtime } = await Deno.stat(`${bench.cache}/tab/profiles`);
  assert.equal(mode! & 0o777, 0o600);
  assert.equal(Math.floor(mtime!.getTime() / 1000), Number(lines[0].split("\t").at(-1)));
});

Deno.test("tab/profiles is written for hundreds of profiles, made new when the config has changed, and only then", async () => {
  await using bench = await startBench();
  await run(bench, "admin");
  assert.equal(await kept(bench), null);
  await bench.writeConfig(usualConfig() + still + more(400));
  await run(bench, "still", "--no-cache");
  assert.equal(await kept(bench), null);
  await run(bench, "admin");
  const first = await kept(bench);
  assert.match(first!, /\np399\n$/);
  await Deno.writeTextFile(`${bench.cache}/tab/profiles`, `${first}marked\n`);
  await run(bench, "readonly");
  assert.match((await kept(bench))!, /\nmarked\n$/);
  await bench.writeConfig(usualConfig() + more(401));
  await run(bench, "admin");
  assert.match((await kept(bench))!, /\np400\n$/);
  await run(bench, "clear");
  assert.equal(await kept(bench), null);
});

Deno.test("tab/profiles that cannot be written costs nobody the credentials", async () => {
  await using bench = await startBench({ config: usualConfig() + more(400) });
  await run(bench, "readonly");
  await Deno.remove(`${bench.cache}/tab/profiles`);
  await Deno.mkdir(`${bench.cache}/tab/profiles/full`, { recursive: true, mode: 0o700 });
  await Deno.chmod(`${bench.cache}/tab/profiles`, 0o700);
  const { code, stderr, set } = await bench.run(["admin"]);
  assert.equal(code, 0, stderr);
  assert.equal(set.AWS_USE_PROFILE, "admin");
});
