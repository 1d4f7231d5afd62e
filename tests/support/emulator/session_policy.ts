import { AwsError } from "./aws_error.ts";
import { memberList, type Params, validateCount } from "./params.ts";

/**
 * Percent of the space for session policies and tags that the request takes, 0 when it has none. AWS packs them in a way it
 * does not publish; here 2,048 characters, white space of the policy left out, fill it.
 * Throws AwsError MalformedPolicyDocument or PackedPolicyTooLarge.
 */
export function packedPolicySize(params: Params): number {
  const policy = params.get("Policy");
  if (policy !== undefined && !isPolicy(policy)) {
    throw new AwsError("MalformedPolicyDocument", 400, "This policy contains invalid Json");
  }
  const arns = memberList(params, "PolicyArns").map((member) => member.get("arn") ?? "");
  validateCount("policyArns", arns.length, 10);
  const tags = memberList(params, "Tags").map((member) => [...member.values()].join(""));
  const size = [policy === undefined ? "" : JSON.stringify(JSON.parse(policy)), ...arns, ...tags].join("").length;
  const percent = Math.ceil(size / 2048 * 100);
  if (percent > 100) {
    const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
    throw new AwsError("PackedPolicyTooLarge", 400, message);
  }
  return percent;
}

function isPolicy(policy: string): boolean {
  try {
    const document = JSON.parse(policy);
    return typeof document === "object" && document !== null && "Statement" in document;
  } catch {
    return false;
  }
}
