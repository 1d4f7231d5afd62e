/** How much time must be left of what is cached or active, so that it serves. */
import { parseDuration } from "../core/duration.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export const usualMarginSeconds = 600;

/** Seconds of AWS_USE_MARGIN, 10 minutes where it is unset. Throws Failure("usage") where it is no duration. */
export function marginOf(world: World): number {
  const text = world.environment.get("AWS_USE_MARGIN");
  if (text === undefined) return usualMarginSeconds;
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new Failure("usage", `AWS_USE_MARGIN is ${quoted(text)}, which is no duration`, {
    hint: "export AWS_USE_MARGIN=10m",
  });
}
