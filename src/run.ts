/** One command line, start to end: arguments → command → exit code, and every failure in two lines. */
import { type Arguments, parseArguments } from "./arguments.ts";
import { isVerb, reservedVerbs, type Verb, verbOf, version } from "./cli.ts";
import { redacted } from "./core/redact.ts";
import * as env from "./commands/env.ts";
import { hintIn } from "./core/hint.ts";
import { shellWord } from "./core/shell_word.ts";
import { quoted, shown } from "./core/text.ts";
import { exitCodes, Failure, stateTold } from "./errors.ts";
import type { Channels } from "./world/channels.ts";
import { denoWorld } from "./world/deno.ts";
import type { World } from "./world/world.ts";

export type Command = (given: Arguments, world: World) => Promise<number>;

// What scripts wait for is loaded with this file: each chunk that is loaded by itself costs half a millisecond.
const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  use: () => import("./commands/use.ts"),
  off: () => import("./commands/off.ts"),
  env: () => Promise.resolve(env),
  status: () => import("./commands/status.ts"),
  list: () => import("./commands/list.ts"),
  clear: () => import("./commands/clear.ts"),
  renew: () => import("./commands/renew.ts"),
  prompt: () => import("./commands/prompt.ts"),
  token: () => import("./commands/token.ts"),
  mfa: () => import("./commands/mfa.ts"),
  doctor: () => import("./commands/doctor.ts"),
  init: () => import("./commands/init.ts"),
};

const signalDelayMs = 30;

/** Runs the command line `words` in the real world and returns the exit code. */
export async function main(words: readonly string[], channels: Channels): Promise<number> {
  const world = denoWorld(channels, version);
  world.onStray((error) => report(error, world));
  const { verb, rest } = verbOf(words);
  try {
    return await dispatch(words, verb, rest, world);
  } catch (error) {
    // Ctrl-C reaches the programs that we started too, and we may hear of their end before we hear of it ourselves.
    if (!world.signal.aborted) await world.clock.sleep(signalDelayMs).catch(() => {});
    return world.signal.aborted ? cancelled(error, words, world) : report(error, world);
  }
}

async function dispatch(words: readonly string[], verb: Verb, rest: readonly string[], world: World): Promise<number> {
  if (words[0] === "--version") {
    world.output.out(`aws-use ${version}\n`);
    return 0;
  }
  const flags = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (flags.some((word) => word === "--help" || word === "-h")) {
    const { helpFor, overview } = await import("./help.ts");
    world.output.out(words[0] === verb.name ? helpFor(verb, rest[0]) : overview());
    return 0;
  }
  if (reservedVerbs.includes(words[0]) && isVerb(words[0])) {
    throw new Failure("usage", `the verb ${quoted(words[0])} is reserved for a later version`, {
      hint: `for a profile of that name: aws-use use ${words[0]}`,
    });
  }
  warnOfOldPlugin(world);
  const { command } = await commands[verb.name]();
  return await command(await parseArguments(verb, rest), world);
}

/** The plugin tells its version, because an older one may miss what this core expects; and its file, until it was told. */
function warnOfOldPlugin({ environment, output }: World): void {
  const [shell, loaded] = (environment.get("AWS_USE_PLUGIN") ?? "").split("/");
  const file = environment.get("AWS_USE_PLUGIN_FILE");
  if (!loaded || loaded === version || file === undefined) return;
  output.err(
    `aws-use: this shell runs the ${shown(shell, 8)} plugin ${shown(loaded, 20)} and the core is ${version}: ` +
      `open a new shell, or type: source ${shellWord(file)}`,
  );
  output.wire?.("# told\n");
}

/** Tells that it was cancelled, and returns the exit code. By way of the terminal, whose loss may be the reason. */
function cancelled(error: unknown, words: readonly string[], world: World): number {
  const again = commandOf(words).map(shellWord).join(" ");
  // An open question, and the ^C that the terminal shows.
  if (world.terminal.interactive) world.terminal.draw("\r\x1b[2K");
  world.terminal.say("aws-use: error: cancelled");
  const unchanged = words[0] === "mfa" ? "nothing was changed" : "nothing has changed in this shell";
  const hint = stateTold(error) ?? `${unchanged}; once more: ${again}`;
  world.terminal.say(`aws-use: hint: ${hintIn(world.environment.all(), hint)}`);
  return exitCodes.cancelled;
}

/** What the person types to have the same once more. */
function commandOf(words: readonly string[]): readonly string[] {
  // The plugin adds words of its own to a renewal.
  if (words[0] === "renew") return ["aws-use", "renew"];
  if (words[0] === "token") return ["aws-token", ...words.slice(1)];
  return ["aws-use", ...words.filter((word, index) => !isTokenCode(word, words[index - 1]))];
}

/** A code is good once. */
function isTokenCode(word: string, before: string | undefined): boolean {
  return word.startsWith("--token-code") || before === "--token-code";
}

/** Prints `error` for a person and returns its exit code. The stack is shown only with AWS_USE_DEBUG=1. */
export function report(error: unknown, world: World): number {
  const debug = world.environment.get("AWS_USE_DEBUG") === "1";
  const failure = error instanceof Failure ? error : new Failure("software", `unexpected: ${String(error)}`, {
    hint: "report it with what AWS_USE_DEBUG=1 prints",
  });
  if (failure.message) world.output.err(`aws-use: error: ${shown(redacted(failure.message), 2000)}`);
  // What AWS or ykman said is no part of a hint, and a path that is not shown whole would be another one.
  const hint = hintIn(world.environment.all(), failure.hint);
  if (failure.message && hint) world.output.err(`aws-use: hint: ${shown(hint, 2000)}`);
  if (debug) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      world.output.err(shown(redacted(at.stack ?? `${at}`), 4000));
    }
  }
  return failure.exitCode;
}
