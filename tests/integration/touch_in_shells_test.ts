/** A touch that is waited for, in the person's own shell: the real plugin, the compiled core and ykman in a real terminal. */
import assert from "node:assert/strict";
import { pluginFile } from "../shell/adapters.ts";
import { type Bench, core, startBench } from "../support/bench.ts";
import { quietFish } from "../support/quiet_home.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

const shells = {
  zsh: { start: ["zsh", "-f", "-i"], setup: "PS1='ready> '" },
  bash: { start: ["bash", "--norc", "--noprofile", "-i"], setup: "PS1='ready> '" },
  fish: { start: ["fish", "--no-config", "-i"], setup: "function fish_prompt; echo 'ready> '; end" },
} as const;

type ShellName = keyof typeof shells;

async function withShell(name: ShellName, test: (terminal: Terminal, bench: Bench) => Promise<void>): Promise<void> {
  await using bench = await startBench({ touch: "manual" });
  await Deno.symlink(core, `${bench.home}/bin/aws-use`);
  await Deno.writeTextFile(`${bench.home}/bin/aws`, '#!/bin/sh\necho "aws ran $*"\n', { mode: 0o755 });
  await quietFish(bench.home);
  const env = { ...bench.env, PATH: `${bench.env.PATH}:${Deno.env.get("PATH")}`, HISTFILE: "/dev/null" };
  const { start, setup } = shells[name];
  await using terminal = await openTerminal(start, { env, cwd: bench.home });
  await terminal.waitFor(/\S$/);
  await terminal.type(`${setup}; source '${pluginFile(name)}'; clear`);
  await terminal.press("Enter");
  await terminal.waitFor(/^ready>$/);
  await test(terminal, bench);
}

async function type(terminal: Terminal, line: string): Promise<void> {
  await terminal.waitFor(/ready>$/);
  await terminal.type(line);
  await terminal.press("Enter");
}

const wanted = /touch your YubiKey for profile "admin"/;

for (const name of Object.keys(shells) as ShellName[]) {
  Deno.test(`${name}: Ctrl-Z at a touch stops nothing: the touch still serves, and the shell goes on`, () =>
    withShell(name, async (terminal, bench) => {
      await type(terminal, "aws-use admin");
      await terminal.waitFor(wanted);
      await terminal.press("C-z");
      await new Promise((next) => setTimeout(next, 500)); // what would stop has stopped by then
      assert.ok(await bench.keys.touch());
      await terminal.waitFor(/^admin as alice@123456789012, \d+m$/m);
      await type(terminal, "echo still here; jobs");
      const screen = await terminal.waitFor(/^still here\n(?:jobs: There are no jobs\n)?ready>$/m);
      assert.doesNotMatch(screen, /stopped|suspended/i);
    }));

  for (const line of ["aws one", "aws two | cat"]) {
    Deno.test(`${name}: Ctrl-C at a guard's touch leaves a prompt and no command run: ${line}`, () =>
      withShell(name, async (terminal) => {
        const active = { AWS_USE_PROFILE: "admin", AWS_USE_EXPIRES_AT: "1000000000" };
        const set = name === "fish" ? ([key, value]: string[]) => `set -gx ${key} ${value}` : null;
        await type(terminal, Object.entries(active).map(set ?? ((each) => `export ${each.join("=")}`)).join("; "));
        await type(terminal, line);
        await terminal.waitFor(wanted);
        await terminal.press("C-c");
        await terminal.waitFor(/ready>$/);
        await new Promise((next) => setTimeout(next, 300)); // nor does what ends later hide it
        const screen = await terminal.waitFor(/ready>$/);
        assert.doesNotMatch(screen, /aws ran/);
      }));
  }
}
