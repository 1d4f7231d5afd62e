import type { Action, ActionCall } from "./action.ts";
import { assumeRole } from "./assume_role.ts";
import { authorize } from "./authorize.ts";
import { accessDenied } from "./aws_error.ts";
import { issueSession, sessionAnswer } from "./issue_session.ts";
import { mfaConstraints, verifyTokenCode } from "./mfa.ts";
import { integer, validate } from "./params.ts";
import type { XmlValue } from "./xml.ts";

/** STS, by action name. */
export const stsActions: Readonly<Record<string, Action>> = {
  AssumeRole: assumeRole,
  GetCallerIdentity: ({ caller }) => ({ Arn: caller.arn, UserId: caller.userId, Account: caller.account }),
  GetSessionToken: getSessionToken,
};

/** Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html> */
function getSessionToken({ world, caller, params, noteWindow }: ActionCall): XmlValue {
  validate(params, { DurationSeconds: integer({ min: 900, max: 129_600 }), ...mfaConstraints });
  if (caller.session !== undefined) throw accessDenied("Cannot call GetSessionToken with session credentials");
  const proof = verifyTokenCode(world, caller.user, params.get("SerialNumber"), params.get("TokenCode"));
  if (proof !== undefined) noteWindow(proof.window);
  authorize(caller, "sts:GetSessionToken", caller.arn, world, proof !== undefined);
  const session = issueSession(world, {
    account: caller.account,
    user: caller.user?.name,
    durationSeconds: Number(params.get("DurationSeconds") ?? 43_200),
    mfaAt: proof === undefined ? undefined : world.now(),
  });
  return { Credentials: sessionAnswer(session) };
}
