/** Session → what changes in an environment that shall use it. */
import type { Session } from "./session.ts";
import { type EnvironmentChange, unsetKeys } from "./wire.ts";

export interface Activation {
  readonly profile: string;
  readonly region?: string;
  readonly session: Session;
  /** `aws-vault` also sets AWS_VAULT, which many stock prompts read. */
  readonly compat?: string;
}

/** What an activation sets and unsets. Where the profile has no region, the person's own region stays. */
export function environmentOf({ profile, region, session, compat }: Activation): EnvironmentChange {
  return {
    set: {
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken,
      AWS_CREDENTIAL_EXPIRATION: session.expiresAt === undefined ? undefined : rfc3339(session.expiresAt),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_USE_PROFILE: profile,
      AWS_USE_IDENTITY: session.identity,
      AWS_USE_EXPIRES_AT: session.expiresAt === undefined ? undefined : String(session.expiresAt),
      AWS_VAULT: compat === "aws-vault" ? profile : undefined,
    },
    unset: unsetKeys,
  };
}

/** `2026-01-01T12:00:00Z` for whole seconds since 1970. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The profile as a person reads it after a switch: `admin as alice@123456789012`, `admin in 123456789012` or `admin`. */
export function activeAs(profile: string, identity: string | undefined): string {
  if (!identity) return profile;
  return identity.includes("@") ? `${profile} as ${identity}` : `${profile} in ${identity}`;
}
