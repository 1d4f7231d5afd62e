import type { Caller } from "./authenticate.ts";
import { AwsError } from "./aws_error.ts";
import { memberList, type Params, text, validate, validateCount, valueList } from "./params.ts";

export interface SessionTags {
  /** Of this request alone: what aws:RequestTag sees. */
  readonly requested: Readonly<Record<string, string>>;
  /** With the transitive ones of the calling session. */
  readonly all: Readonly<Record<string, string>>;
  readonly transitiveKeys: readonly string[];
}

/**
 * Tags of the session to be: those of the request and, in a role chain, the caller's transitive ones, which may not be set
 * anew. Throws AwsError ValidationError or InvalidParameterValue.
 * Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
 */
export function sessionTags(params: Params, caller: Caller): SessionTags {
  const members = memberList(params, "Tags");
  validateCount("tags", members.length, 50);
  const requested: Record<string, string> = {};
  for (const member of members) {
    validate(member, { Key: text({ required: true, min: 1, max: 128 }), Value: text({ required: true, max: 256 }) });
    requested[member.get("Key")!] = member.get("Value")!;
  }
  const names = new Set(Object.keys(requested).map((key) => key.toLowerCase()));
  if (names.size !== members.length) {
    throw invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  const inheritedKeys = caller.session?.transitiveTagKeys ?? [];
  if (inheritedKeys.some((key) => names.has(key.toLowerCase()))) {
    throw invalidParameter(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the " +
        "calling session.",
    );
  }
  const transitiveKeys = valueList(params, "TransitiveTagKeys");
  if (transitiveKeys.some((key) => requested[key] === undefined)) {
    throw invalidParameter("The specified transitive tag key must be included in the requested tags.");
  }
  const inherited = Object.fromEntries(inheritedKeys.map((key) => [key, caller.session!.tags[key]]));
  return { requested, all: { ...inherited, ...requested }, transitiveKeys: [...inheritedKeys, ...transitiveKeys] };
}

function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValue", 400, message);
}
