import { createHash, randomBytes } from "node:crypto";
import { base32Encode } from "./totp.ts";

export type Partition = "aws" | "aws-cn" | "aws-us-gov";

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  status: "Active" | "Inactive";
  createdAt: number;
  /** The instant (ms) from which AWS takes the key; a new key is unknown for some seconds. */
  usableAt: number;
  lastUsed?: { at: number; service: string; region: string };
}

export interface MfaDevice {
  /** An ARN for virtual and FIDO devices, the printed serial number for hardware ones. */
  readonly serial: string;
  readonly account: string;
  readonly kind: "virtual" | "hardware" | "fido";
  /** Base32; none for a FIDO device, which STS cannot use. */
  readonly secret?: string;
  readonly createdAt: number;
  /** The user it is enabled for. */
  user?: string;
  enabledAt?: number;
  /** The instant (ms) from which EnableMFADevice takes good codes. */
  usableAt: number;
  /** The instant (ms) from which STS takes codes. */
  stsKnowsAt: number;
  /** How many windows the device's clock is ahead of AWS's: what ResyncMFADevice corrects. */
  driftWindows: number;
  /** Windows whose code AWS has seen. */
  readonly spentWindows: Set<number>;
}

export interface User {
  readonly name: string;
  readonly account: string;
  readonly path: string;
  readonly createdAt: number;
  readonly keys: AccessKey[];
  /** Actions that no policy allows: `iam:ListMFADevices`, `sts:*`. */
  deny: string[];
  /** The usual policy that denies nearly everything without MFA: see authorize.ts. */
  forceMfa: boolean;
}

/** The conditions of a role's trust policy. */
export interface Trust {
  /** ARNs of users, roles or account roots; account ids; `*`. */
  principals: string[];
  mfaRequired?: boolean;
  /** aws:MultiFactorAuthAge must be below it. */
  maxMfaAgeSeconds?: number;
  externalId?: string;
  requireSourceIdentity?: boolean;
  /** aws:RequestTag conditions: tag key and value, `*` for any value. */
  requiredTags?: Record<string, string>;
  /** sts:RoleSessionName with `*` and `${aws:username}`. */
  sessionNamePattern?: string;
  /** Whether sts:TagSession and sts:SetSourceIdentity are allowed too; true unless said. */
  allowTagSession?: boolean;
  allowSetSourceIdentity?: boolean;
  /** Denies everybody. */
  denied?: boolean;
}

export interface Role {
  readonly name: string;
  readonly account: string;
  readonly path: string;
  readonly createdAt: number;
  trust: Trust;
  /** 3600 to 43200. */
  maxSessionDurationSeconds: number;
  deny: string[];
}

/** Temporary credentials that STS has issued. */
export interface Session {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly token: string;
  readonly account: string;
  readonly issuedAt: number;
  expiresAt: number;
  /** The user behind a GetSessionToken session. */
  readonly user?: string;
  readonly role?: { readonly name: string; readonly sessionName: string };
  /** When MFA was proven; never set for a role's credentials, whose context has no MFA. */
  readonly mfaAt?: number;
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
}

export interface Account {
  readonly partition: Partition;
  readonly aliases: readonly string[];
}

/** Delays of the real AWS, in seconds; 0 unless a test wants them. */
export interface Settings {
  /** After CreateVirtualMFADevice, EnableMFADevice refuses good codes that long. */
  mfaEnableDelaySeconds: number;
  /** After EnableMFADevice, STS does not know the device that long. */
  mfaStsDelaySeconds: number;
  /** After CreateAccessKey, the key is unknown that long. */
  accessKeyDelaySeconds: number;
}

export interface World {
  readonly accounts: Record<string, Account>;
  readonly users: User[];
  readonly roles: Role[];
  readonly devices: MfaDevice[];
  readonly sessions: Session[];
  readonly settings: Settings;
  /** Milliseconds since 1970 by AWS's clock, which may differ from this machine's. */
  readonly now: () => number;
}

export function arnOf(world: World, account: string, service: string, resource: string): string {
  return `arn:${partitionOf(world, account)}:${service}::${account}:${resource}`;
}

export function partitionOf(world: World, account: string): Partition {
  return world.accounts[account]?.partition ?? "aws";
}

export function userArn(world: World, user: Pick<User, "account" | "path" | "name">): string {
  return arnOf(world, user.account, "iam", `user${user.path}${user.name}`);
}

export function roleArn(world: World, role: Pick<Role, "account" | "path" | "name">): string {
  return arnOf(world, role.account, "iam", `role${role.path}${role.name}`);
}

export function findUser(world: World, account: string, name: string): User | undefined {
  return world.users.find((user) => user.account === account && user.name === name);
}

export function findRole(world: World, account: string, name: string): Role | undefined {
  return world.roles.find((role) => role.account === account && role.name === name);
}

/** The unique id of a user (AIDA…) or a role (AROA…), the same in every run. */
export function uniqueId(kind: "user" | "role", { account, name }: { account: string; name: string }): string {
  const hash = createHash("sha256").update(`${kind}/${account}/${name}`).digest();
  return (kind === "user" ? "AIDA" : "AROA") + base32Encode(hash.subarray(0, 15)).slice(0, 17);
}

/** A new access key id: AKIA for long-lived keys, ASIA for temporary ones. */
export function newAccessKeyId(prefix: "AKIA" | "ASIA"): string {
  return prefix + base32Encode(randomBytes(10));
}

/** A new secret access key: 40 characters. */
export function newSecret(): string {
  return randomBytes(30).toString("base64");
}
