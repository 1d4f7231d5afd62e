/** Hints and remedies, whose commands are written for zsh and bash, in the words of the shell that they are pasted into. */
import type { Variables } from "./profile.ts";

/** `hint`, with what fish has another word for replaced where `variables` tell that the person's shell is fish. */
export function hintIn(variables: Variables, hint: string): string {
  const shell = variables.AWS_USE_PLUGIN?.split("/")[0] || variables.SHELL?.split("/").at(-1);
  if (shell !== "fish") return hint;
  return hint.replace(/\bunset (?=[A-Z][A-Z0-9_]*\b)/g, "set -e ").replaceAll("${EDITOR:-vi}", "vi");
}
