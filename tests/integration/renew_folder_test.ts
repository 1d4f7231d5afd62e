/** A renewal in another folder than that of the activation: the policy file is the one that was named there. */
import assert from "node:assert/strict";
import { startBench } from "../support/bench.ts";

Deno.test("renew: a relative --policy lies in the folder of the activation, an absolute one where it says", async () => {
  await using bench = await startBench();
  const folder = `${bench.home}/my project`;
  await Deno.mkdir(`${folder}/policies`, { recursive: true });
  const texts = ["relative", "absolute"].map((id) => JSON.stringify({ Version: "2012-10-17", Id: id, Statement: [] }));
  await Deno.writeTextFile(`${folder}/policies/p.json`, texts[0]);
  await Deno.writeTextFile(`${bench.home}/p.json`, texts[1]);
  const renew = (policy: string, env: Readonly<Record<string, string>>) =>
    bench.run(["renew", "--", "admin", "--policy", policy], { env: { AWS_USE_ACTIVE: "admin", ...env } });
  const inFolder = { AWS_USE_ACTIVE_DIR: folder };

  for (const [i, path] of ["policies/p.json", `${bench.home}/p.json`].entries()) {
    const { code, stderr } = await renew(path, inFolder);
    assert.equal(code, 0, stderr);
    assert.equal(bench.emulator.calls.at(-1)!.params.Policy, texts[i]);
  }
  const missing = await renew("policies/q.json", inFolder);
  assert.equal(missing.code, 74);
  assert.match(missing.stderr, /there is no file .*my project\/policies\/q\.json/);
  // Without a plugin that tells the folder, it is the one in which the core runs.
  assert.equal((await renew("policies/p.json", {})).code, 74);
});
