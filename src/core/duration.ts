import { Failure } from "../errors.ts";

/**
 * Limits of a duration, in seconds.
 *
 * Sources: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
 * <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>; role chaining:
 * <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>.
 */
export const minimumDuration = 900;
export const roleMaximum = 43_200;
export const sessionMaximum = 129_600;
export const roleChainingMaximum = 3600;
export const roleDefault = 3600;
export const sessionDefault = 43_200;

const secondsOf: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/** Seconds that `text` means: a whole number of seconds, or with s, m or h after it; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smh]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * secondsOf[match[2]];
}

/**
 * How long is left, for a person: `45s` below a minute, `59m` below an hour, `2h05m` (or `2h`) below ten hours, then
 * `11h`. Rounded down, so that it never promises more than there is; 0 for what has passed.
 */
export function formatLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours >= 10 || minutes === 0 ? `${hours}h` : `${hours}h${String(minutes).padStart(2, "0")}m`;
}

/** What asks for a duration, and how it is changed to so many seconds. */
export interface DurationSource {
  readonly where: string;
  readonly kind: "usage" | "config";
  readonly change: (seconds: number) => string;
}

export const durationFlag: DurationSource = {
  where: "--duration",
  kind: "usage",
  change: (seconds) => `--duration ${formatLeft(seconds)}`,
};

/** `seconds` when AWS takes it. Throws Failure "config" above `maximum`, and Failure of `kind` below AWS's minimum. */
export function checkedDuration(seconds: number, maximum: number, { where, kind, change }: DurationSource): number {
  const [from, to] = [minimumDuration, maximum].map((limit) => `${limit} (${formatLeft(limit)})`);
  const hint = (limit: number) => `ask for ${from} to ${to} seconds: ${change(limit)}`;
  if (seconds > maximum) {
    throw new Failure("config", `${where} is ${seconds} seconds, above the maximum of ${maximum}`, {
      hint: hint(maximum),
    });
  }
  if (seconds < minimumDuration) {
    throw new Failure(kind, `${where} is ${seconds} seconds, below the minimum of ${minimumDuration}`, {
      hint: hint(minimumDuration),
    });
  }
  return seconds;
}
