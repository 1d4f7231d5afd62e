/** {set, unset} → the lines that a shell plugin reads on file descriptor 3. */
import { Failure } from "../errors.ts";
import { hasControl } from "./text.ts";

/** Variables that an activation sets, in the order of the lines. Each shell file repeats the list; a test compares them. */
export const setKeys = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_USE_PROFILE",
  "AWS_USE_IDENTITY",
  "AWS_USE_EXPIRES_AT",
  "AWS_VAULT",
] as const;

/**
 * Variables that would make an SDK use something else than what was set, so an activation unsets them.
 * AWS_SECURITY_TOKEN wins over AWS_SESSION_TOKEN in botocore; with AWS_PROFILE the JavaScript SDK skips the keys.
 * Source: botocore/credentials.py; @aws-sdk/credential-provider-node.
 */
export const unsetKeys = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID"] as const;

export type SetKey = typeof setKeys[number];

export interface EnvironmentChange {
  readonly set: Readonly<Partial<Record<SetKey, string>>>;
  readonly unset: readonly string[];
}

/**
 * The wire's lines: `KEY=VALUE` sets and exports, a bare `KEY` unsets; UTF-8, LF, fixed order.
 * Throws Failure("data") for a value with a control character, without repeating the value.
 */
export function wireLines(change: EnvironmentChange): string {
  const lines = [...setPairs(change).map(([key, value]) => `${key}=${value}`), ...change.unset];
  return lines.map((line) => `${line}\n`).join("");
}

/** What `lines` of ours say, or null where one of them is none of ours. */
export function parseWireLines(lines: string): EnvironmentChange | null {
  const set: Partial<Record<SetKey, string>> = {};
  const unset: string[] = [];
  if (!lines.endsWith("\n")) return null;
  for (const line of lines.slice(0, -1).split("\n")) {
    const equals = line.indexOf("=");
    const key = setKeys.find((each) => each === line.slice(0, Math.max(equals, 0)));
    if (key !== undefined) set[key] = line.slice(equals + 1);
    else if (unsetKeys.some((each) => each === line)) unset.push(line);
    else return null;
  }
  return { set, unset };
}

/** What `change` sets, in fixed order. Throws Failure("data") for a value with a control character, without repeating it. */
export function setPairs(change: EnvironmentChange): readonly (readonly [SetKey, string])[] {
  return setKeys.flatMap((key) => {
    const value = change.set[key];
    if (value === undefined) return [];
    if (!hasControl(value)) return [[key, value]] as const;
    throw new Failure("data", `the value for ${key} has a control character`, {
      hint: "look for it in the profile's name and region: aws-use list --json",
    });
  });
}
