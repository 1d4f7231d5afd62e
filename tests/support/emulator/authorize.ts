import { accessDenied, invalidClientTokenId } from "./aws_error.ts";
import type { Caller } from "./authenticate.ts";
import { findRole, type Role, type User, type World } from "./world.ts";

export type Decision = "allowed" | "explicitDeny" | "implicitDeny";

/**
 * What stays possible without MFA under the policy that AWS's documentation offers for forcing MFA: its statement
 * DenyAllExceptListedIfNoMFA, the actions that this emulator knows.
 * Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html>
 */
const allowedWithoutMfa: ReadonlySet<string> = new Set([
  "iam:CreateVirtualMFADevice",
  "iam:EnableMFADevice",
  "iam:GetUser",
  "iam:ListMFADevices",
  "iam:ListVirtualMFADevices",
  "iam:ResyncMFADevice",
  "sts:GetSessionToken",
]);

/** Actions that need no permission, so that only an explicit deny can take them away. */
const neverNeedPermission: ReadonlySet<string> = new Set(["sts:GetSessionToken"]);

/** What the policies of a user or a role say about `action`. */
export function decide(principal: User | Role | undefined, action: string, hasMfa: boolean): Decision {
  if (principal === undefined) return "implicitDeny";
  if ("forceMfa" in principal && principal.forceMfa && !hasMfa && !allowedWithoutMfa.has(action)) return "explicitDeny";
  const isListed = principal.deny.some((entry) => entry === action || entry === `${action.split(":")[0]}:*`);
  if (!isListed) return "allowed";
  return neverNeedPermission.has(action) ? "explicitDeny" : "implicitDeny";
}

/** Throws AwsError AccessDenied, in AWS's words, unless the caller's own policies allow `action`. */
export function authorize(caller: Caller, action: string, resource: string, world: World, hasMfa: boolean): void {
  const decision = decide(principalOf(caller, world), action, hasMfa);
  if (decision === "allowed") return;
  const reason = decision === "explicitDeny"
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
  throw accessDenied(`User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`);
}

/**
 * Throws unless the caller may use IAM: a GetSessionToken session without MFA may not, and gets the text of an unknown key.
 * Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
 */
export function authorizeIam(caller: Caller, action: string, resource: string, world: World): void {
  const { session } = caller;
  if (session !== undefined && session.role === undefined && session.mfaAt === undefined) throw invalidClientTokenId();
  authorize(caller, `iam:${action}`, resource, world, session?.mfaAt !== undefined);
}

function principalOf({ user, session }: Caller, world: World): User | Role | undefined {
  return session?.role === undefined ? user : findRole(world, session.account, session.role.name);
}
