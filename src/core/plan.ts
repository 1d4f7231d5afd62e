import { Failure } from "../errors.ts";
import { type Chain, findChain, mfaSetting } from "./chain.ts";
import type { Config } from "./config.ts";
import type { Keys, KeysFrom } from "./credential_source.ts";
import { checkedDuration, durationFlag, roleMaximum } from "./duration.ts";
import { checkedRegion, type Endpoint, endpoints, regionFailure } from "./endpoints.ts";
import { checkedMfaSerial } from "./mfa_serial.ts";
import { mfaSerialsOf } from "./mfa_serials.ts";
import { type Profile, setting, type Variables } from "./profile.ts";
import { addedRole, type Role, roleOf } from "./role.ts";
import { defaultRoleSessionName } from "./role_session_name.ts";
import { checkPolicies, type SessionPolicies } from "./session_policy.ts";
import { type Step, type StepMfa, stepsOf } from "./steps.ts";
import { quoted } from "./text.ts";
import { checkedYubikeySerial } from "./yubikey_serial.ts";

export type { Endpoint, Keys, Step };

/** How a profile gets its credentials: the keys to begin with, the calls to make with them, and where to. */
export interface Plan {
  readonly profile: string;
  readonly keys: Keys;
  readonly keysFrom: { readonly kind: KeysFrom; readonly profile: string };
  /** In order; empty where the keys themselves are the answer. */
  readonly steps: readonly Step[];
  readonly mfaProcess?: string;
  /** The MFA devices that the profile names, where there are several: one of them is yet to be chosen, or was. */
  readonly mfaSerials?: readonly string[];
  /** Serial number of the YubiKey that `aws_use_yubikey` names. */
  readonly yubikey?: string;
  /** The region of the answer. */
  readonly region?: string;
  readonly partition: string;
  readonly sts: Endpoint;
  readonly iam: Endpoint;
  /** Path of a file with certificates to trust. */
  readonly caBundle?: string;
  /** Whether to ask before the credentials are taken into use. */
  readonly confirm: boolean;
  /** What the person should know although it is no error. */
  readonly notes: readonly string[];
}

/** What the command line adds to a profile. */
export interface Additions extends SessionPolicies {
  readonly region?: string;
  readonly durationSeconds?: number;
  readonly roleArn?: string;
}

export interface PlanOptions {
  readonly additions: Additions;
  readonly loginName: string;
  /**
   * The answer of iam:ListMFADevices, or what was chosen of several: `null` where the user has no device, `undefined` where
   * nobody asked yet.
   */
  readonly discoveredMfaSerial?: string | null;
  /** The identity may not call GetSessionToken, or the role wants a fresh code: send the code with AssumeRole. */
  readonly withoutSession?: boolean;
}

/**
 * The plan for the profile `name`: which calls to STS in which order, each with its reason. Calls nothing.
 *
 * Long-lived keys and an MFA device: one GetSessionToken with a code, shared by all roles; then AssumeRole without one.
 * Throws Failure "config" for what the files or the environment get wrong and for a duration above AWS's maximum, and
 * "usage" for anything else that the command line gets wrong.
 */
export function plan(name: string, config: Config, environment: Variables, options: PlanOptions): Plan {
  const { additions, withoutSession = false } = options;
  const chain = findChain(name, config, environment);
  const { profile, keys } = chain;
  const named = mfaSerialsOf(chain);
  const serial = chosenSerial(named, options.discoveredMfaSerial);
  const roles = rolesOf(chain, defaultRoleSessionName(serial ?? null, options.loginName), additions);
  const duration = additions.durationSeconds;
  const { steps, notes } = stepsOf(chain, roles, mfaOf(keys, serial), { duration, withoutSession });
  const region = regionOf(profile, additions);
  const arns = [...roles.map((role) => role.roleArn).reverse(), ...(serial ? [serial] : [])];
  return {
    ...frameOf(chain, config, environment, region, arns),
    steps,
    ...(named.length > 1 ? { mfaSerials: named } : {}),
    confirm: wantsConfirmation(profile),
    notes,
  };
}

/** What a plan says besides its steps: whose keys, where the calls go, and how a code is to be had. `arns` tell the partition. */
export function frameOf(
  chain: Chain,
  config: Config,
  environment: Variables,
  region: string | undefined,
  arns: readonly string[],
): Omit<Plan, "steps" | "confirm" | "notes"> {
  const { profile, keys, keysFrom, holder } = chain;
  const caBundle = environment.AWS_CA_BUNDLE || setting(profile, "ca_bundle") || environment.REQUESTS_CA_BUNDLE;
  const mfaProcess = mfaSetting(chain, "mfa_process");
  const yubikey = mfaSetting(chain, "aws_use_yubikey");
  return {
    profile: profile.name,
    keys,
    keysFrom: { kind: keysFrom, profile: holder.name },
    ...(mfaProcess === undefined ? {} : { mfaProcess }),
    ...(yubikey === undefined ? {} : { yubikey: checkedYubikeySerial(yubikey) }),
    ...(region === undefined ? {} : { region }),
    ...endpoints(profile, config, environment, region, arns),
    ...(caBundle ? { caBundle } : {}),
  };
}

function rolesOf(chain: Chain, defaultName: string, additions: Additions): readonly Role[] {
  const { policy, policyArns = [], durationSeconds, roleArn } = additions;
  const own = chain.roles.map((profile) => roleOf(profile, defaultName));
  const roles = roleArn === undefined ? own : [...own, addedRole(chain.profile, roleArn, defaultName)];
  checkPolicies(additions, roles.length > 0);
  const last = roles.at(-1);
  if (last === undefined) return [];
  return [...roles.slice(0, -1), {
    ...last,
    ...(policy === undefined ? {} : { policy }),
    policyArns,
    durationSeconds: durationSeconds === undefined
      ? last.durationSeconds
      : checkedDuration(durationSeconds, roleMaximum, durationFlag),
  }];
}

/** The device that the profile names; of several the one that was chosen, `undefined` before. */
function chosenSerial(named: readonly string[], discovered: string | null | undefined): string | null | undefined {
  if (named.length < 2) return named[0] ?? discovered;
  named.forEach(checkedMfaSerial);
  return named.find((serial) => serial === discovered);
}

/** Temporary keys have no use for a code: what MFA they carry, they carry already. */
function mfaOf(keys: Keys, serial: string | null | undefined): StepMfa {
  if (keys.sessionToken !== undefined || serial === null) return { mfaSerial: null, discoverMfa: false };
  if (serial === undefined) return { mfaSerial: null, discoverMfa: true };
  return { mfaSerial: checkedMfaSerial(serial), discoverMfa: false };
}

function regionOf(profile: Profile, additions: Additions): string | undefined {
  const { region } = additions;
  if (region !== undefined) return checkedRegion(region, () => regionFailure("usage", "--region", region));
  const own = setting(profile, "region");
  const where = `region of profile ${quoted(profile.name)}`;
  return own && checkedRegion(own, () => regionFailure("config", where, own));
}

/** A word that is neither yes nor no is refused: the setting is there to hold a person back. */
function wantsConfirmation(profile: Profile): boolean {
  const value = setting(profile, "aws_use_confirm")?.toLowerCase() ?? "false";
  if (["true", "yes", "on", "1"].includes(value)) return true;
  if (["false", "no", "off", "0"].includes(value)) return false;
  throw new Failure("config", `aws_use_confirm of profile ${quoted(profile.name)} is ${quoted(value)}`, {
    hint: "set it to true or false",
  });
}
