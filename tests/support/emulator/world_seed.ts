import type { AccessKey, Account, MfaDevice, Role, Trust, User, World } from "./world.ts";

/** A user as tests write it: what is left out takes the value of an ordinary user. */
export interface UserSeed {
  readonly name: string;
  readonly account?: string;
  readonly path?: string;
  readonly keys?: readonly {
    readonly id: string;
    readonly secret: string;
    readonly status?: AccessKey["status"];
    readonly createdAt?: number;
  }[];
  /** Devices that are enabled for the user. */
  readonly devices?: readonly {
    readonly serial: string;
    readonly kind?: MfaDevice["kind"];
    readonly secret?: string;
    readonly driftWindows?: number;
  }[];
  readonly deny?: readonly string[];
  readonly forceMfa?: boolean;
}

export interface RoleSeed {
  readonly name: string;
  readonly account?: string;
  readonly path?: string;
  readonly trust: Trust;
  readonly maxSessionDurationSeconds?: number;
  readonly deny?: readonly string[];
}

/** A world as JSON can hold it: the argument of `startEmulator`, and what `main.ts --state` reads. */
export interface WorldSeed {
  readonly accounts?: Readonly<Record<string, Partial<Account>>>;
  readonly users: readonly UserSeed[];
  readonly roles: readonly RoleSeed[];
}

/** The account of users and roles that name none: the one of AWS's documentation. */
export const defaultAccount = "123456789012";

const ninetyOneDaysMs = 91 * 86_400_000;

/** A world that follows `seed`; later changes to it leave the seed as it is. */
export function makeWorld(seed: WorldSeed, now: () => number): World {
  const createdAt = now() - ninetyOneDaysMs;
  return {
    accounts: Object.fromEntries(
      Object.entries(seed.accounts ?? {}).map(([id, account]) => [id, { partition: "aws", aliases: [], ...account }]),
    ),
    users: seed.users.map((user) => makeUser(user, createdAt)),
    roles: seed.roles.map((role) => makeRole(role, createdAt)),
    devices: seed.users.flatMap((user) => makeDevices(user, createdAt)),
    sessions: [],
    settings: { mfaEnableDelaySeconds: 0, mfaStsDelaySeconds: 0, accessKeyDelaySeconds: 0 },
    now,
  };
}

function makeUser(seed: UserSeed, createdAt: number): User {
  return {
    name: seed.name,
    account: seed.account ?? defaultAccount,
    path: seed.path ?? "/",
    createdAt,
    keys: (seed.keys ?? []).map((key) => ({ status: "Active", createdAt, usableAt: 0, ...key })),
    deny: [...seed.deny ?? []],
    forceMfa: seed.forceMfa ?? false,
  };
}

/** A role that follows `seed`. */
export function makeRole(seed: RoleSeed, createdAt: number): Role {
  return {
    name: seed.name,
    account: seed.account ?? defaultAccount,
    path: seed.path ?? "/",
    createdAt,
    trust: structuredClone(seed.trust),
    maxSessionDurationSeconds: seed.maxSessionDurationSeconds ?? 3600,
    deny: [...seed.deny ?? []],
  };
}

function makeDevices(user: UserSeed, createdAt: number): MfaDevice[] {
  return (user.devices ?? []).map((device) => ({
    serial: device.serial,
    account: user.account ?? defaultAccount,
    kind: device.kind ?? "virtual",
    secret: device.secret,
    createdAt,
    user: user.name,
    enabledAt: createdAt,
    usableAt: 0,
    stsKnowsAt: 0,
    driftWindows: device.driftWindows ?? 0,
    spentWindows: new Set<number>(),
  }));
}
