/** AWS as the commands need it: its calls, its clock, and its errors in four kinds. The real one is in aws_clients.ts. */
import type { Endpoint, Keys } from "../core/plan.ts";
import { redacted } from "../core/redact.ts";

/**
 * A call that has no answer by then has failed: on a network that swallows packets the error shall come within 10 s, the
 * unsigned first request included.
 */
export const callTimeoutMs = 6000;

/** What is said of an answer that cannot be understood. */
export const notOfAws = "with what is no answer of AWS";

/** Whom a call is signed by and where it goes. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly keys: Keys;
}

export interface Issued extends Keys {
  readonly sessionToken: string;
  /** Whole seconds since 1970, in the clock of AWS. */
  readonly expiresAtAws: number;
  /** ARN of the assumed-role user; AssumeRole alone tells it. */
  readonly arn?: string;
}

export interface GetSessionTokenRequest {
  readonly durationSeconds: number;
  readonly mfaSerial?: string;
  readonly tokenCode?: string;
}

export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly transitiveTagKeys: readonly string[];
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly mfaSerial?: string;
  readonly tokenCode?: string;
}

export interface MfaDevices {
  readonly userName?: string;
  readonly serials: readonly string[];
}

export interface NewMfaDevice {
  readonly serial: string;
  /** The secret of the device in base32. AWS tells it this once. */
  readonly seed: string;
}

export interface TwoCodes {
  readonly userName: string;
  readonly serial: string;
  /** Codes of two windows that follow each other. */
  readonly codes: readonly [string, string];
}

export interface IamUser {
  readonly name: string;
  readonly arn: string;
}

/** Which of `actions` on `resource` the policies of the user `principal` allow. */
export interface Simulation {
  readonly principal: string;
  readonly userName: string;
  readonly actions: readonly string[];
  readonly resource: string;
  /** Whether the calls would be signed with an MFA session. */
  readonly withMfa: boolean;
}

/** All calls throw AwsError, and nothing else but the reason of `signal`. None is repeated here. */
export interface Aws {
  /** Opens the connection by an unsigned request, whose answer tells the clock of AWS; once. Never throws. */
  warmUp(endpoint: Endpoint, signal: AbortSignal): Promise<void>;
  /** Loads the STS client and runs a whole call without sending it, so that nothing but the call is left for later. */
  rehearse(endpoint: Endpoint): Promise<void>;
  /** The status of the answer to an unsigned request. Unlike `warmUp` it throws AwsError where there is none. */
  reach(endpoint: Endpoint, signal: AbortSignal): Promise<number>;
  /** Seconds that the clock of AWS is ahead of this machine's; null before the first answer. */
  clockOffset(): number | null;
  getSessionToken(target: Target, request: GetSessionTokenRequest, signal: AbortSignal): Promise<Issued>;
  assumeRole(target: Target, request: AssumeRoleRequest, signal: AbortSignal): Promise<Issued>;
  getCallerIdentity(target: Target, signal: AbortSignal): Promise<{ readonly arn: string; readonly account: string }>;
  /** Devices of the user who signs, or of `userName`. */
  listMfaDevices(target: Target, signal: AbortSignal, userName?: string): Promise<MfaDevices>;
  /** When the access key of `target` was made, in milliseconds since 1970; null where IAM does not list it. */
  accessKeyCreatedAtMs(target: Target, signal: AbortSignal): Promise<number | null>;
  /** Seconds of a role's longest session; null where the account of `target` has another role of that name. */
  roleMaximum(target: Target, roleArn: string, signal: AbortSignal): Promise<number | null>;
  /** The user with that name, without one the user who signs. */
  getUser(target: Target, userName: string | undefined, signal: AbortSignal): Promise<IamUser>;
  createVirtualMfaDevice(target: Target, name: string, signal: AbortSignal): Promise<NewMfaDevice>;
  enableMfaDevice(target: Target, request: TwoCodes, signal: AbortSignal): Promise<void>;
  resyncMfaDevice(target: Target, request: TwoCodes, signal: AbortSignal): Promise<void>;
  deactivateMfaDevice(
    target: Target,
    device: { readonly userName: string; readonly serial: string },
    signal: AbortSignal,
  ): Promise<void>;
  deleteVirtualMfaDevice(target: Target, serial: string, signal: AbortSignal): Promise<void>;
  /** Serials of the virtual devices of the account: all, or those that are enabled for nobody. */
  listVirtualMfaDevices(
    target: Target,
    signal: AbortSignal,
    which?: "Any" | "Unassigned",
  ): Promise<readonly string[]>;
  /** Those of the actions that are surely refused. */
  deniedActions(target: Target, request: Simulation, signal: AbortSignal): Promise<readonly string[]>;
}

export type AwsErrorKind =
  /** AWS answered no. */
  | "refused"
  /** AWS answered that it has trouble, or that there were too many calls. */
  | "trouble"
  /** There was no connection, so AWS has seen nothing of the request. */
  | "unreachable"
  /** The request may have arrived, and no answer came back. */
  | "unanswered";

export class AwsError extends Error {
  constructor(
    readonly kind: AwsErrorKind,
    /** AWS's error code, or what the network said. */
    readonly code: string,
    message: string,
    readonly status: number | null,
    readonly host: string,
    options?: ErrorOptions,
  ) {
    // Before anybody cuts it, where half a session token would no longer look like one.
    super(redacted(message), options);
    this.name = "AwsError";
  }
}
