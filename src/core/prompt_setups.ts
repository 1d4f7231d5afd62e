/** For each shell and prompt the lines to paste. They reference variables and never paste a value into a prompt. */

export interface PromptSetup {
  /** The file that the lines belong into. */
  readonly where: string;
  readonly lines: string;
}

// zsh expands a parameter's value again in a prompt: a percent sign must be doubled, and nothing else is special then.
const zshText = "${AWS_USE_PROMPT//\\%/%%}";
const zshColor = "${${${${AWS_USE_STATE/live/green}/expiring/yellow}/expired/red}/danger/magenta}";

export const promptSetups: Readonly<Record<string, PromptSetup>> = {
  zsh: {
    where: "~/.zshrc",
    lines: `# ~/.zshrc: role and time left at the right, colored by state
setopt prompt_subst
RPROMPT='\${AWS_USE_PROMPT:+%F{${zshColor}\\}${zshText}%f}'
`,
  },
};
