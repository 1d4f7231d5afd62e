/** What loading defines, what activation adds, and that nothing of it is left after the plugin is unloaded. */
import assert from "node:assert/strict";
import { type Family, promptHook, quoteWords, type Shell, shellsOf } from "./adapters.ts";
import { admin } from "./case.ts";
import { environmentOf, makeWorld } from "./run_contract.ts";
import { removeFolder } from "../support/remove.ts";

const listNames: Readonly<Record<Family, string>> = {
  zsh:
    "print -l -- functions ${(ok)functions} variables ${(ok)parameters} aliases ${(ok)aliases} options ${(kv)options}",
  bash:
    "echo functions; compgen -A function; echo variables; compgen -v; echo aliases; alias -p; echo options; shopt; set -o",
  fish: "echo functions; functions -a -n | string split ,; echo variables; set -n",
};

const unload: Readonly<Record<Family, string>> = {
  zsh: "aws-use_plugin_unload",
  bash: "aws-use_plugin_unload",
  fish: "emit aws-use_uninstall",
};

const ours = /^(_?aws-use.*|aws-token|_aws_use_.*|AWS_USE_.*)$/;

/** Names that a shell asks for: its clock, the list of hooks, and the hooks of prompts. */
const demanded: Readonly<Record<Family, RegExp>> = {
  // The last one is of the module zsh/parameter, before zsh 5.2.
  zsh: /^(EPOCHSECONDS|precmd_functions|(instant_)?prompt_aws_use|usergroups)$/,
  bash: /^(PROMPT_COMMAND)$/,
  fish: /^_tide_item_aws_use$/,
};

/** What a shell changes by itself from line to line. */
const restless =
  /^(_|\?|status|LINENO|RANDOM|SECONDS|BASH_.*|PIPESTATUS|pipestatus|REPLY|history|EPOCH.*|FUNCNAME|TTYIDLE)$/;

for (const shell of (["zsh", "bash", "fish"] as const).flatMap(shellsOf).filter(({ name }) => !name.includes(" "))) {
  Deno.test(`${shell.name}: only names of ours, and none after unloading`, async () => {
    const [before, loaded, active, after] = await namesAt(shell, [
      "",
      "load",
      `aws-use admin; ${promptHook[shell.family]}`,
      unload[shell.family],
    ]);
    const foreign = added(before, loaded).filter((name) => !ours.test(name) && !demanded[shell.family].test(name));
    assert.deepEqual(foreign, [], "foreign names at load");
    const guards = ["aws", "terraform"];
    const atActivation = added(loaded, active).filter((name) =>
      !ours.test(name) && !demanded[shell.family].test(name) && !name.startsWith("AWS_") && !guards.includes(name)
    );
    assert.deepEqual(atActivation, [], "foreign names while active");
    assert.ok(active.includes("aws"), "a guard is there while active");
    // What a module or a list of the shell's own is, the shell keeps.
    const kept = ["EPOCHSECONDS", "usergroups", "precmd_functions"];
    const left = added(before, after).filter((name) => !kept.includes(name));
    assert.deepEqual(left, [], "left after unloading");
    assert.deepEqual(added(after, before).filter((name) => !ours.test(name)), [], "taken away by unloading");
    assert.ok(after.includes("AWS_USE_GUARD"), "the person's setting stays");
  });
}

function added(from: readonly string[], to: readonly string[]): readonly string[] {
  return to.filter((name) => !from.includes(name) && !restless.test(name));
}

/** The names that an interactive shell knows after each of `lines`. */
async function namesAt(shell: Shell, lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const arrange = ({ bin }: { bin: string }) => {
    for (const name of ["aws", "terraform"]) Deno.writeTextFileSync(`${bin}/${name}`, "#!/bin/sh\n", { mode: 0o755 });
  };
  const world = await makeWorld(shell.family, { core: [admin], arrange });
  try {
    const load = quoteWords(shell.family, ["source", world.plugin]);
    const script = lines.flatMap((line, i) => [
      line === "load" ? load : line,
      shell.family === "bash"
        ? `{ ${listNames.bash}; } >${world.folder}/names${i}`
        : shell.family === "zsh"
        ? `${listNames.zsh} >${world.folder}/names${i}`
        : `begin; ${listNames.fish}; end >${world.folder}/names${i}`,
    ]);
    Deno.writeTextFileSync(`${world.folder}/script`, `${script.join("\n")}\n`);
    const { stdout, stderr } = await new Deno.Command(shell.program, {
      args: [...shell.flags, "-i", `${world.folder}/script`],
      clearEnv: true,
      env: { ...environmentOf(world), AWS_USE_GUARD: "aws terraform", AWS_REGION: "x" },
      cwd: world.folder,
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(text(stdout), "");
    assert.match(text(stderr), /^(.*job control.*\n|.*terminal process group.*\n)*admin is off\n$/);
    return lines.map((_, i) => Deno.readTextFileSync(`${world.folder}/names${i}`).trimEnd().split("\n"));
  } finally {
    await removeFolder(world.folder);
  }
}
