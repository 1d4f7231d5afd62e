/** Two consecutive codes of a YubiKey, each early in its window, with the wait between them shown. */
import { waitForFirstMs, waitForSecondMs } from "../core/code_pair.ts";
import { windowOfSeedCode } from "../core/totp.ts";
import { spend, type Spent } from "../core/totp_window.ts";
import { Failure } from "../errors.ts";
import { reasonOf } from "../core/ykman_failure.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { digestOf, exclusivelyFor } from "./token_code.ts";
import { codeFromKey } from "./yubikey.ts";

export interface PairRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** ARN of the MFA device. */
  readonly serial: string;
  readonly deviceSerial?: string;
  readonly again: string;
  /** The device's seed while it is known: then the windows are known for sure, and that the key computes its codes. */
  readonly seed?: string;
}

export interface CodePair {
  readonly codes: readonly [string, string];
  /** The window of the second code. */
  readonly window: number;
}

/** How often a pair that did not come off is begun anew: a touch that was missed, or came too late. */
const attempts = 3;

/**
 * What `send` returns for a pair of codes of the device, which is ours alone meanwhile. Both codes count as spent before
 * they are sent. Throws as {@link takePair}, and what `send` throws.
 */
export async function withPair<T>(request: PairRequest, send: (pair: CodePair) => Promise<T>): Promise<T> {
  return await exclusivelyFor(request, async (memory, remember) => {
    const before = await memory();
    const pair = await takePair(request, before?.window);
    const digests = await Promise.all(pair.codes.map((code) => digestOf(request.serial, code)));
    await remember(digests.reduce<Spent | null>((spent, digest) => spend(spent, pair.window, digest), before));
    return await send(pair);
  });
}

/**
 * A pair of codes of windows after `spent`. Takes two touches, and up to a minute.
 *
 * Throws what `codeFromKey` throws; Failure "denied" where touches are missed again and again, "unavailable" where the key
 * computes other codes than the seed.
 */
async function takePair(request: PairRequest, spent: number | undefined): Promise<CodePair> {
  const { world } = request;
  let last = spent;
  for (let attempt = 1;; attempt++) {
    try {
      await countdown(world, () => waitForFirstMs(world.clock.nowMs(), last), (s) => `the next codes come in ${s} s …`);
      const first = await codeOf(request, "the first of two codes");
      last = first.window;
      await countdown(
        world,
        () => waitForSecondMs(world.clock.nowMs(), first.window),
        (s) => `the second code comes in ${s} s; the YubiKey will blink again …`,
      );
      const second = await codeOf(request, "the second of two codes");
      last = second.window;
      if (second.window === first.window + 1) return { codes: [first.code, second.code], window: second.window };
      if (attempt === attempts) throw tooLate(request);
      world.terminal.say("aws-use: the second code came too late to follow the first; once more");
    } catch (error) {
      if (reasonOf(error) !== "touchTimeout" || attempt === attempts) throw error;
      world.terminal.say("aws-use: the YubiKey was not touched in time; once more from the first code");
    }
  }
}

/** A code of the key and its window. Throws as {@link takePair}. */
export async function codeOf(
  { world, cache, serial, deviceSerial, again, seed }: PairRequest,
  purpose: string,
): Promise<{ readonly code: string; readonly window: number }> {
  const { code, window } = await codeFromKey({ world, cache, serial, deviceSerial, purpose, again }, world.signal);
  if (seed === undefined) return { code, window };
  const exact = await windowOfSeedCode(seed, code, window);
  if (exact !== undefined) return { code, window: exact };
  throw new Failure(
    "unavailable",
    `${deviceSerial ? `YubiKey ${deviceSerial}` : "the YubiKey"} computes another code`,
    {
      hint: `take this key out of use, or try it once more: ${again}`,
    },
  );
}

async function countdown(world: World, left: () => number, text: (seconds: number) => string): Promise<void> {
  const progress = world.terminal.progress();
  try {
    for (let ms = left(); ms > 0; ms = left()) {
      progress.show(text(Math.ceil(ms / 1000)));
      await world.clock.sleep(Math.min(ms, ms % 1000 || 1000));
    }
  } finally {
    progress.end();
  }
}

function tooLate({ again }: PairRequest): Failure {
  return new Failure("denied", "the two codes did not follow each other: the touches came too late", {
    hint: `touch the key as soon as it blinks: ${again}`,
  });
}
