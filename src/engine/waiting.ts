/** Waiting that is never silent: after a second the person reads what for, and for how long at most. */
import { shown } from "../core/text.ts";
import type { World } from "../world/world.ts";

/** What takes no longer than this needs no words. */
const silentMs = 1000;

/** Tells what is waited for from now on, in place of what was told before. */
export type Tell = (text: string) => void;

/** Tells of a key that another program has. */
export function busyTo(tell: Tell): (limitMs: number, holder: string | undefined) => void {
  return (limitMs, holder = "another program") =>
    tell(`${shown(holder)} has the YubiKey; waiting for at most ${limitMs / 1000} s …`);
}

/** What `question` returns: while it stands nothing is told, and after it the wait begins anew. */
export type WhileAsking = <T>(question: () => Promise<T>) => Promise<T>;

/** What `work` returns; while it takes longer than a second, `text` is shown. Throws what `work` throws. */
export async function waitingFor<T>(
  world: World,
  text: string,
  work: (tell: Tell, whileAsking: WhileAsking) => Promise<T>,
): Promise<T> {
  const progress = world.terminal.progress();
  let over = new AbortController();
  let told = false;
  const tell: Tell = (newer) => {
    told = true;
    progress.show(newer);
  };
  const begin = () => {
    told = false;
    over = new AbortController();
    world.clock.sleep(silentMs, over.signal).then(() => told || tell(text), () => {});
  };
  const end = () => {
    over.abort();
    progress.end();
  };
  const whileAsking: WhileAsking = async (question) => {
    end();
    try {
      return await question();
    } finally {
      begin();
    }
  };
  begin();
  try {
    return await work(tell, whileAsking);
  } finally {
    end();
  }
}
