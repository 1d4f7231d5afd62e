/** `aws-use prompt --setup NAME`: the lines that show role and time left in a prompt, and nothing else on stdout. */
import type { Arguments } from "../arguments.ts";
import { didYouMean } from "../core/nearest.ts";
import { promptSetups } from "../core/prompt_setups.ts";
import { table } from "../core/table.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export function command(given: Arguments, world: World): Promise<number> {
  const name = given.positional[0];
  if (name === undefined) {
    world.output.out(table(["NAME", "WHERE"], Object.entries(promptSetups).map(([each, { where }]) => [each, where])));
    return Promise.resolve(0);
  }
  if (!Object.hasOwn(promptSetups, name)) {
    throw new Failure("usage", `no lines are known for ${quoted(name)}${didYouMean(name, Object.keys(promptSetups))}`, {
      hint: "see the names: aws-use prompt --setup",
    });
  }
  world.output.out(promptSetups[name].lines);
  return Promise.resolve(0);
}
