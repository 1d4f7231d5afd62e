import { sessionMaximum } from "./duration.ts";
import { hasControl } from "./text.ts";

/** Credentials that AWS gave, or the long-lived ones they come from, and the arithmetic on their expiry. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Whole seconds since 1970 in this machine's clock; absent for long-lived keys. */
  readonly expiresAt?: number;
  /** When AWS gave them, in whole seconds since 1970. */
  readonly issuedAt?: number;
  /** `alice@123456789012`, or the account alone; absent where neither is known without a call. */
  readonly identity?: string;
  /** The MFA device whose code was given for them. */
  readonly mfaSerial?: string;
  /** The profile for which they were asked. */
  readonly profile?: string;
}

/** Whole seconds that `session` surely lives on, 0 if it has expired, Infinity where it does not expire. */
export function secondsLeft(session: Session, nowMs: number): number {
  return session.expiresAt === undefined ? Infinity : secondsUntil(session.expiresAt, nowMs);
}

/** Whole seconds from `nowMs` until `at`, which is in seconds since 1970; 0 where it has passed. */
export function secondsUntil(at: number, nowMs: number): number {
  return Math.max(0, Math.floor(at - nowMs / 1000));
}

/** What a clock may be set back by before what was cached until then is no longer believed, in seconds. */
const clockStep = 60;

/**
 * Whether `session` was issued later than now: the clock was ahead then and was set right since, so that by as much its
 * expiration is told too late.
 */
export function isFromFuture({ issuedAt }: Session, nowMs: number): boolean {
  return issuedAt !== undefined && issuedAt > nowMs / 1000 + clockStep;
}

/**
 * The name under which a result is cached: a SHA-256, in hex, over everything that changes the result.
 * The order of the properties does not matter.
 */
export async function cacheKey(request: Readonly<Record<string, unknown>>): Promise<string> {
  const text = JSON.stringify(sorted(request));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/** The longest that AWS gives credentials for, in seconds, and an hour for a clock that was set in between. */
const longestDuration = sessionMaximum + 3600;

/** A cached session out of its file's text, or null where the text is none: then nothing of it is used. */
export function parseSession(text: string): Session | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, issuedAt, identity, mfaSerial, profile } =
    value as Record<string, unknown>;
  if (!isSecret(accessKeyId) || !isSecret(secretAccessKey) || !isSecret(sessionToken)) return null;
  if (!isLabel(identity) || !isLabel(mfaSerial) || !isLabel(profile)) return null;
  if (!isInstant(expiresAt) || !isInstant(issuedAt) || expiresAt - issuedAt > longestDuration) return null;
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt, issuedAt, identity, mfaSerial, profile };
}

/** Keys and tokens are printable ASCII without spaces. */
function isSecret(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]+$/.test(value);
}

function isLabel(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && !hasControl(value));
}

function isInstant(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/**
 * `alice@123456789012` of an assumed-role ARN (`arn:aws:sts::123456789012:assumed-role/admin/alice`) or a user's ARN;
 * undefined where `arn` is neither.
 * Source: IAM identifiers <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
 */
export function identityOf(arn: string): string | undefined {
  const match = /^arn:[\w-]+:(?:sts|iam)::(\d{12}):(?:assumed-role|user|federated-user)\/(?:.*\/)?([^/]+)$/.exec(arn);
  return match ? `${match[2]}@${match[1]}` : undefined;
}
