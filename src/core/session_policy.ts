import { Failure } from "../errors.ts";
import { isPolicyArn } from "./arn.ts";
import { shellWord } from "./shell_word.ts";
import { quoted } from "./text.ts";

/** Session policies that scope a role down: JSON text, ARNs of managed policies, or both. */
export interface SessionPolicies {
  readonly policy?: string;
  /** The file that it stands in, for hints. */
  readonly policyPath?: string;
  readonly policyArns?: readonly string[];
}

/** Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>, Policy and PolicyArns. */
const maximumLength = 2048;
const maximumArns = 10;

/**
 * Throws Failure "usage" where STS would not take these policies, or where there is no role to scope down.
 */
export function checkPolicies(
  { policy, policyPath = "FILE", policyArns = [] }: SessionPolicies,
  hasRole: boolean,
): void {
  if (policy === undefined && policyArns.length === 0) return;
  if (!hasRole) {
    throw new Failure("usage", "a session policy scopes down a role, and this profile assumes none", {
      hint: "name a role with: --role-arn ARN",
    });
  }
  if (policy !== undefined) checkPolicy(policy, shellWord(policyPath));
  const wrong = policyArns.find((arn) => !isPolicyArn(arn));
  if (wrong !== undefined) {
    throw new Failure("usage", `--policy-arn is ${quoted(wrong)}, which is not the ARN of a policy`, {
      hint: "write it like: --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
    });
  }
  if (policyArns.length > maximumArns) {
    throw new Failure("usage", `--policy-arn is given ${policyArns.length} times, and STS takes ${maximumArns}`, {
      hint: `give at most ${maximumArns} of them`,
    });
  }
}

function checkPolicy(policy: string, file: string): void {
  if (policy.length > maximumLength) {
    throw new Failure("usage", `the session policy has ${policy.length} characters, and STS takes ${maximumLength}`, {
      hint: `leave out spaces, and give that file: jq -c . ${file} > policy.short.json`,
    });
  }
  if (isJsonObject(policy)) return;
  throw new Failure("usage", "the session policy is not a JSON object", { hint: `find the error with: jq . ${file}` });
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
