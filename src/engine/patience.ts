/** What AWS refuses for some minutes after a device was made or enabled: repeated, with words, until it takes it. */
import { formatLeft } from "../core/duration.ts";
import type { World } from "../world/world.ts";

/**
 * How long AWS is given to know a new device. Source: IAM, "Changes that I make are not always immediately visible"
 * <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency>
 */
const patienceMs = 5 * 60_000;

/**
 * What `attempt` returns. Made again while it fails with what may pass, for up to 5 minutes; `why` says what AWS does not
 * do yet. Throws what the last attempt threw.
 */
export async function patiently<T>(
  world: World,
  why: string,
  attempt: () => Promise<T>,
  mayPass: (error: unknown) => boolean,
): Promise<T> {
  const endsAtMs = world.clock.nowMs() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const leftMs = endsAtMs - world.clock.nowMs();
      if (leftMs <= 0 || world.signal.aborted || !mayPass(error)) throw error;
      world.terminal.say(
        `aws-use: ${why}; trying again with fresh codes, for at most ${formatLeft(leftMs / 1000)} more`,
      );
    }
  }
}
