/** The plugins in a real terminal: Ctrl-C, and renewal where a touch can be asked for. */
import assert from "node:assert/strict";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { type Family, type Shell, shellsOf } from "./adapters.ts";
import { admin, knowsFileTimes, wireOf, type World } from "./case.ts";
import { type Answer, type Call, callsOf } from "./fake_core.ts";
import { environmentOf, makeWorld } from "./run_contract.ts";
import { cacheOf } from "./switch_cases.ts";
import { removeFolder } from "../support/remove.ts";

const prompts: Readonly<Record<Family, string>> = {
  zsh: "PS1='ready> '",
  bash: "PS1='ready> '",
  fish: "function fish_prompt; echo 'ready> '; end; function fish_greeting; end",
};

const status: Readonly<Record<Family, string>> = { zsh: "$?", bash: "$?", fish: "$status" };

const tracing: Readonly<Record<Family, readonly [on: string, show: string]>> = {
  zsh: ["set -x", "[[ -o xtrace ]] && set +x && echo 'was traced'"],
  bash: ["set -x", "[[ $- == *x* ]] && set +x && echo 'was traced'"],
  fish: ["set -g fish_trace 1", "set -q fish_trace; and set -e fish_trace; and echo 'was traced'"],
};

const waiting: Answer = { wire: admin.wire, stderr: "touch the key\n", waits: true };
const short: Answer = { wire: wireOf("admin", { AWS_USE_EXPIRES_AT: "{+300}" }) };

for (const shell of (["zsh", "bash", "fish"] as const).flatMap(shellsOf).filter(({ name }) => !name.includes(" "))) {
  const { family, name } = shell;
  // Bash 3.2 itself says 1 after Ctrl-C in a command substitution, and no function of ours is asked.
  const cancelled = /bash-3/.test(name) ? 1 : 130;

  Deno.test(`${name}: Ctrl-C in the core leaves the shell as it was, with status 130`, async () => {
    await inTerminal(shell, [waiting], async (terminal) => {
      await terminal.type("aws-use admin");
      await terminal.press("Enter");
      await terminal.waitFor(/^touch the key$/m);
      await terminal.press("C-c");
      await terminal.waitFor(/touch the key\n[^]*ready>$/);
      await type(terminal, `echo "status ${status[family]} <$AWS_REGION$AWS_USE_PROFILE>"`);
      await terminal.waitFor(`status ${cancelled} <before>`);
    });
  });

  Deno.test(`${name}: Ctrl-C in the core leaves tracing on`, async () => {
    await inTerminal(shell, [waiting], async (terminal) => {
      const [on, show] = tracing[family];
      await type(terminal, on);
      await type(terminal, "aws-use admin");
      await terminal.waitFor(/^touch the key$/m);
      await terminal.press("C-c");
      await type(terminal, show);
      await terminal.waitFor(/^was traced$/m);
    });
  });

  Deno.test(`${name}: Ctrl-C in a renewal: the command is not run, the credentials stay`, async () => {
    await inTerminal(shell, [short, waiting], async (terminal, calls) => {
      await type(terminal, "aws-use admin");
      await type(terminal, "aws s3 ls");
      await terminal.waitFor(/^touch the key$/m);
      await terminal.press("C-c");
      await terminal.waitFor(/touch the key\n[^]*ready>$/);
      await type(terminal, `echo "status ${status[family]} $AWS_ACCESS_KEY_ID"`);
      const screen = await terminal.waitFor(`status ${cancelled} ASIAADMIN`);
      assert.doesNotMatch(screen, /^aws ran/m);
      // Nor is the next command in the way of a person who wants no touch now.
      await type(terminal, "aws s3 ls");
      await terminal.waitFor(
        /^aws-use: warning: admin has [45]m left and could not be renewed: cancelled\naws ran s3 ls ASIAADMIN$/m,
      );
      assert.deepEqual(calls().map(({ argv }) => argv), [["admin"], ["renew", "--margin", "600", "--", "admin"]]);
    });
  });

  Deno.test(`${name}: on a terminal a renewal may ask for a touch, and has the terminal`, async () => {
    const renewed: Answer = { wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW" }), stderr: "touched\n" };
    await inTerminal(shell, [short, renewed], async (terminal, calls) => {
      await type(terminal, "aws-use admin");
      await type(terminal, "aws s3 ls");
      await terminal.waitFor(/touched\naws ran s3 ls ASIANEW/);
      assert.deepEqual(calls()[1].argv, ["renew", "--margin", "600", "--", "admin"]);
      assert.ok(calls()[1].hasTerminal, "stdin is the terminal");
      await type(terminal, "echo data | aws s3 cp");
      await terminal.waitFor(/^aws ran s3 cp ASIANEW$/m);
    });
  });

  Deno.test(`${name}: whom nobody could ask is asked at the next command that can`, async () => {
    const unasked: Answer = { wire: "# unasked\na touch is needed\nthe whole of it\na remedy\n", status: 75 };
    const renewed: Answer = { wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW" }) };
    await inTerminal(shell, [short, unasked, renewed], async (terminal, calls) => {
      await type(terminal, "aws-use admin");
      await type(terminal, "aws in silence 2>/dev/null");
      await terminal.waitFor(/^aws ran in silence ASIAADMIN$/m);
      await type(terminal, "aws again 2>/dev/null");
      await terminal.waitFor(/^aws ran again ASIAADMIN$/m);
      await type(terminal, "aws s3 ls");
      await terminal.waitFor(/^aws ran s3 ls ASIANEW$/m);
      const margin = ["renew", "--margin", "600"];
      assert.deepEqual(calls().slice(1).map(({ argv }) => argv), [
        [...margin, "--no-touch", "--", "admin"],
        [...margin, "--", "admin"],
      ]);
    });
  });

  if (family === "bash") {
    Deno.test(`${name}: a failing command sets off a trap of ERR once`, async () => {
      await inTerminal(shell, [admin], async (terminal) => {
        await type(terminal, "trap 'echo failed with $?' ERR; aws-use admin");
        await type(terminal, "sh -c 'exit 7'");
        await type(terminal, "echo then $?");
        const screen = await terminal.waitFor(/^then 7$/m);
        assert.equal(screen.match(/^failed with 7$/mg)?.length, 1, screen);
        await type(terminal, "trap - ERR");
      });
    });
  }

  if (knowsFileTimes(shell)) {
    Deno.test(`${name}: a cached switch is confirmed in the color of the core's line, unless NO_COLOR says no`, async () => {
      await inTerminal(shell, [], async (terminal) => {
        for (const [noColor, color] of [["", "\x1b[32m"], ["1", ""]]) {
          await type(
            terminal,
            `${family === "fish" ? `set -gx NO_COLOR '${noColor}'` : `export NO_COLOR=${noColor}`}; clear`,
          );
          await terminal.waitFor(/^ready>$/);
          await type(terminal, "aws-use admin");
          await terminal.waitFor(/^admin as alice@123456789012, 59m$/m);
          const line = (await terminal.screen({ colors: true })).split("\n").find((line) => line.includes("alice"))!;
          assert.ok(
            color === "" ? line.startsWith("admin as") : line.startsWith(`${color}admin as`),
            JSON.stringify(line),
          );
        }
      }, (world) => cacheOf(world));
    });
  }

  Deno.test(`${name}: Tab that runs a guarded command asks nobody`, async () => {
    const completions: Readonly<Record<Family, string>> = {
      zsh: "w() { BUFFER+=done-$(aws words) }; zle -N w; bindkey '^I' w",
      bash: 'c() { COMPREPLY=("done-$(aws words)"); }; complete -F c other',
      fish: "complete -c other -f -a '(aws words | string replace aws done-aws)'",
    };
    await inTerminal(shell, [short], async (terminal, calls) => {
      await type(terminal, "aws-use admin");
      await type(terminal, `${completions[family]}; clear`);
      await terminal.waitFor(/^ready>$/);
      await terminal.type("other ");
      await terminal.press("Tab");
      await terminal.waitFor(/other '?done-aws/);
      await terminal.press("C-u");
      assert.deepEqual(calls().map(({ argv }) => argv), [["admin"]]);
    });
  });

  Deno.test(`${name}: a word in between does not make the guard forget that nobody could be asked`, async () => {
    const unasked: Answer = { wire: "# unasked\na touch is needed\nthe whole of it\na remedy\n", status: 75 };
    const renewed: Answer = { wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW" }) };
    await inTerminal(shell, [short, unasked, {}, renewed], async (terminal) => {
      await type(terminal, "aws-use admin");
      await type(terminal, "aws in silence 2>/dev/null");
      await terminal.waitFor(/^aws ran in silence ASIAADMIN$/m);
      await type(terminal, "aws-use status");
      await type(terminal, "aws s3 ls");
      await terminal.waitFor(/^aws ran s3 ls ASIANEW$/m);
    });
  });

  Deno.test(`${name}: the status of the last command is still there after our hook`, async () => {
    await inTerminal(shell, [admin], async (terminal) => {
      await type(terminal, "aws-use admin");
      await type(terminal, "sh -c 'exit 7'");
      await type(terminal, `echo "status ${status[family]} $AWS_USE_PROMPT"`);
      await terminal.waitFor("status 7 admin 59m");
    });
  });
}

/** Types a line once the prompt is there. */
async function type(terminal: Terminal, line: string): Promise<void> {
  await terminal.waitFor(/ready>$/);
  await terminal.type(line);
  await terminal.press("Enter");
}

async function inTerminal(
  shell: Shell,
  core: readonly Answer[],
  test: (terminal: Terminal, calls: () => readonly Call[]) => Promise<void>,
  more: (world: World) => void = () => {},
): Promise<void> {
  const arrange = (world: World) => {
    Deno.writeTextFileSync(`${world.bin}/aws`, '#!/bin/sh\necho "aws ran $* $AWS_ACCESS_KEY_ID"\n', { mode: 0o755 });
    more(world);
  };
  const world = await makeWorld(shell.family, { core, arrange });
  try {
    const env = { ...environmentOf(world), AWS_REGION: "before" };
    await using terminal = await openTerminal([shell.program, ...shell.flags, "-i"], { env, cwd: world.folder });
    await terminal.waitFor(/\S$/);
    await terminal.type(`${prompts[shell.family]}; source "$PLUGIN"; clear`);
    await terminal.press("Enter");
    await test(terminal, () => callsOf(`${world.folder}/core`));
    // A shell that is hung up on still writes its history into the folder that is removed.
    await type(terminal, "exit");
    await terminal.ended;
  } finally {
    await removeFolder(world.folder);
  }
}
