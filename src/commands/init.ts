/** `aws-use init SHELL`: the plugin file, byte for byte as it is installed. */
import type { Arguments } from "../arguments.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

const plugins: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  zsh: () => import("../../shell/aws-use.zsh", { with: { type: "text" } }),
  bash: () => import("../../shell/aws-use.bash", { with: { type: "text" } }),
  fish: () => import("../../shell/aws-use.fish", { with: { type: "text" } }),
};

export async function command(given: Arguments, world: World): Promise<number> {
  const shell = given.positional[0];
  const load = Object.hasOwn(plugins, shell ?? "") ? plugins[shell] : undefined;
  if (!load) {
    const what = shell === undefined ? "init needs a shell" : `there is no plugin for ${quoted(shell)}`;
    throw new Failure("usage", `${what}: zsh, bash or fish`, { hint: "aws-use init zsh > ~/.aws-use.zsh" });
  }
  world.output.out((await load()).default);
  return 0;
}
