/** A HOME in which no shell writes after its end or beside its work, so that it can be removed, and its processes counted. */

/** For the environment of the shell: no file of its history. */
export const withoutHistory = { HISTFILE: "", fish_history: "" } as const;

/**
 * Makes the first interactive fish of a fresh HOME as quiet as any later one. Else it starts a Python program that reads all
 * manual pages, keeps a core busy for a minute, and goes on when its fish has long ended.
 * Source: fish, share/functions/__fish_config_interactive.fish
 */
export async function quietFish(home: string): Promise<void> {
  await Deno.mkdir(`${home}/.local/share/fish/generated_completions`, { recursive: true });
}
