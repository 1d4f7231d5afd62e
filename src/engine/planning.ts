/** A command line and the files → the plan for a profile, with the MFA device that AWS knows where the files name none. */
import type { Arguments } from "../arguments.ts";
import { parseDuration } from "../core/duration.ts";
import { type Additions, type Plan, plan } from "../core/plan.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { commandFor, explainCommand } from "./hint_command.ts";
import { readWorldConfig, systemReason, type WorldConfig } from "./config.ts";

export interface Request {
  readonly profile: string;
  readonly additions: Additions;
  /** Whether anything was added to the profile: then the answer is not the profile's own. */
  readonly added: boolean;
  /** The command that does the same again, and the same without what was added. */
  readonly again: string;
  readonly plain: string;
  /** The command that shows how its credentials come about. */
  readonly explain?: string;
}

/** What a command line asks for. Throws Failure("usage") for a duration that is none, Failure("io") for a policy file. */
export async function requestOf(
  verb: "use" | "env",
  profile: string,
  given: Arguments,
  world: World,
): Promise<Request> {
  const policyFile = given.value("policy");
  const duration = given.value("duration");
  const additions: Additions = {
    region: given.value("region"),
    durationSeconds: duration === undefined ? undefined : seconds(duration),
    roleArn: given.value("role-arn"),
    policy: policyFile === undefined ? undefined : await policyText(policyFile, world),
    policyPath: policyFile,
    policyArns: given.values("policy-arn"),
  };
  const flags = ["region", "duration", "role-arn", "policy"].flatMap((flag) => {
    const value = given.value(flag);
    return value === undefined ? [] : [`--${flag} ${shellWord(value)}`];
  });
  flags.push(...given.values("policy-arn").map((arn) => `--policy-arn ${shellWord(arn)}`));
  const added = flags.length > 0;
  const formats = verb === "env" ? [`--format ${given.value("format")}`] : [];
  const noCache = given.has("no-cache") ? ["--no-cache"] : [];
  return {
    profile,
    additions,
    added,
    plain: commandFor(verb, profile, formats),
    again: commandFor(verb, profile, [...formats, ...flags, ...noCache]),
    explain: [explainCommand(profile), ...flags].join(" "),
  };
}

function seconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed !== undefined) return parsed;
  throw new Failure("usage", `${quoted(duration)} is no duration`, { hint: "give seconds, 45m or 2h: --duration 2h" });
}

async function policyText(path: string, world: World): Promise<string> {
  const hint = "name a file that holds a session policy as JSON: --policy policy.json";
  if (path === "") throw new Failure("usage", '--policy is "", which is no file', { hint });
  const text = await world.files.readText(path).catch((cause) => {
    throw new Failure("io", `cannot read the policy ${shown(path)}: ${systemReason(cause)}`, { hint, cause });
  });
  if (text === null) throw new Failure("io", `there is no file ${shown(path)}`, { hint });
  return text;
}

/** Makes a plan for what is known of the user's MFA device: undefined not asked, null none. */
export type Planner = (
  known: { readonly discoveredMfaSerial?: string | null; readonly withoutSession?: boolean },
) => Plan;

export async function plannerFor(request: Request, world: World, read?: WorldConfig): Promise<Planner> {
  const { config } = read ?? await readWorldConfig(world);
  const loginName = await world.loginName();
  const environment = world.environment.all();
  return (known) => plan(request.profile, config, environment, { additions: request.additions, loginName, ...known });
}

/** What is remembered of an identity between calls. */
export interface Remembered {
  /** The MFA device that iam:ListMFADevices named, or that was chosen last; null where the user has none. */
  readonly mfaSerial?: string | null;
  /** All devices of the user that give codes, where there are several. */
  readonly mfaSerials?: readonly string[];
  /** The user's name, which the same call tells. */
  readonly userName?: string;
  /** GetSessionToken was refused to this identity. */
  readonly withoutSession?: boolean;
  /** Whole seconds since 1970. */
  readonly askedAt: number;
}

/** That a user has no device is believed for an hour, so that a new one is found. */
const noDeviceSeconds = 3600;

/** What is remembered of the identity behind `of`, or null. */
export async function recall(cache: SessionCache, of: Plan, nowMs: number): Promise<Remembered | null> {
  // The id names a file; one that is none of AWS's could lead elsewhere.
  if (!/^\w+$/.test(of.keys.accessKeyId)) return null;
  const text = await cache.readText("devices", of.keys.accessKeyId);
  if (text === null) return null;
  try {
    const it = JSON.parse(text) as Remembered & { readonly endpoint: string };
    if (typeof it.askedAt !== "number" || it.endpoint !== of.iam.url) return null;
    const old = nowMs / 1000 - it.askedAt > noDeviceSeconds;
    return old && (it.mfaSerial === null || it.withoutSession) ? null : it;
  } catch {
    return null;
  }
}

export async function remember(cache: SessionCache, of: Plan, what: Remembered): Promise<void> {
  if (!/^\w+$/.test(of.keys.accessKeyId)) return;
  const text = JSON.stringify({ ...what, endpoint: of.iam.url });
  await cache.writeText("devices", of.keys.accessKeyId, `${text}\n`);
}

/** The plan with what is remembered, without asking anybody. */
export async function plannedFromMemory(cache: SessionCache, planner: Planner, nowMs: number): Promise<Plan> {
  const first = planner({});
  if (first.steps.length === 0) return first;
  const known = await recall(cache, first, nowMs);
  return known ? plannedKnowing(planner, known) : first;
}

/** The plan for an identity of which this is remembered. */
export function plannedKnowing(planner: Planner, { mfaSerial, withoutSession }: Remembered): Plan {
  return planner({ discoveredMfaSerial: mfaSerial, withoutSession });
}
