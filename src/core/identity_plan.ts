/** Who stands behind a profile: its long-lived keys, and the MFA session that they can get. */
import { type Chain, findChain, mfaSetting } from "./chain.ts";
import type { Config } from "./config.ts";
import { frameOf, type Plan } from "./plan.ts";
import { setting, type Variables } from "./profile.ts";
import { stepsOf } from "./steps.ts";

/**
 * The plan of a call in the name of the user whose keys `name` builds on, whatever roles the profile assumes: no step
 * without `mfaSerial`, else the GetSessionToken that all its roles share.
 *
 * Does not look at `mfa_serial`, which may name a device that is to be replaced. Throws Failure "config" as `findChain`.
 */
export function identityPlan(name: string, config: Config, environment: Variables, mfaSerial: string | null): Plan {
  const chain = findChain(name, config, environment);
  const withSession = mfaSerial !== null && chain.keys.sessionToken === undefined;
  const mfa = { mfaSerial, discoverMfa: false };
  const arns = [...arnsOf(chain), ...(mfaSerial ? [mfaSerial] : [])];
  return {
    ...frameOf(chain, config, environment, setting(chain.profile, "region"), arns),
    steps: withSession ? stepsOf(chain, [], mfa, { withoutSession: false }).steps : [],
    confirm: false,
    notes: [],
  };
}

/** They tell the partition where no region does. */
function arnsOf(chain: Chain): readonly string[] {
  const named = [...chain.roles.map((role) => setting(role, "role_arn")), mfaSetting(chain, "mfa_serial")];
  return named.filter((arn) => arn !== undefined);
}
