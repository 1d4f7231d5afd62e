/** One ykman at a time: two at once break each other. */
import type { SessionCache } from "../world/session_cache.ts";
import type { Processes, World } from "../world/world.ts";
import type { YkmanWorld } from "../world/ykman.ts";

/**
 * Runs `action` while no other aws-use has a ykman. The lock's file names ours, so that who comes after a killed aws-use
 * can end the ykman that it left waiting for a touch.
 */
export async function withYkman<T>(
  { world, cache }: { readonly world: World; readonly cache: SessionCache },
  action: (ykman: YkmanWorld) => Promise<T>,
): Promise<T> {
  const { clock, environment } = world;
  const processes = await world.processes();
  return await cache.exclusively("ykman", "asks the YubiKey", async (lock, note) => {
    await endLeftover(world, processes, note);
    // Noted by the program itself before it begins: we may be killed at any moment after it was started.
    const spawn: Processes["spawn"] = (options) => processes.spawn({ ...options, noteIn: lock.path ?? undefined });
    try {
      return await action({ processes: { ...processes, spawn }, clock, environment });
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
