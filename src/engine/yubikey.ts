/** The YubiKey as a source of codes: one ykman at a time, the touch asked for where the person sees it. */
import { lastPart } from "../core/arn.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { Lock, Processes, World } from "../world/world.ts";
import { type AccountsOfKey, accountsOnKeys, codeFromYubiKey, type YubiKeyCode } from "../world/ykman.ts";

export interface KeyRequest {
  readonly world: World;
  readonly cache: SessionCache;
  /** ARN of the MFA device, which is the name of the account on the key. */
  readonly serial: string;
  /** Serial number of the YubiKey that the profile names. */
  readonly deviceSerial?: string;
  /** Why a touch is asked for, as the person reads it: `profile "admin"`. */
  readonly purpose: string;
}

/** A touch that does not come within this time is asked for once more. */
const reminderMs = 5000;

/** A code of the account. Throws what `codeFromYubiKey` throws, or the reason of `signal`. */
export async function codeFromKey(request: KeyRequest, signal: AbortSignal): Promise<YubiKeyCode> {
  const { world, serial, purpose } = request;
  const progress = world.terminal.progress();
  const over = new AbortController();
  const ask = (device: string | undefined) => {
    const key = device ? `YubiKey ${device}` : "your YubiKey";
    progress.show(`touch ${key} for ${purpose} (${lastPart(serial)}), within 15 s …`);
    world.clock.sleep(reminderMs, over.signal).then(
      () => progress.show(`still waiting: touch ${key} for ${purpose} (${lastPart(serial)}); it blinks …`),
      () => {},
    );
  };
  try {
    return await withYkman(request, async (running) => {
      const once = (password?: string) =>
        codeFromYubiKey(running.ykman, {
          mfaSerial: serial,
          deviceSerial: request.deviceSerial,
          password,
          signal,
          onStarted: running.onStarted,
          onTouchWanted: ask,
          onBusy: (ms) => progress.show(`another program has the YubiKey; waiting for at most ${ms / 1000} s …`),
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
  return await withYkman(
    request,
    ({ ykman, onStarted }) => accountsOnKeys(ykman, { signal: request.world.signal, onStarted }),
  );
}

/** Whether a typed code is the way out: there is no key, no ykman, or not this account on it. */
export function mayTypeInstead(failure: Failure): boolean {
  const reasons = ["noDevice", "notInstalled", "pcscdOff", "noAccount", "wrongSerial", "severalDevices"];
  return reasons.includes(reasonOf(failure) ?? "");
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof Failure ? (error.cause as { readonly name?: string } | undefined)?.name : undefined;
}

interface Running {
  readonly ykman: Parameters<typeof codeFromYubiKey>[0];
  readonly onStarted: (pid: number) => void;
}

/**
 * Runs `action` while no other aws-use has a ykman: two at once break each other. The lock's file names ours, so that
 * who comes after a killed aws-use can end the ykman that it left waiting for a touch.
 */
async function withYkman<T>(
  { world, cache }: Pick<KeyRequest, "world" | "cache">,
  action: (running: Running) => Promise<T>,
): Promise<T> {
  const processes = await world.processes();
  return await cache.exclusively("ykman", "asks the YubiKey", async (lock, note) => {
    await endLeftover(world, processes, note);
    const noting: Promise<void>[] = [];
    const onStarted = (pid: number) => {
      noting.push(noteYkman(lock, processes, pid).catch(() => {}));
    };
    try {
      return await action({ ykman: { processes, clock: world.clock, environment: world.environment }, onStarted });
    } finally {
      await Promise.all(noting);
      await lock.note("").catch(() => {});
    }
  });
}

async function noteYkman(lock: Lock, processes: Processes, pid: number): Promise<void> {
  await lock.note(`ykman ${pid} ${await processes.startTime(pid)}`);
}

/** Ends the ykman of an aws-use that was killed. The key itself goes on waiting for that touch for up to 15 s. */
async function endLeftover(world: World, processes: Processes, note: string): Promise<void> {
  const [, pid, startTime] = /^ykman (\d+) (.+)$/.exec(note) ?? [];
  if (!pid || await processes.startTime(Number(pid)) !== startTime) return;
  processes.kill(Number(pid), "SIGTERM");
  world.terminal.say(
    `aws-use: ended a ykman (${quoted(pid)}) that a killed aws-use left; the YubiKey may be busy for up to 15 s`,
  );
}
