/** The shell plugin: is it loaded in the shell that called, and of the version of this program. */
import { version } from "../../cli.ts";
import { shellWord } from "../../core/shell_word.ts";
import { shown } from "../../core/text.ts";
import type { World } from "../../world/world.ts";
import { type Finding, ok, warning } from "./finding.ts";

const name = "plugin";

export async function checkPlugin(world: World): Promise<readonly Finding[]> {
  const { environment } = world;
  const [shell, loaded] = (environment.get("AWS_USE_PLUGIN") ?? "").split("/");
  if (!loaded) return [warning(name, "the plugin is not loaded in this shell", await loadIt(world))];
  const what = `${shown(shell, 8)} plugin ${shown(loaded, 20)}`;
  if (loaded === version) {
    return [ok(name, `${what}, as this program`), ...guards(environment.get("AWS_USE_GUARDS_SKIPPED"))];
  }
  const remedy = "open a new shell; if it stays so, install program and plugin again: ./install.sh";
  return [warning(name, `this shell runs the ${what}, and this program is ${version}`, remedy)];
}

/** Commands of the person's own keep the guard away, and with it the renewal. */
function guards(skipped: string | undefined): readonly Finding[] {
  const names = shown(skipped ?? "").split(" ").filter(Boolean);
  if (names.length === 0) return [];
  return [
    warning(
      name,
      `not renewed before ${names.join(", ")}: your own function or alias of that name goes first`,
      `call it in there: aws-use renew --margin 10m; or rename yours`,
    ),
  ];
}

/** The command that loads the plugin; where a start-up file names it already, a second line would load it twice. */
async function loadIt(world: World): Promise<string> {
  const login = world.environment.get("SHELL")?.split("/").at(-1);
  const shell = login === "bash" || login === "fish" ? login : "zsh";
  const { files, load } = startUp(shell, world);
  for (const file of files) {
    if (await namesPlugin(world, file)) return `${shown(file)} loads it, so open a new shell: exec ${shell}`;
  }
  return `${load} && exec ${shell}`;
}

/** The files that a shell reads at its start, and what makes it load the plugin. */
function startUp(shell: "zsh" | "bash" | "fish", { environment }: World) {
  const home = environment.get("HOME") ?? "";
  if (shell === "fish") {
    const folder = `${environment.get("XDG_CONFIG_HOME") ?? `${home}/.config`}/fish`;
    const [loader, config] = [`${folder}/conf.d/aws-use.fish`, `${folder}/config.fish`];
    const make = `mkdir -p ${shellWord(`${folder}/conf.d`)} && aws-use init fish > ${shellWord(loader)}`;
    return { files: [loader, config], load: make };
  }
  const rc = shell === "bash" ? `${home}/.bashrc` : `${environment.get("ZDOTDIR") ?? home}/.zshrc`;
  const load = `aws-use init ${shell} > ~/.aws-use.${shell} && echo 'source ~/.aws-use.${shell}' >> ${shellWord(rc)}`;
  return { files: [rc], load };
}

/** Whether a line of the file that is no comment says aws-use: one of ours, or the name in a plugin manager's list. */
async function namesPlugin({ files }: World, file: string): Promise<boolean> {
  const text = await files.readText(file).catch(() => null);
  return text !== null && /^[^#\n]*aws-use/m.test(text);
}
