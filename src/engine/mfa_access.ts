/** IAM in the name of a profile: signed with its keys, and with an MFA session from where on IAM wants one. */
import { isVirtual } from "../core/mfa_device.ts";
import { identityPlan } from "../core/identity_plan.ts";
import type { Keys, Plan } from "../core/plan.ts";
import { mfaSettingsOf } from "../core/mfa_serials.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { type Aws, AwsError, type Target } from "../world/aws.ts";
import { openCache, type SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { callAws } from "./aws_call.ts";
import type { WorldConfig } from "./config.ts";
import { loadAws, obtain } from "./credentials.ts";
import type { Wishes } from "./from_cache.ts";
import { isFido } from "../core/mfa_serial.ts";
import { plugged } from "./oath_keys.ts";
import { plannerFor } from "./planning.ts";
import { clockFailure, clockToleranceSeconds, failureOf } from "./refusals.ts";

export interface Iam {
  readonly world: World;
  readonly cache: SessionCache;
  readonly aws: Aws;
  readonly plan: Plan;
  /** The command that does the same again, for hints. */
  readonly again: string;
  /** What signs a call at this moment. */
  target(): Target;
  /**
   * What `send` returns. Repeated on AWS's trouble, and with an MFA session where IAM refuses without. Throws AwsError, or
   * what `obtain` throws.
   */
  read<T>(name: string, send: (target: Target) => Promise<T>): Promise<T>;
  /** As `read`, but a call that AWS may have carried out is not sent again. It ends by itself: Ctrl-C must not leave it open. */
  change<T>(name: string, send: (target: Target, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** As `change`, for a call with codes in it, which are spent by it: never sent again, also not with an MFA session. */
  spend<T>(name: string, send: (target: Target, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Signs with an MFA session from now on; false where there is none to be had. Throws what `obtain` throws. */
  elevate(): Promise<boolean>;
  /** The Failure for an AwsError of `name`; any other error as it is. */
  translated(error: unknown, name: string): unknown;
  /** The same for undoing: deaf to Ctrl-C, and nobody is asked for a touch. */
  deaf(): Promise<Iam>;
}

export interface IamRequest {
  readonly world: World;
  readonly cache: SessionCache;
  readonly read: WorldConfig;
  readonly profile: string;
  readonly again: string;
  /** With the rights of the profile itself, roles included, and not those of the user behind it. */
  readonly asProfile?: boolean;
}

/** For a call that changes something: it ends by itself, because Ctrl-C must not leave open what became of it. */
export const uninterrupted = new AbortController().signal;

/** A session that signs calls lives at least this long. */
const marginSeconds = 120;

/** Opens IAM for a profile. Throws what planning throws and, `asProfile`, what `obtain` throws. */
export async function openIam(request: IamRequest): Promise<Iam> {
  const { world, cache, read, profile, again, asProfile = false } = request;
  const wishes: Wishes = { marginSeconds, noCache: false, again, plain: again, noTouch: false, takesNoCode: true };
  const whole = asProfile
    ? (await plannerFor({ profile, additions: {}, added: false, again, plain: again }, world, read))({
      discoveredMfaSerial: null,
    })
    : null;
  const assumesRole = whole?.steps.some((step) => step.call === "AssumeRole") ?? false;
  const plan = whole && assumesRole ? whole : identityPlan(profile, read.config, world.environment.all(), null);
  const keys = assumesRole ? await obtain(world, cache, plan, wishes) : plan.keys;
  const aws = await loadAws(world, plan);
  // A role's credentials carry no MFA, and temporary keys get no session.
  const mayElevate = !assumesRole && plan.keys.sessionToken === undefined;
  return iamWith({ ...request, wishes, plan, aws, keys, mayElevate });
}

interface Given extends IamRequest {
  readonly wishes: Wishes;
  readonly plan: Plan;
  readonly aws: Aws;
  readonly keys: Keys;
  readonly mayElevate: boolean;
}

function iamWith(given: Given): Iam {
  const { world, cache, read, profile, again, wishes, plan, aws } = given;
  let { keys, mayElevate } = given;
  const target = (): Target => ({ endpoint: plan.iam, keys });

  async function elevate(): Promise<boolean> {
    if (!mayElevate) return false;
    mayElevate = false;
    const sessionWith = async (serial: string, wished: Wishes) =>
      await obtain(world, cache, identityPlan(profile, read.config, world.environment.all(), serial), wished);
    const serial = await deviceForSession();
    if (serial !== null) {
      world.terminal.say(`aws-use: IAM wants an MFA session; taking one with ${serial}`);
      try {
        keys = await sessionWith(serial, wishes);
        return true;
      } catch (error) {
        // Then what IAM has refused is what the person has to know.
        if (!(error instanceof Failure) || !isAccessDenied(error.cause)) throw error;
        world.terminal.say(`aws-use: none is to be had: ${error.message}`);
        return false;
      }
    }
    // A session outlives its device: what was half removed is finished with the one that began it.
    for (const former of configured()) {
      const session = await sessionWith(former, { ...wishes, noTouch: true }).catch((error) => {
        if (error instanceof Failure && error.kind === "tryAgain") return null;
        throw error;
      });
      if (session === null) continue;
      keys = session;
      return true;
    }
    return false;
  }

  function configured(): readonly string[] {
    return mfaSettingsOf(profile, read.config, world.environment.all()).filter((serial) => !isFido(serial));
  }

  /** The profile's own device, else the one of AWS whose account is on a plugged key, else the first. */
  async function deviceForSession(): Promise<string | null> {
    const { serials } = await callAws(
      world,
      aws,
      { name: "ListMFADevices", endpoint: plan.iam },
      () => aws.listMfaDevices(target(), world.signal),
    ).catch((error) => {
      if (error instanceof AwsError && error.kind === "refused") return { serials: null };
      throw error;
    });
    if (serials === null) return configured()[0] ?? null;
    const usable = serials.filter((serial) => !isFido(serial));
    const named = usable.filter((serial) => configured().includes(serial));
    if (named.length === 1 || usable.length < 2) return named[0] ?? usable[0] ?? null;
    const candidates = named.length > 0 ? named : usable;
    const keysThere = await plugged({ world, cache }).catch((error) => {
      if (error instanceof Failure && error.kind === "unavailable") return [];
      throw error;
    });
    const onKey = (serial: string) => keysThere.some(({ accounts }) => accounts.includes(serial));
    return candidates.find((serial) => isVirtual(serial) && onKey(serial)) ?? candidates[0];
  }

  async function call<T>(name: string, once: boolean, send: () => Promise<T>): Promise<T> {
    return await callAws(world, aws, { name, endpoint: plan.iam, carriesCode: once }, send);
  }

  async function elevating<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isAccessDenied(error) || !await elevate()) throw error;
      return await send();
    }
  }

  return {
    world,
    cache,
    aws,
    plan,
    again,
    target,
    read: (name, send) => elevating(() => call(name, false, () => send(target()))),
    change: (name, send) => elevating(() => call(name, true, () => send(target(), uninterrupted))),
    spend: (name, send) => call(name, true, () => send(target(), uninterrupted)),
    elevate,
    translated(error, name) {
      if (!(error instanceof AwsError)) return error;
      const clockOffset = aws.clockOffset();
      return failureOf(error, { plan, step: null, call: `iam:${name}`, again, plain: again, clockOffset });
    },
    async deaf() {
      const quiet = deafTo(world);
      return iamWith({
        ...given,
        world: quiet,
        cache: await openCache(quiet),
        keys,
        mayElevate,
        wishes: { ...wishes, noTouch: true },
      });
    },
  };
}

/** Whether AWS says that nobody allows the call; without MFA, at least. */
export function isAccessDenied(error: unknown): boolean {
  return error instanceof AwsError && error.kind === "refused" && error.code.startsWith("AccessDenied");
}

/** Whether there is no such thing (any more). */
export function isNoSuchEntity(error: unknown): boolean {
  return error instanceof AwsError && error.kind === "refused" && error.code.startsWith("NoSuchEntity");
}

/** The same world in which Ctrl-C is not heard: for undoing what is half done. */
function deafTo(world: World): World {
  const { clock } = world;
  return {
    ...world,
    signal: uninterrupted,
    clock: { nowMs: () => clock.nowMs(), sleep: (ms, signal = uninterrupted) => clock.sleep(ms, signal) },
  };
}

/** Throws Failure "tryAgain" where this machine's clock, with which a YubiKey's codes are computed, is off. */
export function refuseWrongClock({ aws, again }: Iam): void {
  const offset = aws.clockOffset() ?? 0;
  if (Math.abs(offset) > clockToleranceSeconds) throw clockFailure(offset, again);
}

/** What AWS says of who signs: the user, by name and ARN. Throws Failure "config" for a role or the root user. */
export async function whoSigns(iam: Iam): Promise<{ readonly name: string; readonly arn: string }> {
  const { aws, world, plan } = iam;
  try {
    return await callAws(
      world,
      aws,
      { name: "GetUser", endpoint: plan.iam },
      () => aws.getUser(iam.target(), undefined, world.signal),
    ).then((user) => named(user.arn, iam));
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "refused") throw iam.translated(error, "GetUser");
  }
  const endpoint = plan.sts;
  try {
    const { arn } = await callAws(
      world,
      aws,
      { name: "GetCallerIdentity", endpoint },
      () => aws.getCallerIdentity({ endpoint, keys: iam.target().keys }, world.signal),
    );
    return named(arn, iam);
  } catch (error) {
    throw iam.translated(error, "GetCallerIdentity");
  }
}

function named(arn: string, { plan }: Iam): { readonly name: string; readonly arn: string } {
  const name = /:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  if (name !== undefined) return { name, arn };
  throw new Failure(
    "config",
    `the keys of profile ${quoted(plan.keysFrom.profile)} are of ${quoted(arn)}, no IAM user`,
    {
      hint: "name a profile with the keys of an IAM user, or enrol one with: aws-use mfa enroll PROFILE --user NAME",
    },
  );
}
