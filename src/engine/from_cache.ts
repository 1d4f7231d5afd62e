/** What is cached for a plan, and whether it still serves. All that a cached answer needs is here and in the core. */
import type { Plan } from "../core/plan.ts";
import { cacheKey, secondsLeft, type Session } from "../core/session.ts";
import type { SessionCache } from "../world/session_cache.ts";

export interface Wishes {
  /** Seconds that the answer must still live; less than that is renewed. */
  readonly marginSeconds: number;
  /** The answer must end after this instant, in seconds since 1970: what is cached up to then is what is to be renewed. */
  readonly endsAfter?: number;
  /** Neither read nor write cached credentials. */
  readonly noCache: boolean;
  /** A code given on the command line. */
  readonly tokenCode?: string;
  /** The command has no flag for a code. */
  readonly takesNoCode?: boolean;
  /** The command that does the same again, for hints. */
  readonly again: string;
  readonly plain: string;
  /** The command that shows how the credentials come about. */
  readonly explain?: string;
  /** Fails with 75 instead of asking a person for a touch or a code. */
  readonly noTouch: boolean;
}

/** A session that serves as a step towards another lives at least this long, so that it is valid when it arrives. */
const stepMarginSeconds = 60;

/** What the answer of each step is cached under: all that changes it, and the identity behind it. */
export async function keysOf(plan: Plan): Promise<readonly string[]> {
  let before: unknown;
  const requests = plan.steps.map(({ reason: _reason, profile: _profile, ...request }) => {
    const direct = before === undefined || request.call === "GetSessionToken" || request.mfaSerial !== null;
    return before = { ...request, by: direct ? plan.keys.accessKeyId : before, endpoint: plan.sts.url };
  });
  return await Promise.all(requests.map(cacheKey));
}

/** The cached session of the step `index` that lives as long as is wished for, or null. */
export async function fromCache(
  cache: SessionCache,
  plan: Plan,
  keys: readonly string[],
  index: number,
  wishes: Wishes,
  nowMs: number,
): Promise<Session | null> {
  if (wishes.noCache) return null;
  const session = await cache.readSession(folderOf(plan, index), keys[index]);
  if (session === null) return null;
  const isAnswer = index === plan.steps.length - 1;
  const margin = isAnswer ? wishes.marginSeconds : stepMarginSeconds;
  const isNew = !isAnswer || wishes.endsAfter === undefined || (session.expiresAt ?? 0) > wishes.endsAfter;
  return isNew && secondsLeft(session, nowMs) > margin ? session : null;
}

export function folderOf(plan: Plan, index: number): "roles" | "sessions" {
  return plan.steps[index].call === "AssumeRole" ? "roles" : "sessions";
}
