/** Load, `aws-use admin`, prompt, Tab and uninstallation through each plugin manager, in a real terminal. */
import assert from "node:assert/strict";
import { type Bench, core, startBench } from "../support/bench.ts";
import { findTool, tried, wayTo } from "../support/managers/found.ts";
import { type Family, type ManagerScene, managerScenes } from "../support/managers/manager_scenes.ts";
import { withoutHistory } from "../support/quiet_home.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

for (const scene of tried(managerScenes)) {
  const isMissing = scene.tool !== undefined && findTool(scene.tool) === undefined;
  Deno.test({
    name: `${scene.shell} plugin, ${scene.name}${isMissing ? `; ${wayTo(scene.tool!)}` : ""}`,
    ignore: isMissing,
    fn: () => goThrough(scene),
  });
}

async function goThrough(scene: ManagerScene): Promise<void> {
  await using bench = await startBench();
  const { home } = bench;
  // Where install.sh puts it: no manager brings the core.
  await Deno.mkdir(`${home}/.local/bin`, { recursive: true });
  await Deno.symlink(core, `${home}/.local/bin/aws-use`);
  const person = { home, tool: scene.tool === undefined ? "" : findTool(scene.tool)! };
  await writeStartUp(scene.shell, home, await scene.arrange(person));
  const before = filesBelow(home);

  await using terminal = await openTerminal([scene.program ?? scene.shell, "-i"], {
    cwd: home,
    env: environment(bench),
  });
  const loaded = await terminal.waitFor(/^own [%#>]/m);
  if (scene.tool === undefined) assert.match(loaded, /^own [%#>]$/, "loading prints nothing");
  if (scene.install !== undefined) await type(terminal, `${scene.install(person)}; clear`);

  await terminal.type("aws-use admin");
  await terminal.press("Enter");
  await terminal.waitFor(/^admin as alice@123456789012, \d+m$/m);
  await terminal.waitFor(/own [%#>] .*\badmin (59m|1h)$|^admin (59m|1h) own >$/m);

  // The first Tab of the shell: nothing may have loaded the other command's completion.
  for (const command of ["aws-token", "aws-use"]) {
    await terminal.type(`${command} reado`);
    await terminal.press("Tab");
    await terminal.waitFor(new RegExp(`own [%#>] ${command} readonly( |$)`, "m"));
    await terminal.press("C-u");
    await terminal.waitFor((screen) => !screen.includes("readonly"));
  }

  await type(terminal, scene.uninstall(person));
  await type(terminal, "clear");
  await terminal.waitFor((screen) => /^own [%#>]$/.test(screen));
  assert.deepEqual(await leftIn(scene.shell, terminal, home), [], "nothing is left in the shell");
  if (scene.removesFiles) {
    const ours = (path: string) => /aws-use/.test(path) && !before.includes(path) && !path.startsWith(`${home}/cache/`);
    assert.deepEqual(filesBelow(home).filter(ours), [], "nothing is left on the disk");
  }
  // What managers write at the end goes into a HOME that must still be there.
  await type(terminal, "exit");
  await terminal.ended;
}

function environment(bench: Bench): Record<string, string> {
  const { NO_COLOR: _, ...env } = bench.env;
  return {
    ...env,
    PATH: `${bench.env.PATH}:${Deno.env.get("PATH")}`,
    AWS_USE_MARGIN: "1m",
    AWS_USE_GUARD: "sleep",
    ...withoutHistory,
  };
}

async function writeStartUp(shell: Family, home: string, text: string): Promise<void> {
  const path = { zsh: ".zshrc", bash: ".bashrc", fish: ".config/fish/config.fish" }[shell];
  await Deno.mkdir(`${home}/.config/fish`, { recursive: true });
  await Deno.writeTextFile(`${home}/${path}`, text);
}

async function type(terminal: Terminal, line: string): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
}

/** Prints a line for each name of ours that the shell still knows, and for each of AWS's variables that off must take back. */
const inventory: Readonly<Record<Family, string>> = {
  zsh: `print -l -- \${(k)functions[(I)*aws[-_](use|token)*|sleep]} \${(k)parameters[(I)_aws_use*]} \\
  \${(k)parameters[(I)AWS_(USE_(PROMPT|STATE|PROFILE|IDENTITY|EXPIRES_AT)|ACCESS_KEY_ID|SECRET*|SESSION*|CREDENTIAL*)]} \\
  \${(M)precmd_functions:#*aws_use*} \${(M)fpath:#*(aws-use|clone)/completions} \${(k)_comps[(I)aws-(use|token)]}`,
  bash: `{ compgen -A function; compgen -v; } | grep -E 'aws[-_](use|token)|^sleep$' | grep -vx AWS_USE_COLORS
compgen -v | grep -E '^AWS_(USE_(PROMPT|STATE|PROFILE|IDENTITY|EXPIRES_AT)|ACCESS_KEY_ID|SECRET|SESSION|CREDENTIAL)'
printf '%s\\n' "\${PROMPT_COMMAND[@]}" "\${precmd_functions[@]}" | grep aws_use
complete -p | grep -E 'aws-(use|token)'`,
  fish: `functions -a -n | string split , | string match -r '^(?!.*without_aws_use).*aws[-_](?:use|token).*|^sleep$'
set -n | string match -r '^_aws_use.*'
set -n | string match -r '^AWS_(?:USE_(?:PROMPT|STATE|PROFILE|IDENTITY|EXPIRES_AT)|ACCESS_KEY_ID|SECRET|SESSION|CREDENTIAL).*'
complete | string match -r 'complete .*aws-(?:use|token)\\b.*'`,
};

async function leftIn(shell: Family, terminal: Terminal, home: string): Promise<readonly string[]> {
  await Deno.writeTextFile(`${home}/inventory`, inventory[shell]);
  await type(terminal, "source ~/inventory >~/left; mv ~/left ~/inventory-of-the-shell; clear; echo done");
  await terminal.waitFor(/^done$/m);
  const text = await Deno.readTextFile(`${home}/inventory-of-the-shell`);
  // omf's own completions name the packages that there were when fish read them.
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("complete --no-files omf "));
}

function filesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}
