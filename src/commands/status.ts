/** `aws-use status`: what is active here; with --explain, how a profile would get its credentials. */
import type { Arguments } from "../arguments.ts";
import { formatLeft } from "../core/duration.ts";
import { endpoints } from "../core/endpoints.ts";
import { activeAs, rfc3339 } from "../core/environment.ts";
import { jsonText } from "../core/json.ts";
import type { Endpoint, Plan } from "../core/plan.ts";
import { identityOf, secondsUntil } from "../core/session.ts";
import { quoted, shown } from "../core/text.ts";
import { marginOf, usualMarginSeconds } from "../engine/margin.ts";
import { callAws } from "../engine/aws_call.ts";
import { caCertificates } from "../engine/ca_bundle.ts";
import { readWorldConfig } from "../engine/config.ts";
import { keysOf } from "../engine/from_cache.ts";
import { plannedFromMemory, plannerFor, requestOf } from "../engine/planning.ts";
import { commandFor } from "../engine/hint_command.ts";
import { noAnswer } from "../engine/refusals.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import { openCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

type State = "none" | "live" | "expiring" | "expired";

interface Status {
  readonly profile: string | null;
  readonly state: State;
  readonly expires_at: string | null;
  readonly seconds_left: number | null;
  readonly region: string | null;
}

export async function command(given: Arguments, world: World): Promise<number> {
  const profile = given.value("explain");
  if (profile !== undefined) return await explain(profile, given, world);
  const status = statusOf(world);
  if (!given.has("check")) {
    world.output.out(given.has("json") ? jsonText(status) : `${sentence(status, world)}\n`);
    return 0;
  }
  return await check(status, given.has("json"), world);
}

function statusOf(world: World): Status {
  const { environment } = world;
  const profile = environment.get("AWS_USE_PROFILE") ?? null;
  const region = profile === null
    ? null
    : environment.get("AWS_REGION") ?? environment.get("AWS_DEFAULT_REGION") ?? null;
  const expiresAt = Number(environment.get("AWS_USE_EXPIRES_AT") ?? NaN);
  if (profile === null) return { profile, state: "none", expires_at: null, seconds_left: null, region };
  if (!Number.isSafeInteger(expiresAt)) return { profile, state: "live", expires_at: null, seconds_left: null, region };
  const left = secondsUntil(expiresAt, world.clock.nowMs());
  const state = left === 0 ? "expired" : left <= margin(world) ? "expiring" : "live";
  return { profile, state, expires_at: rfc3339(expiresAt), seconds_left: left, region };
}

/** What is active is told whatever the settings are. */
function margin(world: World): number {
  try {
    return marginOf(world);
  } catch (error) {
    world.output.err(`aws-use: warning: ${(error as Error).message}; 10m is used`);
    return usualMarginSeconds;
  }
}

function sentence({ profile, state, expires_at, seconds_left, region }: Status, world: World): string {
  if (profile === null) return "nothing is active";
  const parts = [
    activeAs(profile, world.environment.get("AWS_USE_IDENTITY")),
    region,
    state === "expired"
      ? `expired at ${expires_at}`
      : seconds_left === null
      ? "does not expire"
      : `${formatLeft(seconds_left)} left`,
    expires_at && state !== "expired" ? `until ${expires_at}` : "",
    state === "expiring" ? state : "",
  ];
  return shown([...new Set(parts)].filter(Boolean).join(", "));
}

/** Asks AWS. Exit code 0 only where it takes the credentials; 77 refused or expired, 69 no answer or nothing active. */
async function check(status: Status, asJson: boolean, world: World): Promise<number> {
  const again = commandFor("use", status.profile ?? "PROFILE");
  const answer = (more: { arn: string | null; account: string | null }) => {
    if (asJson) world.output.out(jsonText({ ...status, ...more }));
    else world.output.out(`${sentence(status, world)}${more.arn ? `: ${shown(more.arn)}` : ""}\n`);
  };
  const fail = (failure: Failure): never => {
    answer({ arn: null, account: null });
    throw failure;
  };
  const accessKeyId = world.environment.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = world.environment.get("AWS_SECRET_ACCESS_KEY");
  if (status.profile === null || !accessKeyId || !secretAccessKey) {
    return fail(
      new Failure("unavailable", "nothing is active in this shell", { hint: `activate a profile: ${again}` }),
    );
  }
  if (status.state === "expired") {
    return fail(
      new Failure("denied", `the credentials of ${quoted(status.profile)} have expired`, {
        hint: `get new ones: ${again}`,
      }),
    );
  }
  const { endpoint, caBundle, forget } = await stsOf(status.profile, world);
  const aws = await world.aws(await caCertificates(world, { caBundle }));
  const keys = { accessKeyId, secretAccessKey, sessionToken: world.environment.get("AWS_SESSION_TOKEN") };
  const call = "GetCallerIdentity";
  try {
    const { arn, account } = await callAws(
      world,
      aws,
      { name: call, endpoint },
      () => aws.getCallerIdentity({ endpoint, keys }, world.signal),
    );
    answer({ arn, account });
    const named = world.environment.get("AWS_USE_IDENTITY");
    const real = identityOf(arn);
    if (named?.includes("@") && real && real !== named) {
      world.output.err(`aws-use: warning: this shell says ${shown(named)}, and AWS says ${shown(real)}`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind !== "refused") return fail(noAnswer(error, { call, again: "aws-use status --check" }));
    return fail(
      new Failure("denied", `AWS refuses the credentials of ${quoted(status.profile)}: ${shown(error.message)}`, {
        hint: `get new ones: ${forget}; ${again}`,
        cause: error,
      }),
    );
  }
}

/** Where STS is for a profile, and what forgets its credentials. The files may be broken: what is active is checked all the same. */
async function stsOf(
  name: string,
  world: World,
): Promise<{ readonly endpoint: Endpoint; readonly caBundle?: string; readonly forget: string }> {
  const environment = world.environment.all();
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined;
  const { config } = await readWorldConfig(world, true);
  try {
    const planner = await plannerFor(
      { profile: name, additions: { region }, added: false, again: "", plain: "" },
      world,
      {
        config,
        configPath: "",
        credentialsPath: "",
        readAtMs: 0,
      },
    );
    const { sts, caBundle, steps } = planner({ discoveredMfaSerial: null });
    const hasRole = steps.some((step) => step.call === "AssumeRole");
    return { endpoint: sts, caBundle, forget: hasRole ? commandFor("clear", name) : "aws-use clear" };
  } catch {
    const profile = { name, entry: { name }, included: [] };
    return { endpoint: endpoints(profile, config, environment, region, []).sts, forget: "aws-use clear" };
  }
}

async function explain(profile: string, given: Arguments, world: World): Promise<number> {
  const request = await requestOf("use", profile, given, world);
  const planner = await plannerFor(request, world);
  const cache = await openCache(world, "read");
  const plan = await plannedFromMemory(cache, planner, world.clock.nowMs());
  const keys = await keysOf(plan);
  const cached = await Promise.all(plan.steps.map(async (step, index) => {
    const session = await cache.readSession(step.call === "AssumeRole" ? "roles" : "sessions", keys[index]);
    const left = secondsUntil(session?.expiresAt ?? 0, world.clock.nowMs());
    return left > 0 ? left : null;
  }));
  world.output.out(given.has("json") ? explainedAsJson(plan, cached) : explained(plan, cached));
  return 0;
}

function explainedAsJson(plan: Plan, cached: readonly (number | null)[]): string {
  return jsonText({
    profile: plan.profile,
    steps: plan.steps.map((step, index) => ({
      call: step.call,
      reason: step.reason,
      cached: cached[index] !== null,
      ...(step.call === "AssumeRole" && { role_arn: step.roleArn }),
      ...(step.mfaSerial !== null && { mfa_serial: step.mfaSerial }),
      duration_seconds: step.durationSeconds,
    })),
  });
}

function explained(plan: Plan, cached: readonly (number | null)[]): string {
  const { kind, profile } = plan.keysFrom;
  const from = kind === "environment" ? "the environment" : `profile ${quoted(profile)} (${kind} file)`;
  const lines = plan.steps.map((step, index) => {
    const what = step.call === "AssumeRole" ? ` ${step.roleArn}` : "";
    const code = step.mfaSerial ? ` with a code of ${step.mfaSerial}` : step.discoverMfa ? " with a code" : "";
    const left = cached[index];
    const state = left === null ? `for ${formatLeft(step.durationSeconds)}` : `cached, ${formatLeft(left)} left`;
    return `  ${index + 1}. ${step.call}${what}${code}, ${state}\n     ${step.reason}\n`;
  });
  const notes = plan.notes.map((note) => `  note: ${note}\n`);
  const end = plan.steps.length === 0 ? "  the keys themselves are the answer\n" : "";
  const where = `  STS: ${shown(plan.sts.url)}${plan.region ? `, region of the answer: ${shown(plan.region)}` : ""}\n`;
  return [`${shown(plan.profile)}: keys of ${from}\n`, ...lines, end, ...notes, where].join("");
}
