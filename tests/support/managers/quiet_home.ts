/** A HOME in which no shell writes after its end or beside its work, so that it can be removed, and its processes counted. */

/** For the environment of the shell: no file of its history. */
export const withoutHistory = { HISTFILE: "", fish_history: "" } as const;

/** Keeps fish from making completions out of all manual pages, in the background, when it first starts. */
export async function quiet(home: string): Promise<void> {
  await Deno.mkdir(`${home}/.local/share/fish/generated_completions`, { recursive: true });
}
