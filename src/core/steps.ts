import type { Chain } from "./chain.ts";
import {
  checkedDuration,
  durationFlag,
  formatLeft,
  roleChainingMaximum,
  sessionDefault,
  sessionMaximum,
} from "./duration.ts";
import { hasSetting } from "./profile.ts";
import { durationSetting, type Role } from "./role.ts";
import { quoted } from "./text.ts";

/** The MFA device of a call: its serial, `null` for none, and whether it has yet to be found. */
export interface StepMfa {
  readonly mfaSerial: string | null;
  /** The device is not known yet: ask iam:ListMFADevices, then plan again with the answer. */
  readonly discoverMfa: boolean;
}

/** A call to STS, with the reason for it in words. */
export type Step =
  | (StepMfa & {
    readonly call: "GetSessionToken";
    readonly profile: string;
    readonly durationSeconds: number;
    readonly reason: string;
  })
  // Here the device is set only where this call itself carries the code.
  | (StepMfa & Role & { readonly call: "AssumeRole"; readonly reason: string });

/** The calls in their order, and what the person should know although it is no error. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/**
 * The calls that lead from the keys of `chain` through `roles`.
 *
 * `duration` is what the command line asks for, in seconds; `roles` have it already, a plain session has not.
 * `withoutSession` sends the code with the first AssumeRole.
 * Throws Failure "config" or "usage" for a session's duration that AWS would not take.
 */
export function stepsOf(
  chain: Chain,
  roles: readonly Role[],
  mfa: StepMfa,
  { duration, withoutSession }: { readonly duration?: number; readonly withoutSession: boolean },
): Steps {
  const [first, ...further] = roles;
  if (chain.keys.sessionToken !== undefined) return temporary(chain, roles, duration);
  if (first === undefined) return session(chain, mfa, duration);
  const isAlone = further.length === 0;
  const hasDevice = mfa.mfaSerial !== null || mfa.discoverMfa;
  if (!hasDevice) {
    const reason = "the user has no MFA device: assumed with the long-lived keys alone";
    const note = "no MFA device was found: a role whose trust policy wants MFA will refuse";
    return together([isAlone ? assume(first, reason) : capped(first, reason), ...chained(further)], [note]);
  }
  if (isAlone && first.durationSeconds > roleChainingMaximum) {
    const reason =
      `longer than ${formatLeft(roleChainingMaximum)}: AWS allows that only straight from long-lived keys` +
      ", so this call carries the code";
    return together([assume(first, reason, mfa)]);
  }
  if (withoutSession) {
    const reason = "no session in between: this call carries the code";
    return together([capped(first, reason, mfa), ...chained(further)]);
  }
  const start: Step = {
    call: "GetSessionToken",
    profile: chain.holder.name,
    ...mfa,
    durationSeconds: sessionDuration(chain),
    reason: "one code serves every role of these keys",
  };
  return together([
    { step: start },
    capped(first, "with the MFA session, without a further code"),
    ...chained(further),
  ]);
}

const noMfa: StepMfa = { mfaSerial: null, discoverMfa: false };

interface Noted {
  readonly step: Step;
  readonly note?: string;
}

function together(calls: readonly Noted[], notes: readonly string[] = []): Steps {
  return {
    steps: calls.map((call) => call.step),
    notes: [...notes, ...calls.map((call) => call.note).filter((note) => note !== undefined)],
  };
}

function session(chain: Chain, mfa: StepMfa, duration: number | undefined): Steps {
  const hasDevice = mfa.mfaSerial !== null || mfa.discoverMfa;
  const step: Step = {
    call: "GetSessionToken",
    profile: chain.holder.name,
    ...mfa,
    durationSeconds: duration === undefined
      ? sessionDuration(chain)
      : checkedDuration(duration, sessionMaximum, durationFlag),
    reason: hasDevice
      ? "the profile has no role: the session itself is the answer, and with MFA it may call IAM"
      : "the profile has no role and the user no MFA device: a plain session is the answer",
  };
  return { steps: [step], notes: hasDevice ? [] : ["no MFA device was found: calls to IAM will be refused"] };
}

function temporary(chain: Chain, roles: readonly Role[], duration: number | undefined): Steps {
  const [first, ...further] = roles;
  if (first !== undefined) {
    return together([capped(first, "with keys that are temporary already"), ...chained(further)]);
  }
  const note = `--duration changes nothing: the keys of profile ${quoted(chain.holder.name)} are temporary already`;
  return { steps: [], notes: duration === undefined ? [] : [note] };
}

/** Belongs to the keys, so that all their roles share one session, unless the holder means its own role by it. */
function sessionDuration({ holder }: Chain): number {
  return (hasSetting(holder, "role_arn") ? undefined : durationSetting(holder, sessionMaximum)) ?? sessionDefault;
}

function assume(role: Role, reason: string, mfa: StepMfa = noMfa): Noted {
  const policies = [...(role.policy === undefined ? [] : ["the policy given"]), ...role.policyArns];
  const scope = policies.length === 0 ? "" : `; scoped down to what ${policies.join(", ")} allows`;
  return { step: { call: "AssumeRole", ...role, ...mfa, reason: reason + scope } };
}

function chained(roles: readonly Role[]): readonly Noted[] {
  return roles.map((role) => capped(role, "role chaining: assumed with the role before it"));
}

/** AWS allows an hour to a role that temporary credentials assume. */
function capped(role: Role, reason: string, mfa?: StepMfa): Noted {
  if (role.durationSeconds <= roleChainingMaximum) return assume(role, reason, mfa);
  const [limit, wanted] = [roleChainingMaximum, role.durationSeconds].map(formatLeft);
  const { step } = assume(
    { ...role, durationSeconds: roleChainingMaximum },
    `${reason}; AWS limits it to ${limit}`,
    mfa,
  );
  const note = `${role.roleArn} is asked for ${limit} and not ${wanted}: AWS limits role chaining to ${limit}`;
  return { step, note };
}
