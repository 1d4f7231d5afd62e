/** How other programs are found and started. */
import assert from "node:assert/strict";
import { denoProcesses } from "../../src/world/processes.ts";
import { removeFolder } from "../support/remove.ts";

/** Runs `action` in a folder of its own, with `variables` in the environment of this process. */
async function inFolder(
  action: (folder: string) => Promise<void>,
  variables: (folder: string) => Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = { folder: Deno.cwd(), env: Deno.env.toObject() };
  try {
    Deno.chdir(folder);
    for (const [name, value] of Object.entries(variables(folder))) Deno.env.set(name, value);
    await action(folder);
  } finally {
    Deno.chdir(before.folder);
    for (const name of Object.keys(variables(folder))) Deno.env.delete(name);
    for (const [name, value] of Object.entries(before.env)) Deno.env.set(name, value);
    await removeFolder(folder);
  }
}

async function program(path: string, script: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

Deno.test("a program is taken out of no folder that PATH names relative to where the person is", async () => {
  await inFolder(async (folder) => {
    for (const place of ["here", "rel"]) {
      await program(`${folder}/${place === "here" ? "" : "rel/"}tool`, `echo from ${place}`);
    }
    for (const path of ["", ":", ".", "rel", ":/nonexistent:./rel"]) {
      assert.throws(
        () => denoProcesses.spawn({ command: "tool", args: [], env: { PATH: path } }),
        Deno.errors.NotFound,
        path,
      );
    }
    await program(`${folder}/abs/tool`, 'echo "from abs as $0 with $1"');
    const child = denoProcesses.spawn({ command: "tool", args: ["a b"], env: { PATH: `:rel:${folder}/abs` } });
    assert.equal(await child.stdout, `from abs as ${folder}/abs/tool with a b\n`);
  }, () => ({}));
});

Deno.test("what tells the time of a process gets PATH alone of our environment, and no relative folder of it", async () => {
  await inFolder(
    async (folder) => {
      await program(`${folder}/ps`, "echo from here");
      await program(`${folder}/abs/ps`, `/usr/bin/env >"${folder}/env"; echo Sun Nov 22`);
      // There is no process of that number, so the system does not tell without ps.
      assert.equal(await denoProcesses.startTime(2 ** 30), "Sun Nov 22");
      const names = (await Deno.readTextFile(`${folder}/env`)).match(/^\w+(?==)/gm) ?? [];
      assert.deepEqual(names.filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name)).sort(), [
        "LC_ALL",
        "PATH",
        "TZ",
      ]);
    },
    (folder) => ({ PATH: `:.:${folder}/abs`, AWS_SECRET_ACCESS_KEY: "hunter2" }),
  );
});
