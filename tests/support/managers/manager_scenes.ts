/**
 * How each plugin manager loads a plugin: by the manager itself, and by lines that do to our files what it does. The latter
 * need no manager, so they tell on every machine whether our layout suits it.
 */
import { promptSetups } from "../../../src/core/prompt_setups.ts";
import { furtherShells } from "./further_shells.ts";
import { copyPlugin } from "./plugin_folder.ts";

export type Family = "zsh" | "bash" | "fish";

export interface ManagerScene {
  readonly name: string;
  readonly shell: Family;
  /** Where not the one on PATH. */
  readonly program?: string;
  /** The further shells that know this way; all unless said. */
  readonly knownTo?: RegExp;
  /** The manager itself, for findTool(); without it the lines below imitate one. */
  readonly tool?: string;
  /** Puts plugin and manager into the HOME; returns the text of the shell's start-up file. */
  readonly arrange: (person: Person) => Promise<string>;
  /** Typed at the first prompt, where the plugin is not loaded by the start-up file. */
  readonly install?: (person: Person) => string;
  /** Typed at a prompt to remove the plugin from the running shell and, where the manager does that, from the disk. */
  readonly uninstall: (person: Person) => string;
  /** Whether uninstall() also removes the files of the plugin that the manager has made. */
  readonly removesFiles?: boolean;
}

export interface Person {
  readonly home: string;
  /** What findTool() has found. */
  readonly tool: string;
}

const unload = () => "aws-use_plugin_unload";

/** The plugin as a clone in `path`, a folder whose name has a space where the manager's lines are ours. */
async function clone({ home }: Person, path: string): Promise<string> {
  await copyPlugin(`${home}/${path}`);
  return `${home}/${path}`;
}

async function link(target: string, path: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.symlink(target, path);
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text);
}

const compinit = "autoload -Uz compinit && compinit -u -d ~/.zcompdump\n";
const zshPrompt = `PROMPT='own %# '\n${promptSetups.zsh.lines}`;
const bashPrompt = `PS1='own > '\n${promptSetups.bash.lines}`;
const bashCompletion = "/usr/share/bash-completion/bash_completion";
const fishPrompt = `set -g fish_greeting
function fish_prompt
    echo -n 'own > '
end
${promptSetups.fish.lines}`;

const zsh: readonly ManagerScene[] = [
  {
    name: "no manager, loaded before compinit",
    shell: "zsh",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `source '${plugin}/aws-use.plugin.zsh'\n${compinit}${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "no manager, loaded after compinit",
    shell: "zsh",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `${compinit}source '${plugin}/aws-use.plugin.zsh'\n${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as oh-my-zsh does: a link, its folder in fpath, compinit before the plugin",
    shell: "zsh",
    async arrange(person) {
      const plugin = `${person.home}/custom dir/plugins/aws-use`;
      await link(await clone(person, "my plugins/clone"), plugin);
      return `fpath=('${plugin}' $fpath)\n${compinit}source '${plugin}/aws-use.plugin.zsh'\n${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as zinit does: within a function, compdef kept until compinit",
    shell: "zsh",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `typeset -ga kept
load() {
  builtin setopt localoptions noaliases
  local id_as
  functions[compdef]='kept+=("\${(j: :)\${(q)@}}")'
  fpath+=("$1")
  builtin source "$1/aws-use.plugin.zsh"
  builtin unfunction compdef
}
typeset -A ZINIT=(CUR_USPL2 '%${plugin}') told
@zsh-plugin-run-on-unload() { told[$id_as]=$1 }
load '${plugin}'
${compinit}for words in "\${kept[@]}"; do compdef "\${(@Q)\${(z)words}}"; done
${zshPrompt}`;
    },
    // The function of the standard is not called of a plugin that was named by its path; then what is left is taken away.
    uninstall: ({ home }) =>
      `eval "$told[%${home}/my plugins/aws-use]"; unset -f -m '_aws_use_*'; unset told kept ZINIT`,
  },
  {
    name: "as antidote does: a file made of fpath and source lines, sourced",
    shell: "zsh",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      await write(`${person.home}/.plugins.zsh`, `fpath+=( "${plugin}" )\nsource "${plugin}/aws-use.plugin.zsh"\n`);
      return `source ~/.plugins.zsh\n${compinit}${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as a package does: the file of shell/ alone, the completion in a folder of fpath",
    shell: "zsh",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/clone");
      await Deno.mkdir(`${person.home}/site-functions`);
      await Deno.copyFile(`${plugin}/completions/_aws-use`, `${person.home}/site-functions/_aws-use`);
      await Deno.copyFile(`${plugin}/shell/aws-use.zsh`, `${person.home}/aws-use.zsh`);
      await Deno.remove(plugin, { recursive: true });
      return `fpath=(~/site-functions $fpath)\nsource ~/aws-use.zsh\n${compinit}${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "oh-my-zsh",
    shell: "zsh",
    tool: "ohmyzsh",
    async arrange(person) {
      await link(await clone(person, "clone"), `${person.home}/custom/plugins/aws-use`);
      return `ZSH=${person.tool} ZSH_CUSTOM=~/custom ZSH_CACHE_DIR=~/.cache/oh-my-zsh ZSH_COMPDUMP=~/.zcompdump
ZSH_DISABLE_COMPFIX=true
zstyle ':omz:update' mode disabled
plugins=(aws-use)
source $ZSH/oh-my-zsh.sh
${zshPrompt}`;
    },
    uninstall: unload,
  },
  ...["someone/aws-use", "~/my-plugins/aws-use"].map((plugin): ManagerScene => ({
    name: `zinit, ${plugin}`,
    shell: "zsh",
    tool: "zinit",
    async arrange(person) {
      await clone(person, plugin.startsWith("~") ? plugin.slice(2) : ".zinit/plugins/someone---aws-use");
      return `typeset -A ZINIT=(HOME_DIR ~/.zinit NO_ALIASES 1)
source ${person.tool}/zinit.zsh
zinit ${plugin.startsWith("~") ? "light" : "load"} ${plugin}
${compinit}zinit cdreplay -q
${zshPrompt}`;
    },
    uninstall: () => `zinit unload ${plugin}`,
  })),
  {
    name: "antidote",
    shell: "zsh",
    tool: "antidote",
    async arrange(person) {
      const plugin = await clone(person, "my-plugins/aws-use");
      await write(`${person.home}/.zsh_plugins.txt`, `${plugin}\n`);
      return `source ${person.tool}/antidote.zsh
antidote load ~/.zsh_plugins.txt
${compinit}${zshPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "zplug",
    shell: "zsh",
    tool: "zplug",
    async arrange(person) {
      const plugin = await clone(person, "my-plugins/aws-use");
      return `export ZPLUG_HOME=~/.zplug
source ${person.tool}
zplug '${plugin}', from:local
zplug load
${zshPrompt}`;
    },
    uninstall: unload,
  },
  ...["first shell", "second shell, out of its cache"].map((name, index): ManagerScene => ({
    name: `antigen, ${name}`,
    shell: "zsh",
    tool: "antigen",
    async arrange(person) {
      const plugin = await clone(person, "my-plugins/aws-use");
      return `ADOTDIR=~/.antigen ANTIGEN_COMPDUMP=~/.zcompdump
source ${person.tool}
antigen bundle ${plugin} --no-local-clone
antigen apply
${zshPrompt}`;
    },
    // The second shell in place of the first one.
    install: index === 0 ? undefined : () => "exec zsh -i",
    uninstall: unload,
  })),
];

const bash: readonly ManagerScene[] = [
  {
    name: "no manager, in a folder with spaces",
    shell: "bash",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `source '${plugin}/aws-use.plugin.bash'\n${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as bash-it does: a link in its custom folder, sourced in a loop",
    shell: "bash",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/clone");
      await link(`${plugin}/aws-use.plugin.bash`, `${person.home}/custom dir/aws-use.plugin.bash`);
      return `for file in ~/'custom dir'/*.bash; do [[ ! -s $file ]] || source "$file"; done\n${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as bash-it does: a relative link, which leads on to another",
    shell: "bash",
    async arrange(person) {
      await clone(person, "my plugins/clone");
      await link("../my plugins/clone/aws-use.plugin.bash", `${person.home}/links/aws-use.bash`);
      await link("../links/aws-use.bash", `${person.home}/custom/aws-use.plugin.bash`);
      return `for file in ~/custom/*.bash; do source "$file"; done\n${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as bash-it does: a clone in its custom folder, of which each *.bash is sourced",
    shell: "bash",
    async arrange(person) {
      await clone(person, "custom/aws-use");
      return `for file in ~/custom/*.bash ~/custom/*/*.bash; do [[ ! -s $file ]] || source "$file"; done\n${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "as oh-my-bash does: a linked folder, sourced by a function",
    shell: "bash",
    async arrange(person) {
      await link(await clone(person, "my plugins/clone"), `${person.home}/custom/plugins/aws-use`);
      return `load() { local path=~/custom/plugins/aws-use/aws-use.plugin.bash status=0; source "$path" || status=$?; }
load\n${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "bash-it",
    shell: "bash",
    tool: "bash-it",
    async arrange(person) {
      const plugin = await clone(person, "clone");
      await link(`${plugin}/aws-use.plugin.bash`, `${person.home}/custom/aws-use.plugin.bash`);
      return `BASH_IT=${person.tool} BASH_IT_CUSTOM=~/custom BASH_IT_THEME= SCM_CHECK=false
source $BASH_IT/bash_it.sh
${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "oh-my-bash",
    shell: "bash",
    tool: "oh-my-bash",
    async arrange(person) {
      await link(await clone(person, "clone"), `${person.home}/custom/plugins/aws-use`);
      return `OSH=${person.tool} OSH_CUSTOM=~/custom OSH_THEME= DISABLE_AUTO_UPDATE=true
plugins=(aws-use)
source $OSH/oh-my-bash.sh
${bashPrompt}`;
    },
    uninstall: unload,
  },
  {
    name: "bash-completion, which loads the completion at the first Tab",
    shell: "bash",
    tool: "bash-completion",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/clone");
      const folder = `${person.home}/.local/share/bash-completion/completions`;
      await Deno.mkdir(folder, { recursive: true });
      for (const name of ["aws-use", "aws-token"]) {
        await Deno.copyFile(`${plugin}/completions/aws-use.bash`, `${folder}/${name}`);
      }
      await Deno.copyFile(`${plugin}/shell/aws-use.bash`, `${person.home}/aws-use.bash`);
      await Deno.remove(plugin, { recursive: true });
      return `source ${bashCompletion}\nsource ~/aws-use.bash\n${bashPrompt}`;
    },
    uninstall: unload,
  },
];

const emitUninstall = "emit aws-use_uninstall";

const fish: readonly ManagerScene[] = [
  {
    name: "no manager, in a folder with spaces",
    shell: "fish",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `source '${plugin}/conf.d/aws-use.fish'
set -p fish_complete_path '${plugin}/completions'
${fishPrompt}`;
    },
    uninstall: () => emitUninstall,
  },
  {
    name: "as fisher does: every file of conf.d and completions copied, links followed",
    shell: "fish",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/clone");
      for (const folder of ["conf.d", "completions"]) {
        await Deno.mkdir(`${person.home}/.config/fish/${folder}`, { recursive: true });
        for (const { name } of Deno.readDirSync(`${plugin}/${folder}`)) {
          await Deno.copyFile(`${plugin}/${folder}/${name}`, `${person.home}/.config/fish/${folder}/${name}`);
        }
      }
      await Deno.remove(plugin, { recursive: true });
      return fishPrompt;
    },
    uninstall: () => emitUninstall,
  },
  {
    name: "as oh-my-fish does: completions in the search path, conf.d sourced",
    shell: "fish",
    async arrange(person) {
      const plugin = await clone(person, "my plugins/aws-use");
      return `set fish_complete_path $fish_complete_path[1] '${plugin}/completions' $fish_complete_path[2..-1]
for file in '${plugin}'/conf.d/*.fish
    source $file
end
${fishPrompt}`;
    },
    uninstall: () => emitUninstall,
  },
  {
    name: "as a package does: vendor_conf.d and vendor_completions.d",
    shell: "fish",
    // Before 3.6 XDG_DATA_HOME was none of the folders.
    knownTo: /^fish-(?!3\.[45])/,
    async arrange(person) {
      const plugin = await clone(person, "my plugins/clone");
      // In a fish that was built for it, XDG_DATA_DIRS says where; XDG_DATA_HOME is one of them.
      const vendor = `${person.home}/.local/share/fish`;
      await Deno.mkdir(`${vendor}/vendor_conf.d`, { recursive: true });
      await Deno.mkdir(`${vendor}/vendor_completions.d`);
      await Deno.copyFile(`${plugin}/shell/aws-use.fish`, `${vendor}/vendor_conf.d/aws-use.fish`);
      for (const name of ["aws-use", "aws-token"]) {
        await Deno.copyFile(`${plugin}/completions/${name}.fish`, `${vendor}/vendor_completions.d/${name}.fish`);
      }
      await Deno.remove(plugin, { recursive: true });
      return fishPrompt;
    },
    uninstall: () => emitUninstall,
  },
  {
    name: "fisher",
    shell: "fish",
    tool: "fisher",
    async arrange(person) {
      await clone(person, "aws-use");
      return `source ${person.tool}/functions/fisher.fish
${fishPrompt}`;
    },
    install: ({ home }) => `fisher install ${home}/aws-use`,
    uninstall: ({ home }) => `fisher remove ${home}/aws-use`,
    removesFiles: true,
  },
  {
    name: "oh-my-fish",
    shell: "fish",
    tool: "oh-my-fish",
    async arrange(person) {
      const omf = `${person.home}/.local/share/omf`;
      await Deno.mkdir(`${omf}/pkg`, { recursive: true });
      for (const part of ["init.fish", "lib", "pkg/omf", "pkg/fish-spec"]) {
        await Deno.symlink(`${person.tool}/${part}`, `${omf}/${part}`);
      }
      await Deno.mkdir(`${person.home}/.config/omf`, { recursive: true });
      await Deno.writeTextFile(`${person.home}/.config/omf/bundle`, "package aws-use\n");
      await clone(person, ".local/share/omf/pkg/aws-use");
      return `set -gx OMF_PATH ${omf}
source $OMF_PATH/init.fish
${fishPrompt}`;
    },
    uninstall: () => "omf remove aws-use",
    removesFiles: true,
  },
];

/** Managers want newer shells than the plugin does. */
function inFurtherShells(scene: ManagerScene): readonly ManagerScene[] {
  if (scene.tool !== undefined) return [];
  return furtherShells(scene.shell)
    .filter(({ name }) => scene.knownTo?.test(name) ?? true)
    .map(({ name, program }) => ({ ...scene, program, name: `${scene.name}, in ${name}` }));
}

const usualScenes = [...zsh, ...bash, ...fish];

export const managerScenes: readonly ManagerScene[] = [...usualScenes, ...usualScenes.flatMap(inFurtherShells)];
