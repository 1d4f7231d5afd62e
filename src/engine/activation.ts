/** From a command line to credentials: what `use`, `env` and a renewal have in common. */
import type { Arguments } from "../arguments.ts";
import { parseArn } from "../core/arn.ts";
import { environmentOf } from "../core/environment.ts";
import type { Plan } from "../core/plan.ts";
import type { Session } from "../core/session.ts";
import { quoted } from "../core/text.ts";
import { isTokenCode } from "../core/totp_window.ts";
import { type EnvironmentChange, wireLines } from "../core/wire.ts";
import { Failure } from "../errors.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { readWorldConfig, type WorldConfig } from "./config.ts";
import { fastPathHeader, fastPathText, isNewerThanFiles, isPlainName, saysTheSame } from "./fast_path.ts";
import { fromCache, keysOf, type Wishes } from "./from_cache.ts";
import { withFlag } from "./hint_command.ts";
import { marginOf } from "./margin.ts";
import { keepNamesForTab } from "./names_for_tab.ts";
import { plannedFromMemory, type Planner, plannerFor, type Request, requestOf } from "./planning.ts";

export interface Activated {
  readonly request: Request;
  readonly plan: Plan;
  readonly session: Session;
  readonly change: EnvironmentChange;
  readonly cache: SessionCache;
}

/** The credentials of `profile` as the command line wants them. Throws what planning and `obtain` throw. */
export async function activate(
  verb: "use" | "env",
  profile: string,
  given: Arguments,
  world: World,
  more: Partial<Pick<Wishes, "endsAfter" | "noTouch" | "marginSeconds" | "again">> & { readonly notesTold?: boolean } =
    {},
): Promise<Activated> {
  const request = await requestOf(verb, profile, given, world);
  const wishes: Wishes = {
    marginSeconds: more.marginSeconds ?? marginOf(world),
    endsAfter: more.endsAfter,
    noTouch: more.noTouch ?? false,
    noCache: given.has("no-cache"),
    tokenCode: codeGiven(given, request.again),
    again: more.again ?? request.again,
    // Another command than that of the request, as `renew` is, has not its flags.
    takesNoCode: more.again !== undefined,
    plain: request.plain,
    explain: request.explain,
  };
  const read = await readWorldConfig(world);
  const planner = await plannerFor(request, world, read);
  const cache = await openCache(world);
  if (!wishes.noCache) await keepNamesForTab(world, cache, read);
  const cached = await cachedAnswer(world, cache, planner, wishes);
  const first = cached?.plan ?? await (await import("./discovery.ts")).plannedWithDevice(world, cache, planner, wishes);
  for (const note of more.notesTold ? [] : first.notes) world.output.err(`aws-use: note: ${note}`);
  if (first.confirm && !given.has("yes")) await confirm(world, first, wishes.again);
  const { plan, session } = cached ??
    await (await import("./credentials.ts")).obtainEitherWay(world, cache, planner, first, wishes);
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
  return { request, plan, session, change, cache };
}

/** The value of --token-code. Throws Failure("usage") for what is no code, before anything is sent or loaded. */
function codeGiven(given: Arguments, again: string): string | undefined {
  const code = given.value("token-code");
  if (code === undefined || isTokenCode(code)) return code;
  throw new Failure("usage", "the value of --token-code is not six digits", {
    hint: `let aws-use ask for it: ${again}`,
  });
}

/** The plan and its answer where nothing needs to be asked: then neither the AWS clients nor ykman are loaded. */
async function cachedAnswer(
  world: World,
  cache: SessionCache,
  planner: Planner,
  wishes: Wishes,
): Promise<{ readonly plan: Plan; readonly session: Session } | null> {
  if (wishes.noCache) return null;
  const nowMs = world.clock.nowMs();
  const plan = await plannedFromMemory(cache, planner, nowMs);
  if (plan.steps.length === 0) return { plan, session: plan.keys };
  if (plan.steps.some((step) => step.discoverMfa)) return null;
  const session = await fromCache(cache, plan, await keysOf(plan), plan.steps.length - 1, wishes, nowMs);
  return session && { plan, session };
}

/** The file from which a shell switches by itself. Left alone where it says the same and is of today. */
async function keepForShells(
  world: World,
  cache: SessionCache,
  profile: string,
  lines: string,
  read: WorldConfig,
): Promise<void> {
  const header = fastPathHeader(world.environment);
  if (!cache.usable || !isPlainName(profile) || header === null) return;
  const kept = await cache.readText("env", profile) ?? "";
  const isSame = saysTheSame(kept, header, lines, world.clock.nowMs());
  if (isSame && await isNewerThanFiles(`env/${profile}`, world, cache, read)) return;
  await cache.writeText("env", profile, fastPathText(header, lines, read.readAtMs), read.readAtMs);
}

/** A profile with `aws_use_confirm = true` asks before anything is done. Throws Failure("cancelled") or ("usage"). */
async function confirm(world: World, plan: Plan, again: string): Promise<void> {
  const role = plan.steps.findLast((step) => step.call === "AssumeRole");
  const what = role
    ? `role ${role.roleArn} in account ${parseArn(role.roleArn)?.account ?? "?"}`
    : `a session of the keys of profile ${quoted(plan.keysFrom.profile)}`;
  const question = `profile ${quoted(plan.profile)}: ${what}. Go on?`;
  if (!world.terminal.interactive) {
    throw new Failure("usage", `profile ${quoted(plan.profile)} wants to be confirmed, and there is no terminal`, {
      hint: `answer it on the command line: ${withFlag(again, "--yes")}`,
    });
  }
  const answer = await world.terminal.ask(`${question} [y/N]`);
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) {
    throw new Failure("cancelled", `profile ${quoted(plan.profile)} was not confirmed, so nothing has changed`, {
      hint: `answer y, or: ${withFlag(again, "--yes")}`,
    });
  }
}
