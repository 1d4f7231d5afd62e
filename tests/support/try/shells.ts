/** The shells that there is a plugin for. */
import { textOf } from "./scene.ts";

export const shellNames = ["zsh", "bash", "fish"] as const;
export type ShellName = typeof shellNames[number];

export function isShellName(name: string): name is ShellName {
  return (shellNames as readonly string[]).includes(name);
}

/** `zsh 5.9`, or undefined where the shell is not installed. */
export async function versionOf(shell: ShellName): Promise<string | undefined> {
  const text = await textOf(shell, ["--version"]);
  return text === undefined ? undefined : `${shell} ${/\d+(\.\d+)+/.exec(text)?.[0] ?? ""}`.trim();
}
