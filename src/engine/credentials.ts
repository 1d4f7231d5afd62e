/** A plan, carried out: each step out of the cache or by a call to AWS, one process at a time. */
import { parseArn } from "../core/arn.ts";
import type { Plan, Step } from "../core/plan.ts";
import { identityOf, type Session } from "../core/session.ts";
import { isKnownRegion } from "../core/partition.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { type Aws, AwsError, type Issued } from "../world/aws.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { callAws, callOfKeys, clockOfAws } from "./aws_call.ts";
import { caCertificates } from "./ca_bundle.ts";
import { folderOf, fromCache, keysOf, type Wishes } from "./from_cache.ts";
import { type Planner, recall, remember } from "./planning.ts";
import { failureOf } from "./refusals.ts";
import { isRefusedAnyway, rememberRefused } from "./refused_roles.ts";
import { type CodeSources, isUnknownDevice, withTokenCode } from "./token_code.ts";

/**
 * The credentials of `plan`, out of the cache where they live long enough, else from AWS.
 *
 * Two processes never ask at once: who waits for a lock finds the answer in the cache. Throws what `failureOf` and
 * `withTokenCode` throw.
 */
export async function obtain(world: World, cache: SessionCache, plan: Plan, wishes: Wishes): Promise<Session> {
  const keys = await keysOf(plan);
  const own: Session = { ...plan.keys };
  let aws: Promise<Aws> | undefined;
  let clock: Promise<number | null> | undefined;

  /** Loads the clients and opens the connection, while the person reaches for the key. */
  const connect = () => aws ??= awaitedLater(loadAws(world, plan));

  const checkKeys = async () => {
    const client = await connect();
    // Known by then, so that the signature is right.
    await clockOffset();
    await callOfKeys(world, client, plan);
  };

  const clockOffset = () => clock ??= awaitedLater(firstAnswer());

  async function firstAnswer(): Promise<number | null> {
    const client = await connect();
    const offset = await clockOfAws(world, client, plan);
    // Behind an endpoint of the person's own a slip in the region shows in a signed call alone, and a touch comes after.
    if (!isKnownRegion(plan.sts.region)) await callOfKeys(world, client, plan);
    return offset;
  }

  async function after(index: number, renew = false): Promise<Session> {
    if (index < 0) return own;
    const kind = folderOf(plan, index);
    const cached = async () => renew ? null : await fromCache(cache, plan, keys, index, wishes, world.clock.nowMs());
    const before = renew && !wishes.noCache ? await cache.readSession(kind, keys[index]) : null;
    return await cached() ??
      await cache.exclusively(keys[index], `asks AWS for ${quoted(plan.steps[index].profile)}`, async () => {
        // Somebody else has asked while we waited: its answer serves us too, also when this is a renewal.
        const now = wishes.noCache ? null : await cache.readSession(kind, keys[index]);
        if (now && renew && now.accessKeyId !== before?.accessKeyId) return now;
        const found = await cached();
        if (found) return found;
        const session = await ask(index);
        if (!wishes.noCache) await cache.writeSession(kind, keys[index], session);
        return session;
      });
  }

  async function ask(index: number): Promise<Session> {
    const step = plan.steps[index];
    const client = connect();
    if (step.mfaSerial !== null) {
      // While the person reaches for the key, so that two round trips are all that comes after the code.
      awaitedLater(client.then((aws) => aws.rehearse(plan.sts)));
      const { mfaSerial } = step;
      return await withTokenCode(codeSources(mfaSerial), async (tokenCode) => {
        const issued = await call(step, own, { mfaSerial, tokenCode });
        return { ...sessionOf(issued, step, (await client).clockOffset()), mfaSerial };
      }, (error) => failureOf(error, { plan, step, call: step.call, ...wishes, clockOffset: null }))
        .catch(async (error) => {
          throw await withoutUnknownDevice(error, mfaSerial);
        });
    }
    if (step.call === "GetSessionToken") {
      return sessionOf(await call(step, own, {}), step, (await client).clockOffset());
    }
    return await assume(step, index);
  }

  /** `error`; where AWS does not know a device that it has named itself once, that is forgotten, and the next call asks anew. */
  async function withoutUnknownDevice(error: unknown, mfaSerial: string): Promise<unknown> {
    if (!(error instanceof Failure) || !isUnknownDevice(error.cause)) return error;
    if ((await recall(cache, plan, world.clock.nowMs()))?.mfaSerial !== mfaSerial) return error;
    await cache.remove("devices", plan.keys.accessKeyId);
    return new Failure(error.kind, error.message, {
      hint: `where mfa_serial names it, correct that; else AWS is asked anew by: ${wishes.again}`,
      cause: error.cause,
    });
  }

  /** AssumeRole with what the step before gave. A refusal may mean that its MFA code is too old: asked once, then told. */
  async function assume(step: Step & { call: "AssumeRole" }, index: number): Promise<Session> {
    const asked = world.clock.nowMs();
    const base = await after(index - 1);
    const answer = async (session: Session) =>
      sessionOf(await call(step, session, {}), step, (await connect()).clockOffset());
    try {
      return await answer(base);
    } catch (error) {
      // Issued before we asked or, where the clock was set back since, after now.
      const issuedMs = (base.issuedAt ?? NaN) * 1000;
      const stale = issuedMs < asked - 1000 || issuedMs > world.clock.nowMs() + 1000;
      if (!stale && isOfMfa(error, base)) await rememberRefused(cache, keys[index], world.clock.nowMs());
      if (!(error instanceof AwsError) || error.kind !== "refused" || !stale) throw await translated(error, step);
      const revoked = /ExpiredToken|InvalidClientTokenId|UnrecognizedClient/.test(error.code);
      if (!revoked && !(isOfMfa(error, base) && await mayHelp(index))) throw await translated(error, step);
      world.terminal.say(
        revoked
          ? "aws-use: the cached session is no longer valid; asking for a new one"
          : `aws-use: AWS refuses the role; one attempt with a fresh MFA code, in case it wants one (${
            quoted(step.roleArn)
          })`,
      );
      const fresh = await after(index - 1, true);
      return await answer(fresh).catch(async (again) => {
        if (isOfMfa(again, fresh)) await rememberRefused(cache, keys[index], world.clock.nowMs());
        throw await translated(again, step);
      });
    }
  }

  /** Whether a fresh MFA code may change AWS's mind. One that was given on the command line costs no touch. */
  async function mayHelp(index: number): Promise<boolean> {
    return wishes.tokenCode !== undefined || !await isRefusedAnyway(cache, keys[index], world.clock.nowMs());
  }

  /** One call to AWS. Throws AwsError. */
  async function call(step: Step, by: Session, code: { mfaSerial?: string; tokenCode?: string }): Promise<Issued> {
    const client = await connect();
    const target = { endpoint: plan.sts, keys: by };
    const carriesCode = code.tokenCode !== undefined;
    return await callAws(
      world,
      client,
      { name: step.call, endpoint: plan.sts, carriesCode },
      () =>
        step.call === "GetSessionToken"
          ? client.getSessionToken(target, { durationSeconds: step.durationSeconds, ...code }, world.signal)
          : client.assumeRole(target, { ...step, mfaSerial: undefined, ...code }, world.signal),
    );
  }

  async function translated(error: unknown, step: Step): Promise<unknown> {
    if (!(error instanceof AwsError)) return error;
    const clockOffset = (await connect()).clockOffset();
    return failureOf(error, { plan, step, call: step.call, ...wishes, clockOffset });
  }

  function sessionOf(issued: Issued, step: Step, offset: number | null): Session {
    return {
      accessKeyId: issued.accessKeyId,
      secretAccessKey: issued.secretAccessKey,
      sessionToken: issued.sessionToken,
      // In this machine's clock, because what reads it compares with that.
      expiresAt: issued.expiresAtAws - (offset ?? 0),
      issuedAt: Math.floor(world.clock.nowMs() / 1000),
      identity: issued.arn ? identityOf(issued.arn) : accountOf(step),
      profile: plan.profile,
    };
  }

  function codeSources(serial: string): CodeSources {
    return {
      world,
      cache,
      serial,
      several: plan.mfaSerials,
      profile: plan.profile,
      keysProfile: plan.keysFrom.profile,
      mfaProcess: plan.mfaProcess,
      deviceSerial: plan.yubikey,
      clockOffset,
      checkKeys,
      wishes,
    };
  }

  return await after(plan.steps.length - 1).catch(async (error) => {
    throw await translated(error, plan.steps[plan.steps.length - 1]);
  });
}

/**
 * As `obtain`, for an identity that may not call GetSessionToken too: its code goes with AssumeRole instead, and that is
 * remembered.
 */
export async function obtainEitherWay(
  world: World,
  cache: SessionCache,
  planner: Planner,
  plan: Plan,
  wishes: Wishes,
): Promise<{ readonly plan: Plan; readonly session: Session }> {
  try {
    return { plan, session: await obtain(world, cache, plan, wishes) };
  } catch (error) {
    const [first, role] = plan.steps;
    const cause = error instanceof Failure ? error.cause : undefined;
    const refused = cause instanceof AwsError && cause.code.startsWith("AccessDenied") &&
      /sts:GetSessionToken/.test(cause.message);
    if (!refused || first?.call !== "GetSessionToken" || role === undefined) throw error;
    world.terminal.say("aws-use: AWS refuses GetSessionToken to these keys; the code goes with AssumeRole instead");
    const known = { mfaSerial: first.mfaSerial, withoutSession: true };
    await remember(cache, plan, { ...known, askedAt: Math.floor(world.clock.nowMs() / 1000) });
    const direct = planner({ discoveredMfaSerial: first.mfaSerial, withoutSession: true });
    return { plan: direct, session: await obtain(world, cache, direct, wishes) };
  }
}

/** Whether AWS denied the role to a session of an MFA code, of which it may want a fresher one. */
function isOfMfa(error: unknown, base: Session): boolean {
  return error instanceof AwsError && error.kind === "refused" && error.code.startsWith("AccessDenied") &&
    base.mfaSerial !== undefined;
}

/** `promise`, which may fail before anybody asks for what it gives. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The clients, with the certificates that the person named. Throws Failure("io") for a file that cannot be read. */
export async function loadAws(world: World, plan: Plan): Promise<Aws> {
  const aws = await world.aws(await caCertificates(world, plan));
  void aws.warmUp(plan.sts, world.signal);
  return aws;
}

function accountOf(step: Step): string | undefined {
  const account = step.mfaSerial === null ? undefined : parseArn(step.mfaSerial)?.account;
  return account || undefined;
}
