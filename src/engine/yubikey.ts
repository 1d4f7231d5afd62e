/** The YubiKey as a source of codes: one ykman at a time, the touch asked for where the person sees it. */
import { lastPart } from "../core/arn.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { Processes, World } from "../world/world.ts";
import { type AccountsOfKey, accountsOnKeys, codeFromYubiKey, type YubiKeyCode } from "../world/ykman.ts";
import { waitingFor } from "./waiting.ts";

export interface KeyRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** ARN of the MFA device, which is the name of the account on the key. */
  readonly serial: string;
  /** Serial number of the YubiKey that the profile names. */
  readonly deviceSerial?: string;
  /** Why a touch is asked for, as the person reads it: `profile "admin"`. */
  readonly purpose: string;
  /** The command that does the same again, and the one that takes a code from another source, for hints. */
  readonly again: string;
  readonly byHand?: string;
}

/** A touch that does not come within this time is asked for once more. */
const reminderMs = 5000;

/** What takes no longer than this needs no words. */
const silentMs = 1000;

/** A code of the account. Throws what `codeFromYubiKey` throws, or the reason of `signal`. */
export async function codeFromKey(request: KeyRequest, signal: AbortSignal): Promise<YubiKeyCode> {
  const { world, serial, purpose } = request;
  const progress = world.terminal.progress();
  const over = new AbortController();
  let told = false;
  const show = (text: string) => {
    told = true;
    progress.show(text);
  };
  const later = (ms: number, action: () => void) => void world.clock.sleep(ms, over.signal).then(action, () => {});
  later(silentMs, () => told || show("waiting for ykman to find the YubiKey, for at most 30 s …"));
  const ask = (device: string | undefined) => {
    const key = device ? `YubiKey ${device}` : "your YubiKey";
    show(`touch ${key} for ${purpose} (${lastPart(serial)}), within 15 s …`);
    later(reminderMs, () => show(`still waiting: touch ${key} for ${purpose} (${lastPart(serial)}); it blinks …`));
  };
  try {
    return await withYkman(request, async (running) => {
      const once = (password?: string) =>
        codeFromYubiKey(running.ykman, {
          mfaSerial: serial,
          deviceSerial: request.deviceSerial,
          password,
          signal,
          onTouchWanted: ask,
          again: request.again,
          byHand: request.byHand,
          onBusy: (ms) => show(`another program has the YubiKey; waiting for at most ${ms / 1000} s …`),
        });
      try {
        return await once();
      } catch (error) {
        if (reasonOf(error) !== "passwordMissing" || !world.terminal.interactive) throw error;
        progress.end();
        const password = await world.terminal.ask("OATH password of the YubiKey:", { secret: true });
        if (!password) throw error;
        return await once(password);
      }
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    over.abort();
    progress.end();
  }
}

/** The accounts of every key that is plugged in, without a touch. */
export async function plugged(request: Pick<KeyRequest, "world" | "cache">): Promise<readonly AccountsOfKey[]> {
  const { world } = request;
  return await waitingFor(world, "waiting for ykman to look at the keys, for at most 30 s …", () =>
    withYkman(
      request,
      ({ ykman }) => accountsOnKeys(ykman, { signal: world.signal }),
    ));
}

/** Whether a typed code is the way out: there is no key, no ykman, or not this account on it. */
export function mayTypeInstead(failure: Failure): boolean {
  const reasons = ["noDevice", "notInstalled", "pcscdOff", "noAccount", "wrongSerial", "severalDevices"];
  return reasons.includes(reasonOf(failure) ?? "");
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof Failure ? (error.cause as { readonly name?: string } | undefined)?.name : undefined;
}

export interface Running {
  readonly ykman: Parameters<typeof codeFromYubiKey>[0];
}

/**
 * Runs `action` while no other aws-use has a ykman: two at once break each other. The lock's file names ours, so that
 * who comes after a killed aws-use can end the ykman that it left waiting for a touch.
 */
export async function withYkman<T>(
  { world, cache }: Pick<KeyRequest, "world" | "cache">,
  action: (running: Running) => Promise<T>,
): Promise<T> {
  const { clock, environment } = world;
  const processes = await world.processes();
  return await cache.exclusively("ykman", "asks the YubiKey", async (lock, note) => {
    await endLeftover(world, processes, note);
    // Noted by the program itself before it begins: we may be killed at any moment after it was started.
    const spawn: Processes["spawn"] = (options) => processes.spawn({ ...options, noteIn: lock.path ?? undefined });
    try {
      return await action({ ykman: { processes: { ...processes, spawn }, clock, environment } });
    } finally {
      await lock.clear().catch(() => {});
    }
  });
}

/** Ends the ykman of an aws-use that was killed. The key itself goes on waiting for that touch for up to 15 s. */
async function endLeftover(world: World, processes: Processes, note: string): Promise<void> {
  const [, pid, startTime] = /^(\d+) (.+)$/.exec(note) ?? [];
  if (!pid || await processes.startTime(Number(pid)) !== startTime) return;
  processes.kill(Number(pid), "SIGTERM");
  world.terminal.say(
    `aws-use: ended a ykman (process ${pid}) that a killed aws-use left; the YubiKey may be busy for up to 15 s`,
  );
}
