/** What a test must know of a shell: how to start it, say words in it, load the plugin and see what it exports. */

export type Family = "zsh" | "bash" | "fish";

export interface Shell {
  readonly family: Family;
  /** As in the names of tests: `zsh`, `bash strict`, `fish-4`. */
  readonly name: string;
  readonly program: string;
  readonly flags: readonly string[];
  /** Typed before the plugin is loaded. */
  readonly prelude: string;
  /** Whether lines of source can be typed, or words only, because commands of the shell are taken by others. */
  readonly wordsOnly: boolean;
}

const root = new URL("../../", import.meta.url).pathname;

/** The plugin file of a shell. */
export function pluginFile(family: Family): string {
  return `${root}shell/aws-use.${family}`;
}

/** Words that a hostile or unlucky start-up file may have taken for an alias and a function of its own. */
const takenWords = [
  ...["export", "set", "command", "builtin", "local", "read", "printf", "print", "cat", "test", "return", "unset"],
  ...[
    "declare",
    "typeset",
    "shift",
    "exec",
    "emulate",
    "zmodload",
    "shopt",
    "type",
    "umask",
    "complete",
    "alias",
    "eval",
  ],
];

// `eval` goes last, since it makes the others.
const takeWords = [
  ...takenWords.map((word) => `'alias' ${word}='echo ALIAS ${word}'`),
  ...takenWords.map((word) => `'eval' "function ${word} { 'echo' SHADOW ${word}; }"`),
];

/** The modes in which the contract is kept, for each shell that is installed or lies in the folder AWS_USE_TEST_SHELLS. */
export function shellsOf(family: Family): readonly Shell[] {
  const programs = [family, ...furtherPrograms(family)];
  return programs.flatMap((program) => {
    const name = program.split("/").at(-1)!;
    return modes[family].map(([mode, flags, prelude, wordsOnly]): Shell => ({
      family,
      name: mode ? `${name} ${mode}` : name,
      program,
      ...(mode === "as sh" && !playsSh(program) ? { flags: ["-f"], prelude: "emulate sh" } : { flags, prelude }),
      wordsOnly: wordsOnly ?? false,
    }));
  });
}

/** zsh before 5.5 cannot be told to at its start. */
function playsSh(program: string): boolean {
  return new Deno.Command(program, { args: ["--emulate", "sh", "-f", "-c", ":"], stderr: "null" }).outputSync().success;
}

type Mode = readonly [name: string, flags: readonly string[], prelude: string, wordsOnly?: boolean];

const modes: Readonly<Record<Family, readonly Mode[]>> = {
  zsh: [
    ["", ["-f"], ""],
    ["strict", ["-f", "-euC", "-o", "pipefail", "-o", "kshArrays", "-o", "shWordSplit", "-o", "globSubst"], "IFS=_A=,"],
    ["as sh", ["--emulate", "sh", "-f"], ""],
    ["with words taken", ["-f", "-o", "aliases"], takeWords.join("\n"), true],
  ],
  bash: [
    ["", ["--norc", "--noprofile"], ""],
    ["strict", ["--norc", "--noprofile", "-euC", "-o", "pipefail"], "IFS=_A=,; shopt -s nocasematch failglob"],
    ["in POSIX mode", ["--norc", "--noprofile", "--posix"], ""],
    ["with words taken", ["--norc", "--noprofile"], ["shopt -s expand_aliases", ...takeWords].join("\n"), true],
  ],
  fish: [
    ["", ["--no-config"], ""],
    [
      "with words taken",
      ["--no-config"],
      ["printf", "echo", "math", "contains", "path", "count", "cat", "env", "functions", "emit", "seq"]
        .map((word) => `function ${word}; builtin echo SHADOW ${word}; end`).join("\n"),
      true,
    ],
  ],
};

/** E.g. bash-3.2 and fish-4: the name begins with the family. */
function furtherPrograms(family: Family): readonly string[] {
  const folder = Deno.env.get("AWS_USE_TEST_SHELLS");
  if (!folder) return [];
  return [...Deno.readDirSync(folder)]
    .filter(({ name, isDirectory }) => name.startsWith(family) && !isDirectory)
    .map(({ name }) => `${folder}/${name}`).sort();
}

/** `words` as the shell reads them, each exactly as it stands. */
export function quoteWords(family: Family, words: readonly string[]): string {
  const quote = family === "fish"
    ? (word: string) => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
    : (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  const [command, ...rest] = words;
  return [command, ...rest.map(quote)].join(" ");
}

/** A script that loads the plugin, types `lines` and leaves its environment and the last status behind. */
export function script(shell: Shell, lines: readonly string[], options: { plugin: string; dump: string }): string {
  const dump = quoteWords(shell.family, ["", options.dump]).trim();
  const load = quoteWords(shell.family, ["source", options.plugin]);
  const atEnd = shell.family === "fish"
    ? ["", `set -l code $status`, `command env -0 >${dump}`, `exit $code`]
    : ["", "exit $?"];
  const before = shell.family === "fish"
    ? []
    : [`trap 'code=$?; env -0 >|${dump.replaceAll("'", '"')}; exit $code' EXIT`];
  const source = shell.family === "fish" ? load : load.replace("source", ".");
  return [...before, shell.prelude, source, ...lines, ...atEnd].join("\n");
}

/** What runs the hooks that a shell runs before each prompt. */
export const promptHook: Readonly<Record<Family, string>> = {
  zsh: 'function { local hook; for hook in "${precmd_functions[@]}"; do "$hook"; done; }',
  bash: 'eval "${PROMPT_COMMAND-}"',
  fish: "emit fish_prompt",
};
