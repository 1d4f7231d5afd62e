import type { Caller } from "./authenticate.ts";
import { findRole, type Role, roleArn, type Trust, type World } from "./world.ts";

/** What an AssumeRole request puts before a trust policy. */
export interface TrustContext {
  readonly sessionName: string;
  readonly externalId?: string;
  /** Of the request or, in a role chain, of the calling session. */
  readonly sourceIdentity?: string;
  /** Tags of the request. */
  readonly tags: Readonly<Record<string, string>>;
  /** Seconds since MFA was proven; undefined without MFA, as always with a role's credentials. */
  readonly mfaAge?: number;
}

/** The first action that the trust policy of `role` refuses, undefined when it allows all that the request needs. */
export function refusedAction(world: World, role: Role, caller: Caller, context: TrustContext): string | undefined {
  const { trust } = role;
  const isAllowed = trust.denied !== true &&
    trust.principals.some((principal) => matchesPrincipal(world, principal, caller)) &&
    conditionsHold(trust, caller, context);
  if (!isAllowed) return "sts:AssumeRole";
  if (context.sourceIdentity !== undefined && trust.allowSetSourceIdentity === false) return "sts:SetSourceIdentity";
  if (Object.keys(context.tags).length > 0 && trust.allowTagSession === false) return "sts:TagSession";
  return undefined;
}

/** The trust policy as GetRole shows it. */
export function trustDocument({ trust }: Role): string {
  const condition = {
    ...trust.mfaRequired === true && { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    ...trust.maxMfaAgeSeconds !== undefined &&
      { NumericLessThan: { "aws:MultiFactorAuthAge": String(trust.maxMfaAgeSeconds) } },
    ...trust.externalId !== undefined && { StringEquals: { "sts:ExternalId": trust.externalId } },
    ...trust.sessionNamePattern !== undefined && { StringLike: { "sts:RoleSessionName": trust.sessionNamePattern } },
  };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Effect: trust.denied === true ? "Deny" : "Allow",
      Principal: { AWS: trust.principals },
      Action: "sts:AssumeRole",
      ...Object.keys(condition).length > 0 && { Condition: condition },
    }],
  });
}

function matchesPrincipal(world: World, principal: string, caller: Caller): boolean {
  if (principal === "*" || principal === caller.account || principal === caller.arn) return true;
  if (/^arn:[^:]+:iam::\d{12}:root$/.test(principal)) return principal.split(":")[4] === caller.account;
  const role = caller.session?.role && findRole(world, caller.account, caller.session.role.name);
  return role !== undefined && principal === roleArn(world, role);
}

function conditionsHold(trust: Trust, caller: Caller, context: TrustContext): boolean {
  const { mfaAge, tags } = context;
  if (trust.mfaRequired === true && mfaAge === undefined) return false;
  if (trust.maxMfaAgeSeconds !== undefined && (mfaAge === undefined || mfaAge >= trust.maxMfaAgeSeconds)) return false;
  if (trust.externalId !== undefined && trust.externalId !== context.externalId) return false;
  if (trust.requireSourceIdentity === true && context.sourceIdentity === undefined) return false;
  if (trust.sessionNamePattern !== undefined && !nameMatches(trust.sessionNamePattern, caller, context)) return false;
  return Object.entries(trust.requiredTags ?? {}).every(([key, value]) =>
    value === "*" ? tags[key] !== undefined : tags[key] === value
  );
}

function nameMatches(pattern: string, caller: Caller, { sessionName }: TrustContext): boolean {
  // aws:username exists for users only: a policy variable without a value matches nothing.
  if (pattern.includes("${aws:username}") && caller.user === undefined) return false;
  const glob = pattern.replaceAll("${aws:username}", caller.user?.name ?? "");
  const expression = glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${expression}$`).test(sessionName);
}
