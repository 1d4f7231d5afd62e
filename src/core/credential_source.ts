import { Failure } from "../errors.ts";
import { type Block, valueIn } from "./config.ts";
import { hasSetting, type Profile, setting, textOf, type Variables } from "./profile.ts";
import { shellWord } from "./shell_word.ts";
import { quoted } from "./text.ts";

/** Credentials as AWS hands them out; a session token makes them temporary. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where keys were read. */
export type KeysFrom = "config" | "credentials" | "environment";

/** What gives a profile its credentials; the names of the settings where there is one. */
export type CredentialSource =
  | { readonly kind: "keys"; readonly from: "config" | "credentials" }
  | {
    readonly kind:
      | "source_profile"
      | "environment"
      | "credential_source"
      | "web_identity_token_file"
      | "sso"
      | "login_session"
      | "credential_process";
  };

/**
 * What gives `profile` its credentials, or `undefined` where nothing does, in botocore's order.
 *
 * `asSource` says that another profile names it as source_profile: then its own keys go before its own role. Keys in
 * the environment serve only where the profile has nothing of its own, and never while a profile of ours is active,
 * because then they are the temporary ones that we put there.
 * Source: <https://github.com/boto/botocore/blob/develop/botocore/credentials.py>, AssumeRoleProvider and
 * ProfileProviderBuilder.
 */
export function credentialSource(
  profile: Profile,
  environment: Variables,
  asSource: boolean,
): CredentialSource | undefined {
  const own = ownSource(profile);
  if (assumesRole(profile) && !(asSource && hasOwnKeys(profile))) {
    if (hasSetting(profile, "credential_source")) return { kind: "credential_source" };
    if (hasSetting(profile, "source_profile")) return { kind: "source_profile" };
    // botocore does not let a role take the credentials that stand beside it; keys of a stranger even less.
    return own === undefined && hasEnvironmentKeys(environment) ? { kind: "environment" } : undefined;
  }
  return own ?? (hasEnvironmentKeys(environment) ? { kind: "environment" } : undefined);
}

/** Whether credentials of the profile are those of a role that it assumes. */
export function assumesRole(profile: Profile): boolean {
  return hasSetting(profile, "role_arn") && !hasSetting(profile, "web_identity_token_file");
}

/** Whether the profile itself, not one that it includes, has an access key or a secret key. */
export function hasOwnKeys({ entry }: Profile): boolean {
  const blocks = [entry.credentials, entry.config];
  return blocks.some((block) => keyNames.some((name) => valueIn(block, name) !== undefined));
}

/**
 * The keys of a profile in one of the two files; botocore never takes one half from each.
 *
 * Throws Failure "config" where a half is missing.
 */
export function readKeys(profile: Profile, from: "config" | "credentials"): Keys {
  const block = profile.entry[from];
  const [accessKeyId, secretAccessKey] = keyNames.map((name) => keyText(profile, block, name));
  for (const [index, value] of [accessKeyId, secretAccessKey].entries()) {
    if (value === "") throw incomplete(profile, keyNames[index]);
  }
  const token = keyText(profile, block, "aws_security_token") || keyText(profile, block, "aws_session_token");
  return { accessKeyId, secretAccessKey, ...(token === "" ? {} : { sessionToken: token }) };
}

/**
 * The keys in the environment. Like botocore takes AWS_SECURITY_TOKEN before AWS_SESSION_TOKEN.
 *
 * Throws Failure "config" where AWS_SECRET_ACCESS_KEY is missing.
 */
export function readEnvironmentKeys(environment: Variables): Keys {
  const accessKeyId = environment.AWS_ACCESS_KEY_ID ?? "";
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY ?? "";
  const sessionToken = environment.AWS_SECURITY_TOKEN || environment.AWS_SESSION_TOKEN;
  if (secretAccessKey !== "") return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  throw new Failure("config", "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not", {
    hint: "set both, or take the first away with: unset AWS_ACCESS_KEY_ID",
  });
}

const keyNames = ["aws_access_key_id", "aws_secret_access_key"] as const;

function ownSource(profile: Profile): CredentialSource | undefined {
  const { entry } = profile;
  const hasAny = (...keys: readonly string[]) => keys.some((key) => hasSetting(profile, key));
  if (setting(profile, "web_identity_token_file")) return { kind: "web_identity_token_file" };
  if (hasAny("sso_role_name", "sso_account_id")) return { kind: "sso" };
  if (valueIn(entry.credentials, keyNames[0]) !== undefined) return { kind: "keys", from: "credentials" };
  if (hasAny("login_session")) return { kind: "login_session" };
  if (hasAny("credential_process")) return { kind: "credential_process" };
  if (valueIn(entry.config, keyNames[0]) !== undefined) return { kind: "keys", from: "config" };
  // Half a sign-in configuration gives nothing, but its owner meant it to, and not what the environment holds.
  if (hasAny("sso_session", "sso_start_url")) return { kind: "sso" };
  return undefined;
}

function hasEnvironmentKeys(environment: Variables): boolean {
  return !environment.AWS_USE_PROFILE && Boolean(environment.AWS_ACCESS_KEY_ID);
}

function keyText(profile: Profile, block: Block | undefined, key: string): string {
  return textOf(profile.name, key, valueIn(block, key));
}

function incomplete(profile: Profile, key: string): Failure {
  return new Failure("config", `the keys of profile ${quoted(profile.name)} are not complete: ${key} is missing`, {
    hint: `enter both with: aws configure --profile ${shellWord(profile.name)}`,
  });
}
