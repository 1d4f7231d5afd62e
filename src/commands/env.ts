/** `aws-use env PROFILE --format …`: its credentials as text, for a program that no plugin reaches. */
import type { Arguments } from "../arguments.ts";
import { type Format, formatEnvironment, formats } from "../core/quote.ts";
import { quoted } from "../core/text.ts";
import { type EnvironmentChange, wireLines } from "../core/wire.ts";
import { commandFor } from "../engine/hint_command.ts";
import { lastAnswer } from "../engine/last_answer.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const profile = given.positional[0];
  if (profile === undefined) {
    throw new Failure("usage", "env needs a profile", { hint: "see them with: aws-use list" });
  }
  // Never guessed from $SHELL: what runs the output may be another shell.
  const format = given.value("format");
  if (!formats.includes(format as Format)) {
    const what = format === undefined ? "env needs a format" : `${quoted(format)} is no format`;
    throw new Failure("usage", `${what}: ${formats.join(", ")}`, {
      hint: `for bash and zsh: ${commandFor("env", profile, ["--format sh"])}`,
    });
  }
  const change = given.only("format") && await lastAnswer(profile, world) || await planned(profile, given, world);
  // Refuses, before anything is printed, what must not reach a shell.
  wireLines(change);
  world.output.out(formatEnvironment(change, format as Format));
  return 0;
}

async function planned(profile: string, given: Arguments, world: World): Promise<EnvironmentChange> {
  const { activate } = await import("../engine/activation.ts");
  return (await activate("env", profile, given, world)).change;
}
