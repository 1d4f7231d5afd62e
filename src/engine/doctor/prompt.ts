/** Whether the prompt shows role and time left. The plugin looks at the prompt and tells; programs that draw it have files. */
import { shown } from "../../core/text.ts";
import type { World } from "../../world/world.ts";
import { type Finding, ok, warning } from "./finding.ts";

const name = "prompt";

/** Where programs that draw prompts by themselves keep what they draw. */
const drawers = [
  { setup: "starship", sign: "STARSHIP_SHELL", variable: "STARSHIP_CONFIG", usual: ".config/starship.toml" },
  { setup: "oh-my-posh", sign: "POSH_SHELL", variable: "POSH_THEME", usual: "" },
] as const;

export async function checkPrompt(world: World): Promise<readonly Finding[]> {
  const { environment } = world;
  const shell = environment.get("AWS_USE_PLUGIN")?.split("/")[0];
  // Without the plugin there is nothing to show; that is told already.
  if (!shell) return [];
  const seen = environment.get("AWS_USE_PROMPT_SEEN");
  if (seen === "stale") return [warning(name, hookGone, bringBack(shell))];
  if (seen === "1") return [ok(name, "shows role and time left")];
  const drawer = drawers.find(({ sign }) => environment.get(sign));
  if (drawer && await shows(world, drawer)) return [ok(name, `${drawer.setup} shows role and time left`)];
  return [
    warning(
      name,
      "the prompt does not show which role is active",
      `see the lines to paste: aws-use prompt --setup ${drawer?.setup ?? shown(shell, 8)}`,
    ),
  ];
}

const hookGone = "the prompt is not brought up to date: something has thrown out the hook of aws-use";

/** Loaded once more the plugin takes its place again; what threw it out must come first. */
function bringBack(shell: string): string {
  if (shell === "fish") return "open a new shell: exec fish";
  const [file, what] = shell === "bash" ? ["~/.bashrc", "PROMPT_COMMAND"] : ["~/.zshrc", "precmd_functions"];
  return `let the line that loads aws-use come after the one that sets ${what} in ${file}, then: exec ${
    shown(shell, 8)
  }`;
}

async function shows({ environment, files }: World, { setup, variable, usual }: typeof drawers[number]) {
  // Its own module of AWS reads the variable that this sets.
  if (setup === "starship" && environment.get("AWS_USE_COMPAT") === "aws-vault") return true;
  const path = environment.get(variable) ?? (usual && `${environment.get("HOME")}/${usual}`);
  const text = path ? await files.readText(path).catch(() => null) : null;
  return text?.includes("AWS_USE_PROMPT") === true;
}
