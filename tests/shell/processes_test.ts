/** Loading, drawing the prompt and a cached switch start no process: counted by strace, beside the same shell without us. */
import assert from "node:assert/strict";
import { promptHook, quoteWords, type Shell, shellsOf } from "./adapters.ts";
import { environmentOf, makeWorld } from "./run_contract.ts";
import { knowsFileTimes } from "./case.ts";
import { cacheOf } from "./switch_cases.ts";
import { removeFolder } from "../support/remove.ts";

for (const shell of (["zsh", "bash", "fish"] as const).flatMap(shellsOf).filter(isPlain).filter(knowsFileTimes)) {
  Deno.test(`${shell.name}: no process at load, prompt and cached switch`, async () => {
    const world = await makeWorld(shell.family, { arrange: (world) => cacheOf(world) });
    try {
      const lines = [
        quoteWords(shell.family, ["source", world.plugin]),
        promptHook[shell.family],
        "aws-use admin",
        promptHook[shell.family],
        "aws-use admin",
        promptHook[shell.family],
        shell.family === "fish" ? "set AWS_USE_EXPIRES_AT 1" : "AWS_USE_EXPIRES_AT=1",
        promptHook[shell.family],
        'echo "$AWS_USE_PROMPT"',
      ];
      const ours = await trace(shell, world, lines);
      assert.equal(ours.stdout, "admin expired\n", ours.stderr);
      // zsh would run a hook without a name, in a process, were the array not there.
      const bare = await trace(shell, world, [
        ...shell.family === "zsh" ? ["typeset -ga precmd_functions"] : [],
        promptHook[shell.family],
      ]);
      assert.equal(bare.calls.filter((call) => call.includes("execve(")).length, 1, "strace sees the shell start");
      // Before bash 4.2 a shell has no clock and asks `date` once: a substitution, a process, a program.
      const allowed = /bash-(3|4\.[01])/.test(shell.name) ? 3 : 0;
      const added = ours.calls.length - bare.calls.length;
      assert.ok(0 <= added && added <= allowed, `processes were started:\n${ours.calls.join("\n")}`);
    } finally {
      await removeFolder(world.folder);
    }
  });
}

function isPlain({ name }: Shell): boolean {
  return !name.includes(" ");
}

/** Runs `lines` in an interactive shell; `calls` are those that make a process or become a program. */
async function trace(shell: Shell, world: Awaited<ReturnType<typeof makeWorld>>, lines: readonly string[]) {
  const file = `${world.folder}/trace`;
  Deno.writeTextFileSync(`${world.folder}/script`, `${lines.join("\n")}\n`);
  const { stdout, stderr } = await new Deno.Command("strace", {
    args: [
      ...["-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-e", "signal=none", "-o", file],
      ...[shell.program, ...shell.flags, "-i", `${world.folder}/script`],
    ],
    clearEnv: true,
    env: environmentOf(world),
    cwd: world.folder,
    stdin: "null",
  }).output();
  const calls = Deno.readTextFileSync(file).trimEnd().split("\n")
    .filter((line) => !line.includes("CLONE_THREAD") && !/ resumed>/.test(line) && !/ = -1 /.test(line));
  return { calls, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
