/** A text for the clipboard: by the program that this desktop has, else by the terminal itself (OSC 52). */
import { secretVariables } from "../core/secret_variables.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Puts `text` on the clipboard and returns by what. Throws Failure("unavailable") where there is no way. */
export async function copy(text: string, world: World): Promise<string> {
  const processes = await world.processes();
  for (const { command, args } of programs(world)) {
    try {
      // Handed over on stdin: arguments can be read by everybody.
      const child = processes.spawn({ command, args, unset: secretVariables, stdin: { text }, silent: true });
      if ((await child.status).code === 0) return command;
    } catch {
      // Not installed: the next one.
    }
  }
  if (world.terminal.interactive) {
    world.terminal.draw(`\x1b]52;c;${btoa(text)}\x07`);
    return "the terminal's, by OSC 52";
  }
  throw new Failure(
    "unavailable",
    "there is no clipboard: no pbcopy, wl-copy, xclip, xsel or clip.exe, and no terminal",
    {
      hint: "print the code: aws-token",
    },
  );
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
