/** Waiting for what another aws-use holds: never silent, and never without end. */
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { Files, World } from "./world.ts";

type Taken = Awaited<ReturnType<Files["lock"]>>;

/** How long another aws-use may hold a lock before we give up: a touch (15 s, ykman up to 25 s) or a code typed slowly. */
const limitSeconds = 120;

/** What the holder of a lock notes in its file while it waits for a person. */
export function waitingNote({ whereabouts }: Pick<World, "whereabouts">, what: string): string {
  return `${whereabouts} ${what}\n`;
}

/** Whether a lock's file holds such a note: a killed holder leaves it behind. */
export function isWaitingNote(noted: string): boolean {
  return /^process \d+ /.test(noted);
}

/**
 * What `take` gives, which takes the lock on `path`; after a second it is told what is waited for, and where somebody is
 * asked who does not answer. Throws Failure("tryAgain") when it takes too long.
 */
export async function takenInTime(
  world: World,
  path: string,
  what: string,
  take: () => Promise<Taken>,
): Promise<Taken> {
  const progress = world.terminal.progress();
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const noted = async () => {
    const text = await world.files.readText(path).catch(() => null);
    return text !== null && isWaitingNote(text) ? shown(text) : null;
  };
  const limit = async (): Promise<never> => {
    for (let second = 1; second < limitSeconds; second++) {
      await world.clock.sleep(1000, signal);
      // It may come to its question only now.
      const note = await noted();
      progress.show(
        `waiting for another aws-use, which ${what}${
          note === null ? "" : ` (${note})`
        }, for at most ${limitSeconds} s …`,
      );
    }
    await world.clock.sleep(1000, signal);
    const note = await noted();
    throw new Failure("tryAgain", `another aws-use, which ${what}, does not end${note === null ? "" : `: ${note}`}`, {
      hint: note === null
        ? "look for it with: pgrep -fl aws-use"
        : `answer it there, or end it with: kill ${/\d+/.exec(note)}`,
    });
  };
  const taking = take();
  try {
    return await Promise.race([taking, limit()]);
  } catch (error) {
    // The system still waits for it: who does not want it any more must not hold it when it comes.
    taking.then(({ lock }) => lock.release(), () => {});
    throw error;
  } finally {
    over.abort();
    progress.end();
  }
}
