/** AWS as the commands need it: one HTTP client for all calls, the clock of AWS, and errors in three kinds. */
import { createRequire } from "node:module";
import type { Endpoint, Keys } from "../core/plan.ts";

// Some packages of the bundle call `require` for Node's own modules.
(globalThis as { require?: unknown }).require ??= createRequire(import.meta.url);

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
    super(message, options);
    this.name = "AwsError";
  }
}

/**
 * The real AWS. One HTTP client serves all calls, so that a connection opened beforehand is used; it alone honours
 * HTTPS_PROXY and NO_PROXY and names the DNS or TLS reason. `caCerts` are PEM texts that are trusted besides.
 */
export async function aws(caCerts: readonly string[]): Promise<Aws> {
  const { createTransport } = await import("./transport.ts");
  const transport = createTransport(caCerts);
  let warming: Promise<void> | undefined;
  return {
    // The client is loaded meanwhile, so that nothing but the call is left once there is a code.
    warmUp: (endpoint, signal) =>
      warming ??= Promise.all([transport.warmUp(endpoint, signal), import("./sts.ts")]).then(() => {}),
    reach: transport.reach,
    clockOffset: transport.clockOffset,
    async getSessionToken(target, request, signal) {
      return await (await import("./sts.ts")).getSessionToken(transport, target, request, signal);
    },
    async assumeRole(target, request, signal) {
      return await (await import("./sts.ts")).assumeRole(transport, target, request, signal);
    },
    async getCallerIdentity(target, signal) {
      return await (await import("./sts.ts")).getCallerIdentity(transport, target, signal);
    },
    async listMfaDevices(target, signal, userName) {
      return await (await import("./iam.ts")).listMfaDevices(transport, target, signal, userName);
    },
    async accessKeyCreatedAtMs(target, signal) {
      return await (await import("./iam.ts")).accessKeyCreatedAtMs(transport, target, signal);
    },
    async roleMaximum(target, roleArn, signal) {
      return await (await import("./iam.ts")).roleMaximum(transport, target, roleArn, signal);
    },
    async getUser(target, userName, signal) {
      return await (await import("./iam_mfa.ts")).getUser(transport, target, userName, signal);
    },
    async createVirtualMfaDevice(target, name, signal) {
      return await (await import("./iam_mfa.ts")).createVirtualMfaDevice(transport, target, name, signal);
    },
    async enableMfaDevice(target, request, signal) {
      await (await import("./iam_mfa.ts")).enableMfaDevice(transport, target, request, signal);
    },
    async resyncMfaDevice(target, request, signal) {
      await (await import("./iam_mfa.ts")).resyncMfaDevice(transport, target, request, signal);
    },
    async deactivateMfaDevice(target, device, signal) {
      await (await import("./iam_mfa.ts")).deactivateMfaDevice(transport, target, device, signal);
    },
    async deleteVirtualMfaDevice(target, serial, signal) {
      await (await import("./iam_mfa.ts")).deleteVirtualMfaDevice(transport, target, serial, signal);
    },
    async listVirtualMfaDevices(target, signal, which) {
      return await (await import("./iam_mfa.ts")).listVirtualMfaDevices(transport, target, signal, which);
    },
    async deniedActions(target, request, signal) {
      return await (await import("./iam_mfa.ts")).deniedActions(transport, target, request, signal);
    },
  };
}
