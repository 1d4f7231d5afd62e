import { parseArn } from "./arn.ts";
import { type Config, lookUp, type ProfileEntry } from "./config.ts";
import { credentialSource } from "./credential_source.ts";
import { parseDuration } from "./duration.ts";
import { findProfile, type Variables } from "./profile.ts";

/** One line of `aws-use list --json`, without what the cache adds; the names are a promise to scripts. */
export interface ListedProfile {
  readonly name: string;
  readonly role_arn: string | null;
  readonly account: string | null;
  readonly source_profile: string | null;
  readonly mfa_serial: string | null;
  readonly region: string | null;
  readonly external_id: string | null;
  readonly duration_seconds: number | null;
  /** What gives the credentials: "keys", "environment" or the name of a setting; `null` where nothing does. */
  readonly source: string | null;
}

/**
 * All profiles in the order of the files, with the values that botocore sees: `include_profile` is not applied, except
 * to `source`. Never throws: what is wrong with a profile is told when it is used.
 */
export function listProfiles(config: Config, environment: Variables): readonly ListedProfile[] {
  return Array.from(config.profiles.values(), (entry) => listed(entry, config, environment));
}

function listed(entry: ProfileEntry, config: Config, environment: Variables): ListedProfile {
  const text = (key: string): string | null => {
    const value = lookUp(entry, key)?.value;
    return typeof value === "string" && value !== "" ? value : null;
  };
  const role_arn = text("role_arn");
  const mfa_serial = text("mfa_serial");
  return {
    name: entry.name,
    role_arn,
    account: accountOf(role_arn) ?? text("sso_account_id") ?? text("aws_account_id") ?? accountOf(mfa_serial),
    source_profile: text("source_profile"),
    mfa_serial,
    region: text("region"),
    external_id: text("external_id"),
    duration_seconds: parseDuration(text("duration_seconds") ?? "") ?? null,
    source: sourceOf(entry.name, config, environment),
  };
}

function accountOf(arn: string | null): string | null {
  return parseArn(arn ?? "")?.account || null;
}

function sourceOf(name: string, config: Config, environment: Variables): string | null {
  try {
    return credentialSource(findProfile(name, config), environment, false)?.kind ?? null;
  } catch {
    return null;
  }
}
