/** Variables of AWS and of other tools that get in the way of each other. */
import { parseDuration } from "./duration.ts";
import type { Variables } from "./profile.ts";
import { nearest } from "./nearest.ts";
import { quoted, shown } from "./text.ts";

export interface Conflict {
  readonly message: string;
  /** The command that ends it. */
  readonly remedy: string;
}

/**
 * The conflicts among `variables`; an empty value counts as unset, as it does for botocore. `profiles` are the names of all
 * there are, null where they are not known. Never shows a secret.
 *
 * Source of who reads what first: <https://github.com/boto/botocore/blob/develop/botocore/credentials.py> and
 * <https://github.com/aws/aws-sdk-js-v3/blob/main/packages/credential-provider-node/src/defaultProvider.ts>
 */
export function environmentConflicts(
  variables: Variables,
  nowMs: number,
  profiles: ReadonlySet<string> | null,
): readonly Conflict[] {
  return [
    ...profileBesideKeys(variables),
    ...(profiles ? noSuchProfile(variables, profiles) : []),
    ...tokens(variables),
    ...halfOfKeys(variables),
    ...expired(variables, nowMs),
    ...otherTools(variables),
    ...ownSettings(variables),
  ];
}

function profileBesideKeys(variables: Variables): readonly Conflict[] {
  if (!variables.AWS_ACCESS_KEY_ID) return [];
  return ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].filter((name) => variables[name]).map((name) => ({
    message: `${name} is ${quoted(variables[name]!)} beside keys in the environment: the AWS CLI takes the keys, ` +
      "other SDKs take the profile",
    remedy: `unset ${name}`,
  }));
}

function noSuchProfile(variables: Variables, profiles: ReadonlySet<string>): readonly Conflict[] {
  // Beside keys it is to be unset anyhow.
  if (variables.AWS_ACCESS_KEY_ID) return [];
  return ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].filter((name) => variables[name] && !profiles.has(variables[name]))
    .map((name) => {
      const near = nearest(variables[name]!, profiles).map((each) => quoted(each)).join(" or ");
      const meant = near && ` (did you mean ${near}?)`;
      return {
        message: `${name} is ${quoted(variables[name]!)}, and there is no such profile${meant}`,
        remedy: `unset ${name}`,
      };
    });
}

function tokens(variables: Variables): readonly Conflict[] {
  const conflicts: Conflict[] = [];
  if (variables.AWS_SECURITY_TOKEN && variables.AWS_SECURITY_TOKEN !== variables.AWS_SESSION_TOKEN) {
    conflicts.push({
      message: "AWS_SECURITY_TOKEN is set, which the AWS CLI takes in place of AWS_SESSION_TOKEN",
      remedy: "unset AWS_SECURITY_TOKEN",
    });
  }
  if (variables.AWS_ACCESS_KEY_ID?.startsWith("AKIA") && variables.AWS_SESSION_TOKEN) {
    conflicts.push({
      message: "AWS_SESSION_TOKEN is set beside a long-lived access key, with which AWS refuses it",
      remedy: "unset AWS_SESSION_TOKEN",
    });
  }
  return conflicts;
}

function halfOfKeys(variables: Variables): readonly Conflict[] {
  const [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  if (Boolean(variables[id]) === Boolean(variables[secret])) return [];
  const [there, missing] = variables[id] ? [id, secret] : [secret, id];
  return [{ message: `${there} is set and ${missing} is not`, remedy: `unset ${there}` }];
}

function expired(variables: Variables, nowMs: number): readonly Conflict[] {
  const expiration = variables.AWS_CREDENTIAL_EXPIRATION;
  const atMs = Date.parse(expiration ?? "");
  if (!variables.AWS_ACCESS_KEY_ID || Number.isNaN(atMs) || atMs > nowMs) return [];
  const profile = variables.AWS_USE_PROFILE;
  return [{
    message: `the credentials in the environment have expired at ${shown(expiration!)}`,
    remedy: profile ? "aws-use renew" : "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN " +
      "AWS_CREDENTIAL_EXPIRATION",
  }];
}

/** Variables by which other tools mark the shells that they have given credentials to. */
const marks: Readonly<Record<string, string>> = {
  AWS_VAULT: "aws-vault",
  AWSUME_PROFILE: "awsume",
  AWSU_PROFILE: "awsu",
  AWS_SSO_PROFILE: "aws-sso",
  AWSRUNAS_PROFILE: "aws-runas",
};

function otherTools(variables: Variables): readonly Conflict[] {
  return Object.entries(marks)
    .filter(([name]) => variables[name])
    // With AWS_USE_COMPAT=aws-vault this one is ours.
    .filter(([name]) => name !== "AWS_VAULT" || variables.AWS_VAULT !== variables.AWS_USE_PROFILE)
    .map(([name, tool]) => ({
      message: `${name} is ${
        quoted(variables[name]!)
      }: ${tool} has put credentials into this shell, and prompts show its`,
      remedy: `leave that shell of ${tool}, or: unset ${name}`,
    }));
}

function ownSettings({ AWS_USE_MARGIN: margin, AWS_USE_GUARD: guard = "" }: Variables): readonly Conflict[] {
  const found: Conflict[] = [];
  if (margin && parseDuration(margin) === undefined) {
    found.push({
      message: `AWS_USE_MARGIN is ${quoted(margin)}, which is no duration`,
      remedy: "export AWS_USE_MARGIN=10m",
    });
  }
  const odd = guard.split(/[ \t\n]+/).find((word) => word !== "" && !isGuardable.test(word));
  if (odd !== undefined) {
    found.push({
      message: `AWS_USE_GUARD has ${quoted(odd)}, which no command is called, so nothing is renewed for it`,
      remedy: "name commands, separated by spaces: export AWS_USE_GUARD='aws terraform'",
    });
  }
  return found;
}

/** Names for which the shells make a guard. */
const isGuardable = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
