/**
 * A duration that is long enough for a long run (`AWS_USE_MARGIN=2h terraform apply`): the profile's own where that
 * serves, else a longer one as far as the role allows it.
 */
import { type Arguments, withValue } from "../arguments.ts";
import { formatLeft, roleChainingMaximum, roleMaximum, sessionMaximum } from "../core/duration.ts";
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
const spareSeconds = 120;

export interface LongRun {
  readonly given: Arguments;
  /** Why it cannot be long enough, where that is known. */
  readonly why?: string;
  /** What to do when AWS refuses that duration: it is remembered, and this one does without. */
  readonly refused?: () => Promise<LongRun>;
}

/** `given` with the duration that `margin` seconds ask for, as far as it can be had. */
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
  const wanted = margin + spareSeconds;
  if (step === undefined || step.durationSeconds >= wanted) return { given };
  const lasting = (seconds: number) => withValue(given, "duration", String(seconds));
  if (noTouch) return { given, why: "it takes a code, and nobody may be asked for one now" };
  if (step.call === "GetSessionToken") return { given: lasting(Math.min(wanted, sessionMaximum)) };
  if (plan.steps.filter(({ call }) => call === "AssumeRole").length > 1 || plan.keys.sessionToken) {
    return { given, why: `role chaining ends after ${formatLeft(roleChainingMaximum)}` };
  }
  const maximum = await maximumOf(world, cache, plan, step);
  const own = step.durationSeconds;
  const why = maximum === null ? undefined : `the role's maximum is ${formatLeft(maximum)}`;
  if (maximum !== null && maximum <= own) return { given, why };
  const seconds = Math.min(wanted, maximum ?? roleMaximum);
  if (maximum === null) {
    world.output.err(
      `aws-use: the maximum of ${step.roleArn} is not known; trying ${formatLeft(seconds)}, which takes a code`,
    );
  }
  return {
    given: lasting(seconds),
    why,
    refused: async () => {
      await rememberMaximum(world, cache, plan, { roleArn: step.roleArn, seconds: own });
      return { given, why: `the role does not allow ${formatLeft(seconds)}` };
    },
  };
}

interface Maximum {
  /** Seconds that the role allows. */
  readonly seconds: number;
  /** Whole seconds since 1970. */
  readonly askedAt: number;
}

/** Seconds for which a role's maximum is believed: its owner may change it. */
const believedSeconds = 86_400;

/** What the role allows: its profile's word, else what a refusal or IAM has told; null where nobody knows. */
async function maximumOf(
  world: World,
  cache: SessionCache,
  plan: Plan,
  role: Step & { call: "AssumeRole" },
): Promise<number | null> {
  const remembered = await rememberedMaximum(world, cache, plan, role.roleArn);
  if (remembered !== null) return remembered;
  const session = plan.steps.length > 1 ? await cache.readSession("sessions", (await keysOf(plan))[0]) : null;
  const keys = session && secondsLeft(session, world.clock.nowMs()) > 60 ? session : plan.keys;
  try {
    const aws = await loadAws(world, plan);
    const seconds = await aws.roleMaximum({ endpoint: plan.iam, keys }, role.roleArn, world.signal);
    if (seconds !== null) await rememberMaximum(world, cache, plan, { roleArn: role.roleArn, seconds });
    return seconds;
  } catch (error) {
    // Who may not call iam:GetRole, or has no network, does without.
    if (error instanceof AwsError) return null;
    throw error;
  }
}

async function rememberedMaximum(
  world: World,
  cache: SessionCache,
  plan: Plan,
  roleArn: string,
): Promise<number | null> {
  try {
    const text = await cache.readText("devices", await maximumKey(plan, roleArn)) ?? "";
    const { seconds, askedAt } = JSON.parse(text) as Maximum;
    const age = nowOf(world) - askedAt;
    return Number.isSafeInteger(seconds) && age >= 0 && age < believedSeconds ? seconds : null;
  } catch (error) {
    if (error instanceof Failure) throw error;
    return null;
  }
}

async function rememberMaximum(
  world: World,
  cache: SessionCache,
  plan: Plan,
  { roleArn, seconds }: { readonly roleArn: string; readonly seconds: number },
): Promise<void> {
  const maximum: Maximum = { seconds, askedAt: nowOf(world) };
  await cache.writeText("devices", await maximumKey(plan, roleArn), `${JSON.stringify(maximum)}\n`);
}

/** Another endpoint may be another AWS, where a role of the same ARN is another one. */
async function maximumKey(plan: Plan, roleArn: string): Promise<string> {
  return await cacheKey({ maximumOf: roleArn, endpoint: plan.iam.url });
}

function nowOf({ clock }: World): number {
  return Math.floor(clock.nowMs() / 1000);
}
