import { Failure } from "../errors.ts";
import type { Config } from "./config.ts";
import {
  assumesRole,
  type CredentialSource,
  credentialSource,
  hasOwnKeys,
  type Keys,
  type KeysFrom,
  readEnvironmentKeys,
  readKeys,
} from "./credential_source.ts";
import { findProfile, hasSetting, loop, missing, type Profile, setting, type Variables } from "./profile.ts";
import { shellWord } from "./shell_word.ts";
import { quoted } from "./text.ts";

/** A profile with all that its credentials come from. */
export interface Chain {
  readonly profile: Profile;
  /** The profiles whose roles are assumed, in that order: the one next to the keys first, `profile` itself last. */
  readonly roles: readonly Profile[];
  /** The profile that the keys belong to. */
  readonly holder: Profile;
  readonly keys: Keys;
  readonly keysFrom: KeysFrom;
}

/**
 * The chain from the profile `name` through `source_profile` to a profile with keys.
 *
 * Throws Failure "config" for an unknown profile, a loop (naming it), a missing source, a profile without keys, and a
 * source of credentials that aws-use does not have (naming it).
 */
export function findChain(name: string, config: Config, environment: Variables): Chain {
  const profile = findProfile(name, config);
  const assuming: Profile[] = [];
  const visited = new Set<string>();
  for (let current = profile;;) {
    const source = credentialSource(current, environment, assuming.length > 0);
    visited.add(current.name);
    if (source?.kind === "source_profile") {
      assuming.push(current);
      current = sourceProfile(current, visited, config);
      continue;
    }
    if (source?.kind !== "keys" && source?.kind !== "environment") throw noKeys(current, source);
    // A role without a source_profile is assumed with the keys of the environment.
    if (source.kind === "environment" && assumesRole(current)) assuming.push(current);
    const keys = source.kind === "keys" ? readKeys(current, source.from) : readEnvironmentKeys(environment);
    const keysFrom = source.kind === "keys" ? source.from : source.kind;
    return { profile, roles: assuming.reverse(), holder: current, keys, keysFrom };
  }
}

/**
 * The value of `key` that counts for the MFA of a chain: that of the first role's profile, which is what botocore
 * looks at, else of the profile that holds the keys, else of the further roles.
 *
 * Throws as `setting` does.
 */
export function mfaSetting(chain: Pick<Chain, "roles" | "holder">, key: string): string | undefined {
  const [first, ...outer] = chain.roles;
  const order = first === undefined ? [chain.holder] : [first, chain.holder, ...outer];
  return order.map((profile) => setting(profile, key)).find((value) => value !== undefined);
}

function sourceProfile(profile: Profile, visited: ReadonlySet<string>, config: Config): Profile {
  const name = setting(profile, "source_profile") ?? "";
  if (!config.profiles.has(name)) throw missing(profile.name, "source_profile", name, config);
  // A profile may name itself, to assume its role with its own keys.
  const isItself = name === profile.name && hasOwnKeys(profile);
  if (visited.has(name) && !isItself) throw loop("source_profile", [...visited, name]);
  return findProfile(name, config);
}

/** Goes along where a profile is in order, but other tools', or holds no more than settings. */
const noKeysForUs = { name: "noKeys" } as const;

function noKeys(profile: Profile, source: CredentialSource | undefined): Failure {
  const name = quoted(profile.name);
  const set = (key: string, value: string) => `aws configure set ${key} ${value} --profile ${shellWord(profile.name)}`;
  if (source?.kind === "credential_source" && hasSetting(profile, "source_profile")) {
    return new Failure("config", `profile ${name} has both source_profile and credential_source`, {
      hint: "take one of the two lines out of the profile",
    });
  }
  if (source !== undefined) {
    return new Failure(
      "config",
      `profile ${name} takes its credentials from ${named(source)}, which is not supported`,
      {
        cause: noKeysForUs,
        hint: `use a profile with keys or source_profile, or without aws-use: aws --profile ${shellWord(profile.name)}`,
      },
    );
  }
  if (assumesRole(profile)) {
    return new Failure("config", `profile ${name} has role_arn but no source_profile`, {
      hint: `name the profile whose keys assume the role with: ${
        set("source_profile", hasOwnKeys(profile) ? shellWord(profile.name) : "NAME")
      }`,
    });
  }
  const lonely = hasSetting(profile, "source_profile") ? ", and its source_profile serves only a role_arn" : "";
  return new Failure("config", `profile ${name} has no keys${lonely}`, {
    cause: noKeysForUs,
    hint: `enter them with: aws configure --profile ${shellWord(profile.name)}`,
  });
}

function named(source: CredentialSource): string {
  if (source.kind === "sso") return "IAM Identity Center (sso_session, sso_start_url)";
  if (source.kind === "web_identity_token_file") return "a web identity (web_identity_token_file)";
  return source.kind;
}
