/** For each setup that `aws-use prompt --setup` knows: a shell with a prompt of its own, into which the lines are pasted. */
import { promptSetups } from "../../../src/core/prompt_setups.ts";
import { furtherShells } from "./further_shells.ts";

export interface PromptScene {
  /** A name of promptSetups. */
  readonly setup: string;
  /** What tells this scene from another of the same setup. */
  readonly variant?: string;
  readonly shell: "zsh" | "bash" | "fish";
  /** Where not the one on PATH. */
  readonly program?: string;
  /** What must be there, for findTool(). */
  readonly tool?: string;
  /** Whether the tool can color by state. */
  readonly isColored: boolean;
  /** Part of the prompt that the person has without aws-use. */
  readonly own: string;
  /** Where the program of the tool draws, the start-up file has aws-use loaded before it. */
  readonly files: (scene: SceneFolders) => Readonly<Record<string, string>>;
  /** What the shell runs once before, not interactively. */
  readonly install?: string;
  /** What the tool makes of a profile's name, where it is not shown to the letter. */
  readonly shown?: (text: string) => string;
}

export interface SceneFolders {
  readonly home: string;
  /** Folder of the plugin. */
  readonly plugin: string;
  /** What findTool() has found. */
  readonly tool: string;
}

/** The lines as a person pastes them, twice. */
function pasted(setup: string): string {
  return `${promptSetups[setup].lines}\n${promptSetups[setup].lines}`;
}

const loadInZsh = ({ plugin }: SceneFolders) => `source ${plugin}/aws-use.plugin.zsh\n`;
const loadInFish = ({ plugin }: SceneFolders) => `source ${plugin}/conf.d/aws-use.fish\n`;
const loadInBash = ({ plugin }: SceneFolders) => `source ${plugin}/aws-use.plugin.bash\n`;

export const p10kSettings = `POWERLEVEL9K_DISABLE_GITSTATUS=true
POWERLEVEL9K_DISABLE_CONFIGURATION_WIZARD=true
POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(dir prompt_char)
POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(status time)
POWERLEVEL9K_TIME_FORMAT=own-right
`;

const usualScenes: readonly PromptScene[] = [
  {
    setup: "zsh",
    shell: "zsh",
    isColored: true,
    own: "own-right",
    files: (scene) => ({
      ".zshrc": `PROMPT='own %# '\nRPROMPT='own-right'\n${loadInZsh(scene)}${pasted("zsh")}`,
    }),
  },
  {
    setup: "bash",
    shell: "bash",
    isColored: true,
    own: "own \\",
    files: (scene) => ({ ".bashrc": `PS1='own \\\\ '\n${loadInBash(scene)}${pasted("bash")}` }),
  },
  {
    setup: "fish",
    shell: "fish",
    isColored: true,
    own: "own-right",
    files: (scene) => ({
      ".config/fish/functions/fish_right_prompt.fish": "function fish_right_prompt\n    echo -n own-right\nend\n",
      // The prompt that fish brings starts git.
      ".config/fish/config.fish": `function fish_prompt; echo -n '> '; end\n${loadInFish(scene)}${pasted("fish")}`,
    }),
  },
  {
    setup: "fish",
    variant: "no right prompt of its own",
    shell: "fish",
    isColored: true,
    own: "own >",
    files: (scene) => ({
      ".config/fish/config.fish": `function fish_prompt
    echo -n 'own > '
end
${loadInFish(scene)}${pasted("fish")}`,
    }),
  },
  {
    setup: "powerlevel10k",
    shell: "zsh",
    tool: "powerlevel10k",
    isColored: true,
    own: "own-right",
    files: (scene) => ({
      ".zshrc": `source ${scene.tool}/powerlevel10k.zsh-theme
${p10kSettings}${loadInZsh(scene)}${pasted("powerlevel10k")}`,
    }),
  },
  {
    setup: "pure",
    shell: "zsh",
    tool: "pure",
    isColored: true,
    own: "own-suffix",
    files: (scene) => ({
      ".zshrc": `fpath+=(${scene.tool})
autoload -U promptinit; promptinit
PURE_CMD_MAX_EXEC_TIME=60
prompt pure
prompt_pure_precustom() {
  psvar[22]=own-prefix psvar[23]=own-suffix
}
${loadInZsh(scene)}${pasted("pure")}`,
    }),
  },
  {
    setup: "spaceship",
    shell: "zsh",
    tool: "spaceship",
    isColored: true,
    own: "own-section",
    shown: (text) => text.replaceAll("\\", "/"),
    files: (scene) => ({
      ".zshrc": `SPACESHIP_PROMPT_ORDER=(dir own line_sep char)
SPACESHIP_PROMPT_ASYNC=false
spaceship_own() { spaceship::section --color blue own-section }
source ${scene.tool}/spaceship.zsh
${loadInZsh(scene)}${pasted("spaceship")}`,
    }),
  },
  ...(["zsh", "bash", "fish"] as const).map((shell): PromptScene => ({
    setup: "starship",
    variant: shell,
    shell,
    tool: "starship",
    isColored: false,
    own: "own-right",
    // For bash starship writes a dollar as \$, which is # where the person is root.
    shown: (text) => shell === "bash" && Deno.uid() === 0 ? text.replaceAll("$", "#") : text,
    files: (scene) => ({
      ".config/starship.toml": `[character]\nsuccess_symbol = "own-right"\nerror_symbol = "own-right"\n
[aws]\ndisabled = true\n${promptSetups.starship.lines}`,
      ".zshrc": `${loadInZsh(scene)}source <(${scene.tool} init zsh --print-full-init)\n`,
      ".bashrc": `${loadInBash(scene)}source <(${scene.tool} init bash --print-full-init)\n`,
      ".config/fish/config.fish": `${loadInFish(scene)}${scene.tool} init fish --print-full-init | source\n`,
    }),
  })),
  {
    setup: "tide",
    shell: "fish",
    tool: "tide",
    isColored: true,
    own: "❯",
    install: `emit _tide_init_install\n${promptSetups.tide.lines}${promptSetups.tide.lines}`,
    // What fisher would do with it.
    files: (scene) => ({
      ".config/fish/config.fish": `set fish_function_path ${scene.tool}/functions $fish_function_path
for file in ${scene.tool}/conf.d/*.fish
    source $file
end
${loadInFish(scene)}`,
    }),
  },
  ...(["zsh", "bash", "fish"] as const).map((shell): PromptScene => ({
    setup: "oh-my-posh",
    variant: shell,
    shell,
    tool: "oh-my-posh",
    isColored: true,
    own: "own-segment",
    files: (scene) => ({
      "theme.omp.json": `{ "version": 3, "blocks": [ { "type": "prompt", "alignment": "left", "segments": [
        ${promptSetups["oh-my-posh"].lines},
        { "type": "text", "style": "plain", "foreground": "blue", "template": "own-segment > " } ] } ] }`,
      ".zshrc": `${loadInZsh(scene)}source <(${scene.tool} init zsh --print --config ${scene.home}/theme.omp.json)\n`,
      ".bashrc": `${
        loadInBash(scene)
      }source <(${scene.tool} init bash --print --config ${scene.home}/theme.omp.json)\n`,
      ".config/fish/config.fish": `${
        loadInFish(scene)
      }${scene.tool} init fish --print --config ${scene.home}/theme.omp.json | source\n`,
    }),
  })),
  {
    setup: "oh-my-zsh",
    shell: "zsh",
    isColored: true,
    own: "own-right",
    // A theme of the kind that the lines are for.
    files: (scene) => ({
      ".zshrc": `setopt prompt_subst
aws_prompt_info() { : }
PROMPT='own %# ' RPROMPT='$(aws_prompt_info) own-right'
${loadInZsh(scene)}${pasted("oh-my-zsh")}`,
    }),
  },
];

function inFurtherShells(scene: PromptScene): readonly PromptScene[] {
  if (scene.setup !== scene.shell) return [];
  return furtherShells(scene.shell)
    .map(({ name, program }) => ({ ...scene, program, variant: [name, scene.variant ?? []].flat().join(", ") }));
}

export const promptScenes: readonly PromptScene[] = [...usualScenes, ...usualScenes.flatMap(inFurtherShells)];
