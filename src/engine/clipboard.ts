/** A text for the clipboard: by the program that this desktop has, else by the terminal itself (OSC 52). */
import { secretVariables } from "../core/secret_variables.ts";
import { Failure } from "../errors.ts";
import type { Child, World } from "../world/world.ts";
import { waitingFor } from "./waiting.ts";

interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** How long a program may take: one whose desktop does not answer would wait for ever. */
const limitMs = 5000;

/**
 * Puts `text` on the clipboard and returns by which program; null where it was handed to the terminal, of which nobody
 * knows whether it takes it. Throws Failure("unavailable") where there is no way, whose hint is the
 * command `instead`, which prints it, or the reason of the world's signal.
 */
export async function copy(text: string, instead: string, world: World): Promise<string | null> {
  const processes = await world.processes();
  for (const { command, args } of programs(world)) {
    try {
      // Handed over on stdin: arguments can be read by everybody.
      const child = processes.spawn({ command, args, unset: secretVariables, stdin: { text }, silent: true });
      if (await succeeds(world, command, child)) return command;
    } catch {
      // Not installed: the next one.
      world.signal.throwIfAborted();
    }
  }
  if (world.terminal.interactive) {
    world.terminal.draw(`\x1b]52;c;${btoa(text)}\x07`);
    return null;
  }
  throw new Failure(
    "unavailable",
    "there is no clipboard: no pbcopy, wl-copy, xclip, xsel or clip.exe, and no terminal",
    { hint: `print the code: ${instead}` },
  );
}

/** Whether the program ends well within its time; then it may go on in the background, as those of X11 do. */
async function succeeds(world: World, command: string, child: Child): Promise<boolean> {
  const over = new AbortController();
  const tooLong = world.clock.sleep(limitMs, AbortSignal.any([world.signal, over.signal])).then(() => null);
  try {
    const text = `waiting for ${command}, for at most ${limitMs / 1000} s …`;
    const ended = await waitingFor(world, text, () => Promise.race([child.status, tooLong]));
    return ended?.code === 0;
  } finally {
    over.abort();
    child.kill("SIGTERM");
  }
}

function programs({ environment }: World): readonly Program[] {
  return [
    { command: "pbcopy", args: [] },
    ...(environment.get("WAYLAND_DISPLAY") ? [{ command: "wl-copy", args: [] }] : []),
    ...(environment.get("DISPLAY")
      ? [
        { command: "xclip", args: ["-selection", "clipboard"] },
        { command: "xsel", args: ["--clipboard", "--input"] },
      ]
      : []),
    ...(environment.get("WSL_DISTRO_NAME") ? [{ command: "clip.exe", args: [] }] : []),
  ];
}
