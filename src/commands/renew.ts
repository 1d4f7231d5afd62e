/**
 * `aws-use renew`: what is active, anew. The plugin repeats the words of the activation behind `--`. For a guard, which says
 * AWS_USE_GUARDED, it is silent, and why it failed goes over the wire: the guard knows whether its command runs all the same.
 */
import { type Arguments, parseArguments, withValue } from "../arguments.ts";
import { verbs } from "../cli.ts";
import { formatLeft, parseDuration } from "../core/duration.ts";
import { hintIn } from "../core/hint.ts";
import { redacted } from "../core/redact.ts";
import { secondsLeft } from "../core/session.ts";
import { quoted, shown } from "../core/text.ts";
import { wireLines } from "../core/wire.ts";
import { activate } from "../engine/activation.ts";
import { type LongRun, longRun } from "../engine/long_run.ts";
import { marginOf } from "../engine/margin.ts";
import { Failure, isUnasked } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import type { World } from "../world/world.ts";
import { confirmation, pluginMissing } from "./use.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  if (world.environment.get("AWS_USE_GUARDED") !== "1") {
    world.output.err(await renew(given, world));
    return 0;
  }
  try {
    await renew(given, world);
    return 0;
  } catch (error) {
    throw toldByGuard(error, world);
  }
}

/** Renews and returns the line that says so. */
async function renew(given: Arguments, world: World): Promise<string> {
  const { environment, output } = world;
  const active = environment.get("AWS_USE_ACTIVE") ?? environment.get("AWS_USE_PROFILE");
  if (active === undefined) {
    throw new Failure("config", "nothing is active in this shell, so nothing can be renewed", {
      hint: "activate a profile: aws-use PROFILE",
    });
  }
  if (!output.wire) throw pluginMissing(active, world);
  const use = verbs.find((verb) => verb.name === "use")!;
  const words = await parseArguments(use, given.positional);
  // A code is good once, and who confirmed the profile at its activation is not asked again.
  const confirmed = { ...words, has: (flag: string) => flag === "yes" || words.has(flag) };
  const again = withValue(withValue(confirmed, "token-code", undefined), "policy", policyFile(words, world));
  const profile = words.positional[0] ?? active;
  const margin = marginGiven(given, world);
  const noTouch = given.has("no-touch");
  let long = await longRun(profile, again, margin, { noTouch }, world);
  const activeUntil = Number(
    environment.get("AWS_USE_ACTIVE_EXPIRES_AT") ?? environment.get("AWS_USE_EXPIRES_AT") ?? NaN,
  );
  const isGuarded = environment.get("AWS_USE_GUARDED") === "1";
  const endsAfter = Number.isFinite(activeUntil) ? activeUntil : Infinity;
  const renewed = ({ given, marginSeconds }: LongRun, again = isGuarded) =>
    activate("use", profile, given, world, {
      noTouch,
      notesTold: again,
      again: "aws-use renew",
      marginSeconds,
      // A guard has no use for new ones where those that are active are as good as any.
      endsAfter: marginSeconds < margin && isGuarded ? undefined : endsAfter,
    });
  const { session, change } = await renewed(long).then(async (activated) => {
    await long.granted?.();
    return activated;
  }, async (error) => {
    if (long.refused && isDurationRefusal(error)) long = await long.refused();
    else if (long.unasked && isUnasked(error)) long = long.unasked;
    else throw error;
    return await renewed(long, true);
  });
  const left = secondsLeft(session, world.clock.nowMs());
  if (left < margin) {
    const why = long.why ?? `its credentials live for ${formatLeft(left)}`;
    output.err(
      long.sparesTouch
        ? `aws-use: ${quoted(profile)} has ${formatLeft(left)} left, and ${formatLeft(margin)} is not worth a touch`
        : `aws-use: ${formatLeft(margin)} cannot be had for ${quoted(profile)}: ${why}`,
    );
  }
  // What the shell has may live longer than what can be had for that margin.
  const isWorse = isGuarded && (session.expiresAt ?? Infinity) < activeUntil;
  if (!isWorse) output.wire(wireLines(change));
  return confirmation(profile, session, world);
}

/**
 * The failure with nothing left to print: behind `# failed`, or `# unasked` where nobody could be asked for a code, it is three
 * lines of the wire, in short, whole and its remedy. The shell shows no message that begins otherwise, because it may be the
 * answer of a core that died afterwards.
 */
function toldByGuard(error: unknown, { environment, output, signal }: World): unknown {
  if (!(error instanceof Failure) || error.kind === "cancelled" || signal.aborted || !output.wire) return error;
  const message = redacted(error.message);
  const hint = hintIn(environment.all(), error.hint);
  const lines = [
    isUnasked(error) ? "# unasked" : "# failed",
    shown(message, 120),
    shown(message, 2000),
    shown(hint, 2000),
  ];
  output.wire(lines.map((line) => `${line}\n`).join(""));
  return new Failure(error.kind, "", { hint: "", cause: error });
}

/** The path of --policy, a relative one in the folder of the activation, where the plugin tells it: the person may have moved. */
function policyFile(words: Arguments, world: World): string | undefined {
  const path = words.value("policy");
  const folder = world.environment.get("AWS_USE_ACTIVE_DIR");
  return path && folder && !path.startsWith("/") ? `${folder}/${path}` : path;
}

function isDurationRefusal(error: unknown): boolean {
  return error instanceof Failure && error.cause instanceof AwsError && /DurationSeconds/.test(error.cause.message);
}

function marginGiven(given: Arguments, world: World): number {
  const text = given.value("margin");
  if (text === undefined) return marginOf(world);
  // A guard gives seconds, and those of a margin in hours may have more digits.
  const seconds = /^\d{10,13}$/.test(text) ? Number(text) : parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new Failure("usage", `${quoted(text)} is no duration`, { hint: "give seconds, 45m or 2h: --margin 45m" });
}
