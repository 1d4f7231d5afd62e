/**
 * A duration that is long enough for a long run (`AWS_USE_MARGIN=2h terraform apply`): the profile's own where that
 * serves, else a longer one as far as the role allows it.
 */
import { type Arguments, withValue } from "../arguments.ts";
import { formatLeft, roleChainingMaximum, roleDefault, roleMaximum, sessionMaximum } from "../core/duration.ts";
import type { Plan, Step } from "../core/plan.ts";
import { cacheKey, secondsLeft } from "../core/session.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { loadAws } from "./credentials.ts";
import { keysOf } from "./from_cache.ts";
import { plannedFromMemory, plannerFor, requestOf } from "./planning.ts";

/** Seconds beyond the margin, so that the credentials outlast the time until the command has started. */
const spareSeconds = 10;

/** Maximums are whole hours by habit, so a guess is the next one above the margin. */
const guessedUnit = 3600;

export interface LongRun {
  readonly given: Arguments;
  /** Seconds for which that asks. */
  readonly seconds: number;
  /** Why it cannot be long enough, where that is known. */
  readonly why?: string;
  /** What to do once AWS has granted a duration that was a guess: it is remembered. */
  readonly granted?: () => Promise<void>;
  /** What to do when AWS refuses that duration: it is remembered, and this one does without. */
  readonly refused?: () => Promise<LongRun>;
  /** What to do when that takes a code, and nobody may be asked for one: this one does without. */
  readonly unasked?: LongRun;
}

/**
 * `given` with the duration that `margin` seconds ask for, as far as it can be had: the profile's own where that serves;
 * else twice the margin, so that the next run needs no touch, as far as the role is known to allow it; else a guess.
 */
export async function longRun(
  profile: string,
  given: Arguments,
  margin: number,
  { noTouch }: { readonly noTouch: boolean },
  world: World,
): Promise<LongRun> {
  const planner = await plannerFor(await requestOf("use", profile, given, world), world);
  const cache = await openCache(world);
  const plan = await plannedFromMemory(cache, planner, world.clock.nowMs());
  const step = plan.steps.at(-1);
  const own = step?.durationSeconds ?? Infinity;
  const needed = margin + spareSeconds;
  const asItIs = { given, seconds: own };
  if (step === undefined || own >= needed) return asItIs;
  const lasting = (seconds: number, more: Partial<LongRun> = {}): LongRun => ({
    given: withValue(given, "duration", String(seconds)),
    seconds,
    unasked: { ...asItIs, why: "it takes a code, and nobody may be asked for one now" },
    ...more,
  });
  if (step.call === "GetSessionToken") return lasting(Math.min(2 * margin, sessionMaximum));
  if (plan.steps.filter(({ call }) => call === "AssumeRole").length > 1 || plan.keys.sessionToken) {
    return { ...asItIs, why: `role chaining ends after ${formatLeft(roleChainingMaximum)}` };
  }
  if (needed <= roleDefault) return lasting(roleDefault); // any role allows that, and it takes no code of its own
  const { atLeast, below } = await boundsOf(world, cache, plan, step, given);
  const guess = Math.min(Math.ceil(needed / guessedUnit) * guessedUnit, below - 1, roleMaximum);
  if (atLeast < needed && guess >= needed) {
    const takesCode = plan.steps.some(({ mfaSerial, discoverMfa }) => mfaSerial !== null || discoverMfa);
    if (!noTouch) {
      world.output.err(
        `aws-use: the maximum of ${step.roleArn} is not known; trying ${formatLeft(guess)}` +
          (takesCode ? ", which takes a code" : ""),
      );
    }
    const remember = (more: Partial<Bounds>) =>
      rememberBounds(world, cache, plan, step.roleArn, { atLeast, below, ...more });
    return lasting(guess, {
      granted: () => remember({ atLeast: guess }),
      refused: async () => {
        await remember({ below: guess });
        return { ...asItIs, why: `the role does not allow ${formatLeft(guess)}` };
      },
    });
  }
  const why = below === atLeast + 1
    ? `the role's maximum is ${formatLeft(atLeast)}`
    : `the role does not allow ${formatLeft(below)}`;
  const most = Math.min(2 * margin, atLeast);
  return most > own ? lasting(most, { why }) : { ...asItIs, why };
}

/** What is known of a role's maximum, in seconds: it allows `atLeast`, and does not allow `below`. */
interface Bounds {
  readonly atLeast: number;
  readonly below: number;
}

interface Remembered extends Bounds {
  /** Whole seconds since 1970. */
  readonly askedAt: number;
}

/** Seconds for which a role's maximum is believed: its owner may change it. */
const believedSeconds = 86_400;

/** What the role allows: its profile's word, else what IAM, a refusal or an answer has told. */
async function boundsOf(
  world: World,
  cache: SessionCache,
  plan: Plan,
  role: Step & { call: "AssumeRole" },
  given: Arguments,
): Promise<Bounds> {
  const { durationSeconds } = role;
  // Longer than the default it is the profile's duration_seconds.
  if (durationSeconds > roleDefault && given.value("duration") === undefined) return exactly(durationSeconds);
  const remembered = await rememberedBounds(world, cache, plan, role.roleArn);
  if (remembered.below === remembered.atLeast + 1) return remembered;
  const session = plan.steps.length > 1 ? await cache.readSession("sessions", (await keysOf(plan))[0]) : null;
  const keys = session && secondsLeft(session, world.clock.nowMs()) > 60 ? session : plan.keys;
  try {
    const aws = await loadAws(world, plan);
    const seconds = await aws.roleMaximum({ endpoint: plan.iam, keys }, role.roleArn, world.signal);
    if (seconds === null) return remembered;
    await rememberBounds(world, cache, plan, role.roleArn, exactly(seconds));
    return exactly(seconds);
  } catch (error) {
    // Who may not call iam:GetRole, or has no network, does without.
    if (error instanceof AwsError) return remembered;
    throw error;
  }
}

function exactly(seconds: number): Bounds {
  return { atLeast: seconds, below: seconds + 1 };
}

const unknown: Bounds = { atLeast: roleDefault, below: roleMaximum + 1 };

async function rememberedBounds(world: World, cache: SessionCache, plan: Plan, roleArn: string): Promise<Bounds> {
  try {
    const text = await cache.readText("devices", await maximumKey(plan, roleArn)) ?? "";
    const { atLeast, below, askedAt } = JSON.parse(text) as Remembered;
    const age = nowOf(world) - askedAt;
    const isWhole = Number.isSafeInteger(atLeast) && Number.isSafeInteger(below) && atLeast < below;
    return isWhole && age >= 0 && age < believedSeconds ? { atLeast, below } : unknown;
  } catch (error) {
    if (error instanceof Failure) throw error;
    return unknown;
  }
}

async function rememberBounds(
  world: World,
  cache: SessionCache,
  plan: Plan,
  roleArn: string,
  bounds: Bounds,
): Promise<void> {
  const remembered: Remembered = { ...bounds, askedAt: nowOf(world) };
  await cache.writeText("devices", await maximumKey(plan, roleArn), `${JSON.stringify(remembered)}\n`);
}

/** Another endpoint may be another AWS, where a role of the same ARN is another one. */
async function maximumKey(plan: Plan, roleArn: string): Promise<string> {
  return await cacheKey({ maximumOf: roleArn, endpoint: plan.iam.url });
}

function nowOf({ clock }: World): number {
  return Math.floor(clock.nowMs() / 1000);
}
