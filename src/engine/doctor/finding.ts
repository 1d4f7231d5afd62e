/** What a check has found. */
import { Failure, type FailureKind } from "../../errors.ts";

export interface Finding {
  /** Of the check: several findings may have one name. */
  readonly name: string;
  readonly state: "ok" | "warning" | "broken";
  readonly message: string;
  /** What mends it; null where nothing is wrong. */
  readonly remedy: string | null;
  /** What the exit code tells; null unless it is broken. */
  readonly kind: FailureKind | null;
}

export function ok(name: string, message: string): Finding {
  return { name, state: "ok", message, remedy: null, kind: null };
}

export function warning(name: string, message: string, remedy: string): Finding {
  return { name, state: "warning", message, remedy, kind: null };
}

export function broken(name: string, kind: FailureKind, message: string, remedy: string): Finding {
  return { name, state: "broken", message, remedy, kind };
}

/** A failure as a finding. An error that nobody expected is one too: it must not end the other checks. */
export function brokenBy(name: string, error: unknown): Finding {
  if (error instanceof Failure) return broken(name, error.kind, error.message, error.hint);
  return broken(name, "software", `unexpected: ${String(error)}`, "report it with what AWS_USE_DEBUG=1 prints");
}

/** `finding`, but no more than a warning: what it is about is not needed here. */
export function atMostWarning(finding: Finding): Finding {
  return finding.state === "broken" ? { ...finding, state: "warning", kind: null } : finding;
}
