import assert from "node:assert/strict";
import { runJob } from "./job.ts";

/** What the run counts of a test file with this text. */
async function countsOf(text: string) {
  const folder = await Deno.makeTempDir();
  try {
    const name = `${folder}/example_test.ts`;
    await Deno.writeTextFile(name, text);
    const job = { name, args: ["test", "--allow-all", "--no-check"], isTestFile: true, isAlone: false };
    const { RUST_BACKTRACE: _, ...env } = Deno.env.toObject();
    const { passed, failed, skipped, output } = await runJob(job, env, new AbortController().signal);
    return { passed, failed, skipped, output };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runJob() counts tests and steps, and names what failed and what was skipped", async () => {
  const { output, ...counts } = await countsOf(`
    Deno.test("whole", async (t) => {
      await t.step("one", () => {});
      await t.step("<two> & \\"three\\"", () => { throw new Error("the reason"); });
    });
    Deno.test("fine", () => {});
    Deno.test({ name: "not here", ignore: true, fn() {} });
  `);
  assert.deepEqual(counts, { passed: 2, failed: ['whole > <two> & "three"'], skipped: ["not here"] });
  assert.match(output, /the reason/);
  assert.doesNotMatch(output, /fine/);
});

Deno.test("runJob() counts a file that cannot be loaded, or ends the process, as failed", async () => {
  const missing = await countsOf(`import "./none.ts";`);
  assert.deepEqual([missing.passed, missing.failed], [0, ["did not end well"]]);
  assert.match(missing.output, /none\.ts/);
  const rejected = await countsOf(`Deno.test("a", () => {}); Promise.reject(new Error("nobody caught this"));`);
  assert.ok(rejected.failed.length > 0);
  assert.match(rejected.output, /nobody caught this/);
});

Deno.test("runJob() says nothing of a file that passes", async () => {
  const counts = await countsOf(`Deno.test("a", () => {}); Deno.test("b", () => {});`);
  assert.deepEqual(counts, { passed: 2, failed: [], skipped: [], output: "" });
});
