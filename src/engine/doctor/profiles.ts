/** Every profile: does it lead to credentials, and does it say anything that nobody reads. */
import type { Config } from "../../core/config.ts";
import { unknownSettings } from "../../core/known_settings.ts";
import { type Plan, plan } from "../../core/plan.ts";
import { quoted, shown } from "../../core/text.ts";
import { Failure } from "../../errors.ts";
import type { World } from "../../world/world.ts";
import type { FilesExamined } from "./config_files.ts";
import { brokenBy, type Finding, ok, warning } from "./finding.ts";

export interface ProfilesExamined {
  /** The plans of those that lead to credentials, as far as the files tell. */
  readonly plans: readonly Plan[];
  readonly findings: readonly Finding[];
}

const name = "profiles";

/** Names of profiles that one finding tells. */
const namesTold = 3;

export async function examineProfiles(world: World, { config, isWhole }: FilesExamined): Promise<ProfilesExamined> {
  const environment = world.environment.all();
  const loginName = await world.loginName();
  const plans: Plan[] = [];
  const troubles = new Map<string, { readonly error: unknown; readonly profiles: string[] }>();
  for (const profile of config.profiles.keys()) {
    try {
      plans.push(plan(profile, config, environment, { additions: {}, loginName, discoveredMfaSerial: null }));
    } catch (error) {
      // One cause is one finding, however many profiles build on the one that has it.
      const key = gistOf(error);
      const first = troubles.get(key) ?? { error, profiles: [] };
      first.profiles.push(profile);
      troubles.set(key, first);
    }
  }
  const idle = [...troubles.values()].filter(isIdle);
  const findings = [
    ...[...troubles.values()].filter((trouble) => !isIdle(trouble)).map(told),
    ...(idle.length > 0 ? [idleOnes(idle)] : []),
    ...unknown(config),
  ];
  if (findings.length === 0 && plans.length > 0) {
    findings.push(isWhole ? allWell(plans.length) : restWell(plans.length));
  }
  return { plans, findings };
}

function allWell(count: number): Finding {
  return ok(name, count === 1 ? "the one there is leads to credentials" : `all ${count} lead to credentials`);
}

function restWell(count: number): Finding {
  const message = `${count} can be read and ${
    count === 1 ? "leads" : "lead"
  } to credentials; the rest was not looked at`;
  return warning(name, message, "correct what config names above, then: aws-use doctor");
}

interface Trouble {
  readonly error: unknown;
  readonly profiles: readonly string[];
}

/** What makes two troubles one: their words, or the profiles of a loop wherever it was entered. */
function gistOf(error: unknown): string {
  const { name, profiles } = reasonOf(error);
  if (name === "loop") return JSON.stringify([...new Set(profiles)].toSorted());
  return error instanceof Failure ? error.message : String(error);
}

function reasonOf(error: unknown): { readonly name?: string; readonly profiles?: readonly string[] } {
  return error instanceof Failure && typeof error.cause === "object" ? error.cause ?? {} : {};
}

/**
 * Whether the profile is in order, but not for us: its source is one that other tools have, or it holds no more than a
 * region. Where others build on it, it is a fault.
 */
function isIdle({ error, profiles }: Trouble): boolean {
  return profiles.length === 1 && reasonOf(error).name === "noKeys";
}

function told({ error, profiles }: Trouble): Finding {
  const finding = brokenBy(name, error);
  const others = profiles.filter((profile) => !finding.message.includes(quoted(profile)));
  return others.length === 0 ? finding : { ...finding, message: `${finding.message}; this stops ${few(others)}` };
}

function idleOnes(idle: readonly Trouble[]): Finding {
  const first = brokenBy(name, idle[0].error);
  const remedy = first.remedy ?? "";
  if (idle.length === 1) return warning(name, first.message, remedy);
  const message = `without a source of credentials that aws-use has: ${few(idle.flatMap(({ profiles }) => profiles))}`;
  return warning(name, message, remedy);
}

function unknown(config: Config): readonly Finding[] {
  return unknownSettings(config).map(({ key, near, profiles }) => {
    const where = `${profiles.length === 1 ? "profile" : "profiles"} ${few(profiles)}`;
    const meant = near.length === 0 ? "" : ` (did you mean ${near.map((each) => quoted(each)).join(" or ")}?)`;
    const remedy = near.length === 0 ? `take the line ${shown(key)} out` : `rename it to ${near[0]}`;
    return warning(name, `${quoted(key)} of ${where} is a key that nobody reads${meant}`, remedy);
  });
}

/** Some of the names, and how many more there are. */
export function few(names: readonly string[]): string {
  const told = names.slice(0, namesTold).map((each) => quoted(each)).join(", ");
  return names.length > namesTold ? `${told} and ${names.length - namesTold} more` : told;
}
