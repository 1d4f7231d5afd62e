/** `aws-use PROFILE`: its credentials, to the shell that called. */
import type { Arguments } from "../arguments.ts";
import { verbs } from "../cli.ts";
import { findChain } from "../core/chain.ts";
import { formatLeft } from "../core/duration.ts";
import { activeAs } from "../core/environment.ts";
import { nearest } from "../core/nearest.ts";
import { secondsLeft, type Session } from "../core/session.ts";
import { shown } from "../core/text.ts";
import { wireLines } from "../core/wire.ts";
import { activate } from "../engine/activation.ts";
import { readWorldConfig } from "../engine/config.ts";
import { commandFor } from "../engine/hint_command.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const { wire } = world.output;
  if (!wire) throw await withoutPlugin(given.positional[0], world);
  const profile = given.positional[0] ?? await picked(world);
  const { session, change, cache } = await activate("use", profile, given, world).catch((error) => {
    throw withNearestVerb(profile, error);
  });
  wire(wireLines(change));
  world.output.err(confirmation(profile, session, world));
  await cache.noteUse(profile);
  return 0;
}

/** `admin as alice@123456789012, 59m`: as the plugins say it of a cached switch. */
export function confirmation(profile: string, session: Session, world: World): string {
  const left = secondsLeft(session, world.clock.nowMs());
  const line = [shown(activeAs(profile, session.identity)), ...(left === Infinity ? [] : [formatLeft(left)])].join(
    ", ",
  );
  return world.terminal.color ? `\x1b[32m${line}\x1b[0m` : line;
}

function isUnknownProfile(error: unknown): error is Failure {
  return error instanceof Failure && (error.cause as { name?: string } | undefined)?.name === "unknownProfile";
}

/** A mistyped verb was looked up as a profile. */
function withNearestVerb(typed: string, error: unknown): unknown {
  const isUnknown = isUnknownProfile(error);
  const [near] = isUnknown ? nearest(typed, [...verbs.map((verb) => verb.name), "help", "version"], 1) : [];
  if (!isUnknown || near === undefined) return error;
  return new Failure("config", error.message, {
    hint: `for the verb: aws-use ${near === "help" || near === "version" ? `--${near}` : near}; ${error.hint}`,
    cause: error.cause,
  });
}

async function picked(world: World): Promise<string> {
  const { pick } = await import("../engine/pick.ts");
  return await pick(world);
}

/** What is wrong where no plugin listens: a name that is none, else the plugin. */
async function withoutPlugin(typed: string | undefined, world: World): Promise<unknown> {
  const missing = pluginMissing(typed, world);
  if (typed === undefined) return missing;
  try {
    const { config } = await readWorldConfig(world, true);
    findChain(typed, config, world.environment.all());
    return missing;
  } catch (error) {
    const better = withNearestVerb(typed, error);
    return isUnknownProfile(error) ? better : missing;
  }
}

/** A program cannot change its parent's environment: only the plugin's function can. */
export function pluginMissing(profile: string | undefined, world: World): Failure {
  const name = world.environment.get("SHELL")?.match(/(zsh|bash|fish)$/)?.[1] ?? "bash";
  const load: Readonly<Record<string, string>> = {
    zsh: "source <(aws-use init zsh)",
    // The bash of macOS reads nothing from a process.
    bash: "aws-use init bash > ~/.aws-use.bash; source ~/.aws-use.bash",
    fish: "aws-use init fish | source",
  };
  const format = name === "fish" ? "fish" : "sh";
  return new Failure("usage", "this shell has not loaded the aws-use plugin, so credentials cannot reach it", {
    hint: `load it: ${load[name]}; or print them: ${commandFor("env", profile ?? "PROFILE", [`--format ${format}`])}`,
  });
}
