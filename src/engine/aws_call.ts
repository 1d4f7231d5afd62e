/** A call to AWS as a person lives through it: told when it takes long, repeated where that costs nobody anything. */
import type { Endpoint, Plan } from "../core/plan.ts";
import { type Aws, AwsError, callTimeoutMs } from "../world/aws.ts";
import type { World } from "../world/world.ts";
import { answerOf, clockText, clockToleranceSeconds, isClockRefusal, isKeyRefusal } from "./refusals.ts";
import { waitingFor } from "./waiting.ts";

export interface Call {
  /** The call, as AWS names it. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** A call with a token code goes out once, unless AWS has not looked at the code: it is spent by that. */
  readonly carriesCode?: boolean;
}

/** Pauses before a call goes out once more, in milliseconds. */
const backOffMs = [500, 2000] as const;

/** How long the unsigned first request may take before a signed one goes beside it. */
const warmUpPatienceMs = 1500;

/** How long `clockOfAws` takes at most. */
export const clockLimitMs = warmUpPatienceMs + callTimeoutMs;

/**
 * What `send` returns. On AWS's trouble and on a broken connection it is called again after a pause, and once at once
 * after AWS has refused the time of the signature: its answer has told the clock. Throws AwsError.
 */
export async function callAws<T>(
  world: World,
  aws: Aws,
  { name, endpoint, carriesCode = false }: Call,
  send: () => Promise<T>,
): Promise<T> {
  const { host } = new URL(endpoint.url);
  const text = `waiting for ${host} (${name}), for at most ${callTimeoutMs / 1000} s …`;
  return await waitingFor(world, text, async (tell) => {
    let clockCorrected = false;
    for (let attempt = 0;;) {
      try {
        return await send();
      } catch (error) {
        // A code goes out once. The clock is known before it does (see clockOfAws), so its signature is right.
        if (!(error instanceof AwsError) || carriesCode) throw error;
        if (isClockRefusal(error) && !clockCorrected && aws.clockOffset()) {
          clockCorrected = true;
          continue;
        }
        if (!mayPass(error) || attempt === backOffMs.length) throw error;
        const what = error.status === null ? error.message : `AWS answered ${answerOf(error)}`;
        tell(`${name}: ${what}; trying again (${attempt + 1} of ${backOffMs.length}) …`);
        await world.clock.sleep(backOffMs[attempt++]);
      }
    }
  }).finally(() => tellClock(world, aws));
}

/** Worlds whose person knows of the clock. */
const toldIn = new WeakSet<World>();

/** Leaves the clock to the caller, who refuses to go on where it is off, and tells it by that. */
export function keepClockUntold(world: World): void {
  toldIn.add(world);
}

/** Tells it after all, where it is off. */
export function tellClockNow(world: World, aws: Aws): void {
  toldIn.delete(world);
  tellClock(world, aws);
}

function tellClock(world: World, aws: Aws): void {
  const offset = aws.clockOffset();
  if (toldIn.has(world) || offset === null || Math.abs(offset) <= clockToleranceSeconds) return;
  toldIn.add(world);
  world.output.err(`aws-use: warning: ${clockText(offset)}`);
}

/** Whether the next attempt may meet a better AWS. A server that was silent for the whole time is not asked again. */
function mayPass({ kind, code }: AwsError): boolean {
  return kind === "trouble" || (kind === "unanswered" && code === "broken");
}

/**
 * Seconds that the clock of AWS is ahead of this machine's, null where its answers do not tell; never before AWS has
 * answered something, so that no code is spent on a network that is down. Throws AwsError where AWS does not answer, or
 * has said that it does not take the keys.
 */
export async function clockOfAws(
  world: World,
  aws: Aws,
  { sts, keys }: Pick<Plan, "sts" | "keys">,
): Promise<number | null> {
  const patience = new AbortController();
  const impatient = world.clock.sleep(warmUpPatienceMs, AbortSignal.any([world.signal, patience.signal]));
  await Promise.race([aws.warmUp(sts, world.signal), impatient]).finally(() => {
    patience.abort();
    impatient.catch(() => {});
  });
  if (aws.clockOffset() !== null) return aws.clockOffset();
  // A proxy may let nothing pass but signed calls.
  await callOfKeys(world, aws, { sts, keys });
  return aws.clockOffset();
}

/**
 * Resolves once AWS has answered to the keys, by a call that carries no code and needs no permission. Throws AwsError
 * where AWS does not take them, or does not answer.
 */
export async function callOfKeys(world: World, aws: Aws, { sts, keys }: Pick<Plan, "sts" | "keys">): Promise<void> {
  try {
    await aws.getCallerIdentity({ endpoint: sts, keys }, world.signal);
  } catch (error) {
    const answered = error instanceof AwsError && error.status !== null;
    if (!answered || isKeyRefusal(error)) throw error;
  }
}
