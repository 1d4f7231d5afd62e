/** An error that nobody awaits is a bug, and is told as one. */
import assert from "node:assert/strict";
import { removeFolder } from "../support/remove.ts";

const root = new URL("../../", import.meta.url);

/** Runs a command line while `astray` happens, which is code, and returns how it ended. */
async function runWith(astray: string, variables: Readonly<Record<string, string>> = {}) {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${home}/main.ts`,
      `import { main } from "${root}src/run.ts";
import { openChannels } from "${root}src/world/channels.ts";
const running = main(["--version"], openChannels(false));
${astray};
// It is told between two tasks, when a short command would have ended.
await new Promise((resolve) => setTimeout(resolve, 5000));
Deno.exit(await running);
`,
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", "--frozen", `--config=${root.pathname}deno.json`, `${home}/main.ts`],
      env: { AWS_CONFIG_FILE: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent", ...variables },
      stdin: "null",
      detached: true,
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  } finally {
    await removeFolder(home);
  }
}

const lines = "aws-use: error: unexpected: Error: gone astray\n" +
  "aws-use: hint: report it with what AWS_USE_DEBUG=1 prints\n";

Deno.test("an error that nobody awaits ends with 70 and two lines; its trace is for AWS_USE_DEBUG=1", async () => {
  for (
    const astray of [
      'Promise.reject(new Error("gone astray"))',
      'queueMicrotask(() => { throw new Error("gone astray"); })',
    ]
  ) {
    assert.deepEqual(await runWith(astray), { code: 70, stderr: lines }, astray);
  }
  const traced = await runWith('Promise.reject(new Error("gone astray"))', { AWS_USE_DEBUG: "1" });
  assert.equal(traced.code, 70);
  assert.ok(traced.stderr.startsWith(lines));
  assert.match(traced.stderr, /Error: gone astray .*main\.ts/);
});
