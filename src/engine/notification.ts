/** A notification on the desktop, for a person who does not look at the terminal: an SDK or an editor runs us. */
import { secretVariables } from "../core/secret_variables.ts";
import { shown } from "../core/text.ts";
import type { World } from "../world/world.ts";

/** Milliseconds that it stays on the screen: as long as a YubiKey waits for its touch. */
const staysMs = 15_000;

/**
 * Shows `text` on the desktop where our own lines are not in sight. It is an extra: whether it comes, nobody waits for.
 * `AWS_USE_NOTIFY`, set and empty or `off`, switches it off.
 */
export function notify(world: World, text: string): void {
  const setting = world.environment.all().AWS_USE_NOTIFY;
  if (world.terminal.inSight || setting === "" || setting?.toLowerCase() === "off") return;
  show(world, shown(text, 300)).catch(() => {});
}

async function show(world: World, text: string): Promise<void> {
  const processes = await world.processes();
  for (const { command, args } of programs(text)) {
    try {
      const child = processes.spawn({ command, args, unset: [...secretVariables, "AWS_USE_FD"], silent: true });
      if ((await child.status).code === 0) return;
    } catch {
      // Not installed: the next one.
    }
  }
}

/** For Linux and for macOS. The text is an argument, never part of a program; it holds no secret. */
function programs(text: string): readonly { readonly command: string; readonly args: readonly string[] }[] {
  // The body is markup. Source: <https://specifications.freedesktop.org/notification-spec/latest/markup.html>
  const markup = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const script = ["on run argv", "display notification (item 1 of argv) with title (item 2 of argv)", "end run"];
  return [
    { command: "notify-send", args: ["--app-name=aws-use", `--expire-time=${staysMs}`, "--", "aws-use", markup] },
    { command: "osascript", args: [...script.flatMap((line) => ["-e", line]), text, "aws-use"] },
  ];
}
