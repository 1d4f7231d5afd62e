/** From a command line to credentials: what `use`, `env` and a renewal have in common. */
import type { Arguments } from "../arguments.ts";
import { parseArn } from "../core/arn.ts";
import { parseDuration } from "../core/duration.ts";
import { environmentOf } from "../core/environment.ts";
import type { Plan } from "../core/plan.ts";
import type { Session } from "../core/session.ts";
import { quoted } from "../core/text.ts";
import { type EnvironmentChange, wireLines } from "../core/wire.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { readWorldConfig, type WorldConfig } from "./config.ts";
import { obtain, type Wishes } from "./credentials.ts";
import { plannedWithDevice } from "./discovery.ts";
import { type Planner, plannerFor, remember, type Request, requestOf } from "./planning.ts";
import { fastPathHeader, isPlainName } from "./fast_path.ts";

export interface Activated {
  readonly request: Request;
  readonly plan: Plan;
  readonly session: Session;
  readonly change: EnvironmentChange;
}

/** The credentials of `profile` as the command line wants them. Throws what planning and `obtain` throw. */
export async function activate(
  verb: "use" | "env",
  profile: string,
  given: Arguments,
  world: World,
  more: Partial<Pick<Wishes, "endsAfter" | "noTouch" | "marginSeconds">> = {},
): Promise<Activated> {
  const request = await requestOf(verb, profile, given, world);
  const wishes: Wishes = {
    marginSeconds: more.marginSeconds ?? marginOf(world),
    endsAfter: more.endsAfter,
    noTouch: more.noTouch ?? false,
    noCache: given.has("no-cache"),
    tokenCode: given.value("token-code"),
    again: request.again,
    plain: request.plain,
  };
  const read = await readWorldConfig(world);
  const planner = await plannerFor(request, world, read);
  const cache = await openCache(world);
  const first = await plannedWithDevice(world, cache, planner, wishes);
  for (const note of first.notes) world.output.err(`aws-use: note: ${note}`);
  if (first.confirm && !given.has("yes")) await confirm(world, first);
  const { plan, session } = await obtainEitherWay(world, cache, planner, first, wishes);
  const change = environmentOf({
    profile,
    region: plan.region,
    session,
    compat: world.environment.get("AWS_USE_COMPAT"),
  });
  // Keys of the environment are this shell's own, and a profile that wants to be confirmed is asked for each time.
  if (!request.added && !wishes.noCache && !plan.confirm && plan.keysFrom.kind !== "environment") {
    await keepForShells(world, cache, profile, wireLines(change), read);
  }
  return { request, plan, session, change };
}

/** An identity that may not call GetSessionToken sends its code with AssumeRole instead; that is remembered. */
async function obtainEitherWay(
  world: World,
  cache: SessionCache,
  planner: Planner,
  plan: Plan,
  wishes: Wishes,
): Promise<{ plan: Plan; session: Session }> {
  try {
    return { plan, session: await obtain(world, cache, plan, wishes) };
  } catch (error) {
    const [first, role] = plan.steps;
    const cause = error instanceof Failure ? error.cause : undefined;
    const refused = cause instanceof AwsError && cause.code.startsWith("AccessDenied") &&
      /sts:GetSessionToken/.test(cause.message);
    if (!refused || first?.call !== "GetSessionToken" || role === undefined) throw error;
    world.terminal.say("aws-use: AWS refuses GetSessionToken to these keys; the code goes with AssumeRole instead");
    const known = { mfaSerial: first.mfaSerial, withoutSession: true };
    await remember(cache, plan, { ...known, askedAt: Math.floor(world.clock.nowMs() / 1000) });
    const direct = planner({ discoveredMfaSerial: first.mfaSerial, withoutSession: true });
    return { plan: direct, session: await obtain(world, cache, direct, wishes) };
  }
}

/** Seconds of AWS_USE_MARGIN, 10 minutes where it is unset. Throws Failure("usage") where it is no duration. */
export function marginOf(world: World): number {
  const text = world.environment.get("AWS_USE_MARGIN") ?? "10m";
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new Failure("usage", `AWS_USE_MARGIN is ${quoted(text)}, which is no duration`, {
    hint: "export AWS_USE_MARGIN=10m",
  });
}

/** The file from which a shell switches by itself. Left alone where it says the same and is newer than both AWS files. */
async function keepForShells(
  world: World,
  cache: SessionCache,
  profile: string,
  lines: string,
  read: WorldConfig,
): Promise<void> {
  const header = fastPathHeader(world.environment);
  if (!cache.usable || !isPlainName(profile) || header === null) return;
  const text = header + lines;
  if (await cache.readText("env", profile) === text) {
    const paths = [`${cache.root}/env/${profile}`, read.configPath, read.credentialsPath];
    const [own, ...files] = await Promise.all(paths.map((path) => world.files.status(path)));
    if (own && files.every((file) => file === null || file.modifiedMs < own.modifiedMs)) return;
  }
  await cache.writeText("env", profile, text, read.readAtMs);
}

/** A profile with `aws_use_confirm = true` asks before anything is done. Throws Failure("cancelled") or ("usage"). */
async function confirm(world: World, plan: Plan): Promise<void> {
  const role = plan.steps.findLast((step) => step.call === "AssumeRole");
  const what = role
    ? `role ${role.roleArn} in account ${parseArn(role.roleArn)?.account ?? "?"}`
    : `a session of the keys of profile ${quoted(plan.keysFrom.profile)}`;
  const question = `profile ${quoted(plan.profile)}: ${what}. Go on?`;
  if (!world.terminal.interactive) {
    throw new Failure("usage", `profile ${quoted(plan.profile)} wants to be confirmed, and there is no terminal`, {
      hint: "answer it on the command line: --yes",
    });
  }
  const answer = await world.terminal.ask(`${question} [y/N]`);
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) {
    throw new Failure("cancelled", `not confirmed: ${plan.profile}`, { hint: "answer y, or give --yes" });
  }
}
