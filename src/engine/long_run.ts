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

/** Maximums are whole hours by habit, and so are guesses. */
const hour = 3600;

/** The part of a duration that is as good as all of it, where all of it is less than what is wanted. */
const nearlyAll = 0.9;

export interface LongRun {
  readonly given: Arguments;
  /** Seconds that cached credentials must still live to serve: the margin, or nearly all of the most that can be had. */
  readonly marginSeconds: number;
  /** Why it cannot be long enough, where that is known. */
  readonly why?: string;
  /** It would be long enough, but what is cached is nearly as good, and it takes a touch. */
  readonly sparesTouch?: boolean;
  /** What to do once AWS has granted a duration that was a guess: it is remembered. */
  readonly granted?: () => Promise<void>;
  /** What to do when AWS refuses that duration: it is remembered, and this one does without. */
  readonly refused?: () => Promise<LongRun>;
  /** What to do when that takes a code, and nobody may be asked for one: this one does without. */
  readonly unasked?: LongRun;
}

/**
 * `given` with the duration that `margin` seconds ask for, as far as it can be had: the profile's own where that serves;
 * else the most that the role is known to allow, so that no other long run needs a touch of its own; else a guess.
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
  const hasDevice = plan.steps.some(({ mfaSerial, discoverMfa }) => mfaSerial !== null || discoverMfa);
  // No touch for a little more, nor for a little more of what cannot be had whole.
  const asking = (given: Arguments, seconds: number, why?: string): LongRun => {
    const sparesTouch = seconds >= needed && hasDevice && seconds > roleDefault;
    const isGoodEnough = seconds < needed || sparesTouch;
    const marginSeconds = isGoodEnough ? Math.min(margin, Math.floor(seconds * nearlyAll)) : margin;
    return { given, why, sparesTouch, marginSeconds };
  };
  if (step === undefined || own >= needed) return asking(given, own);
  const lasting = (seconds: number, why?: string): LongRun => ({
    ...asking(withValue(given, "duration", String(seconds)), seconds, why),
    unasked: asking(given, own, "it takes a code, and nobody may be asked for one now"),
  });
  // Any role allows the default, and it takes no code of its own.
  const withoutCode = (why?: string) =>
    own < roleDefault && step.call === "AssumeRole" ? lasting(roleDefault, why) : asking(given, own, why);
  if (step.call === "GetSessionToken") return lasting(sessionMaximum);
  if (needed <= roleDefault) return withoutCode();
  if (plan.steps.filter(({ call }) => call === "AssumeRole").length > 1 || plan.keys.sessionToken) {
    return withoutCode(`role chaining ends after ${formatLeft(roleChainingMaximum)}`);
  }
  const memory = maximumMemory(world, cache, plan, step.roleArn);
  const limits = await limitsOf(world, cache, plan, step, given, memory);
  const { maximum, granted = 0, refused = Infinity } = limits;
  const most = maximum ?? granted;
  const refusable = (seconds: number, why?: string): LongRun => ({
    ...lasting(seconds, why),
    refused: async () => {
      const known = granted < seconds ? granted : 0;
      await memory.write({ ...(known > 0 ? { granted: known } : {}), refused: seconds });
      const why = `AWS refuses ${formatLeft(seconds)}`;
      return known > own ? lasting(known, why) : withoutCode(why);
    },
  });
  if (most >= needed) return refusable(most);
  // A guess may cost a code: none at what is certain anyway.
  const certain = Math.max(most, own, roleDefault);
  const untried = Math.min(roleMaximum, refused - hour);
  const guess = Math.min(Math.ceil(needed / hour) * hour, untried);
  if (maximum === undefined && guess > certain && guess >= margin) {
    if (!noTouch) {
      world.output.err(
        `aws-use: the maximum of ${step.roleArn} is not known; trying ${formatLeft(guess)}` +
          (hasDevice ? ", which takes a code" : ""),
      );
    }
    return { ...refusable(guess), granted: () => memory.write({ ...limits, granted: guess }) };
  }
  const why = maximum !== undefined
    ? `${limits.isProfiles ? "its duration_seconds" : "the role's maximum"} is ${formatLeft(maximum)}`
    : refused !== Infinity
    ? `AWS refuses ${formatLeft(refused)}` + (untried > certain ? ", and less was not tried" : "")
    : `no role allows more than ${formatLeft(roleMaximum)}`;
  return most > own && most > roleDefault ? refusable(most, why) : withoutCode(why);
}

/** What is known of how long a role's credentials may live, in seconds. */
interface Limits {
  /** What its profile or IAM says. */
  readonly maximum?: number;
  readonly isProfiles?: true;
  /** What AWS has granted, and the least that it has refused. */
  readonly granted?: number;
  readonly refused?: number;
}

/** What the role allows: its profile's word, else what IAM tells, else what a grant or a refusal has told. */
async function limitsOf(
  world: World,
  cache: SessionCache,
  plan: Plan,
  role: Step & { call: "AssumeRole" },
  given: Arguments,
  memory: MaximumMemory,
): Promise<Limits> {
  const { durationSeconds } = role;
  // Longer than the default it is the profile's duration_seconds.
  if (durationSeconds > roleDefault && given.value("duration") === undefined) {
    return { maximum: durationSeconds, isProfiles: true };
  }
  const remembered = await memory.read();
  if (remembered.maximum !== undefined) return remembered;
  const session = plan.steps.length > 1 ? await cache.readSession("sessions", (await keysOf(plan))[0]) : null;
  const keys = session && secondsLeft(session, world.clock.nowMs()) > 60 ? session : plan.keys;
  try {
    const aws = await loadAws(world, plan);
    const maximum = await aws.roleMaximum({ endpoint: plan.iam, keys }, role.roleArn, world.signal);
    // AWS's own refusal goes before what IAM says.
    if (maximum === null || maximum >= (remembered.refused ?? Infinity)) return remembered;
    await memory.write({ maximum });
    return { maximum };
  } catch (error) {
    // Who may not call iam:GetRole, or has no network, does without.
    if (error instanceof AwsError) return remembered;
    throw error;
  }
}

/** Seconds for which a role's limits are believed: its owner may change them. */
const believedSeconds = 86_400;

interface MaximumMemory {
  read(): Promise<Limits>;
  /** Where the cache cannot keep it, the next run learns it again. */
  write(limits: Limits): Promise<void>;
}

function maximumMemory(world: World, cache: SessionCache, plan: Plan, roleArn: string): MaximumMemory {
  const nowSeconds = () => Math.floor(world.clock.nowMs() / 1000);
  return {
    async read() {
      try {
        const text = await cache.readText("devices", await maximumKey(plan, roleArn)) ?? "";
        const { askedAt, ...limits } = JSON.parse(text) as Limits & { readonly askedAt: number };
        const age = nowSeconds() - askedAt;
        const areWhole = Object.values(limits).every(Number.isSafeInteger);
        return areWhole && age >= 0 && age < believedSeconds ? limits : {};
      } catch (error) {
        if (error instanceof Failure) throw error;
        return {};
      }
    },
    async write(limits) {
      const text = `${JSON.stringify({ ...limits, askedAt: nowSeconds() })}\n`;
      await cache.writeText("devices", await maximumKey(plan, roleArn), text);
    },
  };
}

/** Another endpoint may be another AWS, where a role of the same ARN is another one. */
async function maximumKey(plan: Plan, roleArn: string): Promise<string> {
  return await cacheKey({ maximumOf: roleArn, endpoint: plan.iam.url });
}
