import type { ActionCall } from "./action.ts";
import type { Caller } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import { accessDenied, validationError } from "./aws_error.ts";
import { issueSession, sessionAnswer } from "./issue_session.ts";
import { mfaConstraints, verifyTokenCode } from "./mfa.ts";
import { integer, memberList, type Params, text, validate } from "./params.ts";
import { packedPolicySize } from "./session_policy.ts";
import { sessionTags } from "./session_tags.ts";
import { refusedAction } from "./trust.ts";
import { arnOf, type Role, roleArn, uniqueId } from "./world.ts";
import type { XmlValue } from "./xml.ts";

const roleChainingMaximum = 3600;

/** Constraints of STS's service model. */
const constraints = {
  RoleArn: text({ required: true, min: 20, max: 2048 }),
  RoleSessionName: text({ required: true, min: 2, max: 64, pattern: "[\\w+=,.@-]*" }),
  DurationSeconds: integer({ min: 900, max: 43_200 }),
  ExternalId: text({ min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" }),
  SourceIdentity: text({ min: 2, max: 64, pattern: "[\\w+=,.@-]*" }),
  Policy: text({ min: 1, max: 2048, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" }),
  ...mfaConstraints,
};

/**
 * Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
 *
 * The token code is checked, and spent, before trust and durations: a refusal for another reason costs the code.
 */
export function assumeRole({ world, caller, params, noteWindow }: ActionCall): XmlValue {
  validate(params, constraints);
  const policySize = packedPolicySize(params);
  const tags = sessionTags(params, caller);
  const user = caller.session?.role === undefined ? caller.user : undefined;
  const proof = verifyTokenCode(world, user, params.get("SerialNumber"), params.get("TokenCode"));
  if (proof !== undefined) noteWindow(proof.window);
  const mfaAt = proof !== undefined ? world.now() : caller.session?.mfaAt;
  const sourceIdentity = sourceIdentityOf(params, caller);
  const sessionName = params.get("RoleSessionName")!;

  authorize(caller, "sts:AssumeRole", params.get("RoleArn")!, world, mfaAt !== undefined);
  const role = world.roles.find((role) => roleArn(world, role) === params.get("RoleArn"));
  const refused = role === undefined ? "sts:AssumeRole" : refusedAction(world, role, caller, {
    sessionName,
    externalId: params.get("ExternalId"),
    sourceIdentity,
    tags: tags.requested,
    mfaAge: mfaAt === undefined ? undefined : Math.floor((world.now() - mfaAt) / 1000),
  });
  if (role === undefined || refused !== undefined) {
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: ${refused} on resource: ${params.get("RoleArn")}`,
    );
  }
  const session = issueSession(world, {
    account: role.account,
    role: { name: role.name, sessionName },
    durationSeconds: durationOf(params, role, caller),
    policy: params.get("Policy"),
    policyArns: memberList(params, "PolicyArns").map((member) => member.get("arn") ?? ""),
    tags: tags.all,
    transitiveTagKeys: tags.transitiveKeys,
    sourceIdentity,
  });
  return {
    Credentials: sessionAnswer(session),
    AssumedRoleUser: {
      AssumedRoleId: `${uniqueId("role", role)}:${sessionName}`,
      Arn: arnOf(world, role.account, "sts", `assumed-role/${role.name}/${sessionName}`),
    },
    PackedPolicySize: policySize === 0 ? undefined : policySize,
    SourceIdentity: sourceIdentity,
  };
}

/** Seconds; any temporary credentials, of a role or of GetSessionToken, count as role chaining. */
function durationOf(params: Params, role: Role, caller: Caller): number {
  const requested = Number(params.get("DurationSeconds") ?? 3600);
  if (caller.session !== undefined && requested > roleChainingMaximum) {
    throw validationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (requested > role.maxSessionDurationSeconds) {
    throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return requested;
}

/** A source identity stays for the whole chain, and nobody in it may set another. */
function sourceIdentityOf(params: Params, caller: Caller): string | undefined {
  const inherited = caller.session?.sourceIdentity;
  const requested = params.get("SourceIdentity");
  if (inherited !== undefined && requested !== undefined && requested !== inherited) {
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${params.get("RoleArn")}`,
    );
  }
  return inherited ?? requested;
}
