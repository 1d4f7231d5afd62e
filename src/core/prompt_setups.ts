/**
 * For each shell and prompt tool the lines to paste that show profile and time left, colored by state.
 *
 * They name AWS_USE_PROMPT and AWS_USE_STATE and never hold a value, because a prompt evaluates what it holds, and a profile's
 * name comes from a file that others write. They start no process, keep the prompt that is there, and may be pasted twice.
 */

export interface PromptSetup {
  /** The file that the lines belong into, for the list of setups. */
  readonly where: string;
  readonly lines: string;
}

// A zsh prompt reads percent signs in the value of a parameter, hence the doubling; nothing else in a value is special then.
const zshText = "${AWS_USE_PROMPT//\\%/%%}";
const zshColors = "typeset -gA AWS_USE_COLORS=(live green expiring yellow expired red danger magenta)";
const zshColor = "${AWS_USE_COLORS[$AWS_USE_STATE]}";

const zsh = `# ~/.zshrc, below what sets RPROMPT: profile and time left at the right
setopt prompt_subst
${zshColors}
[[ \${RPROMPT-} == *AWS_USE_PROMPT* ]] ||
  RPROMPT='\${AWS_USE_PROMPT:+%F{${zshColor}\\}${zshText}%f }'\${RPROMPT-}
`;

// Bash 3.2 has no table with names, but every state has a name of another length.
const bash = `# ~/.bashrc, below what sets PS1: profile and time left before it
# Colors by the length of the state's name: live 4, danger 6, expired 7, expiring 8.
AWS_USE_COLORS=000020513
[[ $PS1 == *AWS_USE_PROMPT* ]] ||
  PS1='\${AWS_USE_PROMPT:+\\[\\e[3\${AWS_USE_COLORS:\${#AWS_USE_STATE}:1}m\\]$AWS_USE_PROMPT\\[\\e[0m\\] }'$PS1
`;

// The functions are not called _aws_use_*, because the uninstallation of the plugin removes what begins so.
const fish =
  `# ~/.config/fish/config.fish: profile and time left at the right, before a right prompt that is there already
if not functions -q right_prompt_without_aws_use
    functions -q fish_right_prompt; or function fish_right_prompt; end
    functions -c fish_right_prompt right_prompt_without_aws_use
end
function fish_right_prompt
    if test -n "$AWS_USE_PROMPT"
        switch "$AWS_USE_STATE"
            case live
                set_color green
            case expiring
                set_color yellow
            case expired
                set_color red
            case danger
                set_color magenta
        end
        printf '%s' "$AWS_USE_PROMPT"
        set_color normal
        printf ' '
    end
    right_prompt_without_aws_use
end
`;

const powerlevel10k = `# ~/.zshrc, below the line that sources ~/.p10k.zsh: segment aws_use, in the instant prompt too
(( \${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS[(Ie)aws_use]} || \${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[(Ie)aws_use]} )) ||
  POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(aws_use "\${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[@]}")
POWERLEVEL9K_AWS_USE_LIVE_FOREGROUND=2
POWERLEVEL9K_AWS_USE_EXPIRING_FOREGROUND=3
POWERLEVEL9K_AWS_USE_EXPIRED_FOREGROUND=1
POWERLEVEL9K_AWS_USE_DANGER_FOREGROUND=5
`;

// Pure prints elements of psvar as they stand, and empties the 23rd before each call. Appended to the function's text, because
// a person may have one.
const pure = `# ~/.zshrc, below "prompt pure" (1.28 or newer): profile and time left at the end of the first line
${zshColors}
[[ \${functions[prompt_pure_precustom]-} == *AWS_USE_PROMPT* ]] || functions[prompt_pure_precustom]+='
  if [[ -n \${AWS_USE_PROMPT-} ]]; then
    psvar[23]+=\${psvar[23]:+ }$AWS_USE_PROMPT
    prompt_pure_colors[custom:suffix]=${zshColor}
  fi'
`;

// Spaceship hands a section through several `echo`, which obey backslashes, and takes a text that begins with two dashes for an
// option; %{%} is nothing to a prompt.
const spaceship = `# ~/.zshrc, below the line that loads spaceship: section aws_use
${zshColors}
SPACESHIP_AWS_USE_ASYNC=false
spaceship_aws_use() {
  [[ -z \${AWS_USE_PROMPT-} ]] || spaceship::section --color "${zshColor}" \\
    --suffix "$SPACESHIP_PROMPT_DEFAULT_SUFFIX" "%{%}\${\${AWS_USE_PROMPT//\\%/%%}//\\\\//}"
}
(( \${SPACESHIP_PROMPT_ORDER[(Ie)aws_use]} )) || spaceship add aws_use
`;

const starship = `# ~/.config/starship.toml: profile and time left
# Starship cannot color by a variable. For a sign of the state (! expiring, x expired, # danger), in the shell's start-up file:
# AWS_USE_PROMPT_FORMAT='{profile} {left}{sign}'
# With a format of your own, put \${env_var.AWS_USE_PROMPT} into it.
[env_var.AWS_USE_PROMPT]
format = '[$env_value]($style) '
style = 'bold green'

# Starship's own aws module shows region and time left besides, and the profile when the shell's start-up file says
# AWS_USE_COMPAT=aws-vault (in bash and zsh), set -g AWS_USE_COMPAT aws-vault (in fish). To have only one of the two, leave the
# lines above away, or add:
# [aws]
# disabled = true
`;

const tide = `# Type these once at the prompt of fish; they set universal variables.
# Back: set -U tide_right_prompt_items (string match -v aws_use $tide_right_prompt_items); tide reload
contains aws_use $tide_left_prompt_items $tide_right_prompt_items
or set -U tide_right_prompt_items aws_use $tide_right_prompt_items
set -U tide_aws_use_color green
set -U tide_aws_use_expiring_color yellow
set -U tide_aws_use_expired_color red
set -U tide_aws_use_danger_color magenta
tide reload
`;

// JSON has no comments, hence no remark. oh-my-posh reads <red> in a text as a color; "<<>" is what it prints as "<".
const ohMyPosh = `{
  "type": "text",
  "style": "plain",
  "foreground": "green",
  "foreground_templates": [
    "{{ if eq .Env.AWS_USE_STATE \\"expiring\\" }}yellow{{ end }}",
    "{{ if eq .Env.AWS_USE_STATE \\"expired\\" }}red{{ end }}",
    "{{ if eq .Env.AWS_USE_STATE \\"danger\\" }}magenta{{ end }}"
  ],
  "template": "{{ if .Env.AWS_USE_PROMPT }}{{ replace \\"<\\" \\"<<>\\" .Env.AWS_USE_PROMPT }} {{ end }}"
}
`;

const ohMyZsh = `# ~/.zshrc, below "source $ZSH/oh-my-zsh.sh": for themes that call aws_prompt_info.
# For others take the lines of: aws-use prompt --setup zsh
${zshColors}
aws_prompt_info() {
  [[ -z \${AWS_USE_PROMPT-} ]] || print -rn -- "%F{${zshColor}}${zshText}%f"
}
`;

/** By the names that `aws-use prompt --setup` takes. */
export const promptSetups: Readonly<Record<string, PromptSetup>> = {
  zsh: { where: "~/.zshrc", lines: zsh },
  bash: { where: "~/.bashrc", lines: bash },
  fish: { where: "~/.config/fish/config.fish", lines: fish },
  powerlevel10k: { where: "~/.zshrc", lines: powerlevel10k },
  pure: { where: "~/.zshrc", lines: pure },
  spaceship: { where: "~/.zshrc", lines: spaceship },
  starship: { where: "~/.config/starship.toml", lines: starship },
  tide: { where: "typed once", lines: tide },
  "oh-my-posh": { where: "the segments of a block in its configuration", lines: ohMyPosh },
  "oh-my-zsh": { where: "~/.zshrc", lines: ohMyZsh },
};
