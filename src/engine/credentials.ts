/** A plan, carried out: each step out of the cache or by a call to AWS, one process at a time. */
import { parseArn } from "../core/arn.ts";
import type { Plan, Step } from "../core/plan.ts";
import { cacheKey, identityOf, secondsLeft, type Session } from "../core/session.ts";
import { quoted } from "../core/text.ts";
import { type Aws, AwsError, type Issued } from "../world/aws.ts";
import type { SessionCache, SessionKind } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { callAws, clockOfAws } from "./aws_call.ts";
import { failureOf } from "./refusals.ts";
import { type CodeSources, withTokenCode } from "./token_code.ts";

export interface Wishes {
  /** Seconds that the answer must still live; less than that is renewed. */
  readonly marginSeconds: number;
  /** The answer must end after this instant, in seconds since 1970: what is cached up to then is what is to be renewed. */
  readonly endsAfter?: number;
  /** Neither read nor write cached credentials. */
  readonly noCache: boolean;
  /** A code given on the command line. */
  readonly tokenCode?: string;
  /** The command that does the same again, for hints. */
  readonly again: string;
  readonly plain: string;
  /** Fails with 75 instead of asking a person for a touch or a code. */
  readonly noTouch: boolean;
}

/** A session that serves as a step towards another lives at least this long, so that it is valid when it arrives. */
const stepMarginSeconds = 60;

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

  const clockOffset = () => clock ??= awaitedLater(connect().then((client) => clockOfAws(world, client, plan)));

  async function after(index: number, renew = false): Promise<Session> {
    if (index < 0) return own;
    const kind: SessionKind = plan.steps[index].call === "AssumeRole" ? "roles" : "sessions";
    const last = index === plan.steps.length - 1;
    const cached = async () => {
      if (renew || wishes.noCache) return null;
      const session = await cache.readSession(kind, keys[index]);
      const margin = last ? wishes.marginSeconds : stepMarginSeconds;
      const later = !last || wishes.endsAfter === undefined || (session?.expiresAt ?? 0) > wishes.endsAfter;
      return session && later && secondsLeft(session, world.clock.nowMs()) > margin ? session : null;
    };
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
      return await withTokenCode(codeSources(step.mfaSerial), async (tokenCode) => {
        const issued = await call(step, own, { mfaSerial: step.mfaSerial!, tokenCode });
        return { ...sessionOf(issued, step, (await client).clockOffset()), mfaSerial: step.mfaSerial! };
      }, (error) => failureOf(error, { plan, step, call: step.call, ...wishes, clockOffset: null }));
    }
    if (step.call === "GetSessionToken") {
      return sessionOf(await call(step, own, {}), step, (await client).clockOffset());
    }
    return await assume(step, index);
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
      const stale = base.issuedAt !== undefined && base.issuedAt * 1000 < asked - 1000;
      if (!(error instanceof AwsError) || error.kind !== "refused" || !stale) throw await translated(error, step);
      const revoked = /ExpiredToken|InvalidClientTokenId|UnrecognizedClient/.test(error.code);
      const tooOld = error.code.startsWith("AccessDenied") && base.mfaSerial !== undefined;
      if (!revoked && !tooOld) throw await translated(error, step);
      world.terminal.say(
        revoked
          ? "aws-use: the cached session is no longer valid; asking for a new one"
          : `aws-use: AWS refuses the role; it may want a fresh MFA code (${quoted(step.roleArn)})`,
      );
      const fresh = await after(index - 1, true);
      return await answer(fresh).catch(async (again) => {
        throw await translated(again, step);
      });
    }
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
      profile: plan.profile,
      keysProfile: plan.keysFrom.profile,
      mfaProcess: plan.mfaProcess,
      deviceSerial: plan.yubikey,
      clockOffset,
      wishes,
    };
  }

  return await after(plan.steps.length - 1).catch(async (error) => {
    throw await translated(error, plan.steps[plan.steps.length - 1]);
  });
}

/** `promise`, which may fail before anybody asks for what it gives. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The clients, with the certificates that the person named. Throws Failure("io") for a file that cannot be read. */
export async function loadAws(world: World, plan: Plan): Promise<Aws> {
  const { caCertificates } = await import("./ca_bundle.ts");
  const aws = await world.aws(await caCertificates(world, plan));
  void aws.warmUp(plan.sts, world.signal);
  return aws;
}

/** What the answer of each step is cached under: all that changes it, and the identity behind it. */
export async function keysOf(plan: Plan): Promise<readonly string[]> {
  let before: unknown;
  const requests = plan.steps.map(({ reason: _reason, profile: _profile, ...request }) => {
    const direct = before === undefined || request.call === "GetSessionToken" || request.mfaSerial !== null;
    return before = { ...request, by: direct ? plan.keys.accessKeyId : before, endpoint: plan.sts.url };
  });
  return await Promise.all(requests.map(cacheKey));
}

function accountOf(step: Step): string | undefined {
  const account = step.mfaSerial === null ? undefined : parseArn(step.mfaSerial)?.account;
  return account || undefined;
}
