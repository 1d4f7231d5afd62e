/** The shell plugin: is it loaded in the shell that called, and of the version of this program. */
import { version } from "../../cli.ts";
import { shown } from "../../core/text.ts";
import type { World } from "../../world/world.ts";
import { type Finding, ok, warning } from "./finding.ts";

const name = "plugin";

export function checkPlugin({ environment }: World): readonly Finding[] {
  const [shell, loaded] = (environment.get("AWS_USE_PLUGIN") ?? "").split("/");
  if (!loaded) return [warning(name, "the plugin is not loaded in this shell", loadIt(environment.get("SHELL") ?? ""))];
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

function loadIt(path: string): string {
  const shell = path.slice(path.lastIndexOf("/") + 1);
  if (shell === "fish") return "aws-use init fish > ~/.config/fish/conf.d/aws-use.fish";
  const rc = shell === "bash" ? "~/.bashrc" : "~/.zshrc";
  const kind = shell === "bash" ? "bash" : "zsh";
  return `aws-use init ${kind} > ~/.aws-use.${kind}; echo 'source ~/.aws-use.${kind}' >> ${rc}; open a new shell`;
}
