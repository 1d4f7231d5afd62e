import { lastPart } from "./arn.ts";

/**
 * The role session name for a profile that has none: the last part of the MFA serial, else the login name.
 *
 * Characters that STS does not take become `-`, and the length becomes 2 to 64. Never depends on the time: the name is
 * in CloudTrail, in trust policies and in the cache key.
 * Source: RoleSessionName in <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
 */
export function defaultRoleSessionName(mfaSerial: string | null, loginName: string): string {
  const name = (mfaSerial === null ? "" : lastPart(mfaSerial)) || loginName || "aws-use";
  return Array.from(name, (character) => /[\w+=,.@-]/.test(character) ? character : "-")
    .join("").slice(0, 64).padEnd(2, "-");
}

/** Whether STS takes `name` as a role session name (and as a source identity: the rule is the same). */
export function isRoleSessionName(name: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(name);
}
