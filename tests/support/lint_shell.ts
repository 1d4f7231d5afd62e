/**
 * Lints what is written in a shell's language: shellcheck and shfmt for sh and bash, the shells' own parsers for zsh and fish
 * (shellcheck knows neither). Prints what is wrong; exit code 1 then, or when a tool is missing.
 *
 *     deno run --allow-run --allow-read lint_shell.ts
 */

const root = new URL("../../", import.meta.url).pathname;

interface Tool {
  readonly command: readonly string[];
  readonly files: readonly string[];
  readonly fromDebian: string;
}

// SC2250 wants braces around every variable, SC2249 a default in every case; both hide more than they show. SC2310 and SC2312
// tell where set -e does not reach, which is what a condition is for.
const shellcheck = ["shellcheck", "--enable=all", "--exclude=SC2248,SC2249,SC2250,SC2310,SC2312"];
const shfmt = ["shfmt", "-d", "-i", "2", "-ci"];

function findFiles(): Readonly<Record<"sh" | "bash" | "zsh" | "fish", readonly string[]>> {
  const all = ["", "shell/", "completions/", ".ci/", "tests/"].flatMap((folder) =>
    exists(`${root}${folder}`)
      ? [...Deno.readDirSync(`${root}${folder}`)].filter(({ isFile }) => isFile).map(({ name }) => folder + name)
      : []
  ).sort();
  const startsWith = (path: string, text: RegExp) => text.test(Deno.readTextFileSync(root + path).slice(0, 100));
  return {
    sh: all.filter((path) => startsWith(path, /^#!\/bin\/sh\n/)),
    bash: all.filter((path) => path.endsWith(".bash") || startsWith(path, /^#!\/usr\/bin\/env bash\n/)),
    zsh: all.filter((path) => path.endsWith(".zsh") || startsWith(path, /^#compdef /)),
    fish: all.filter((path) => path.endsWith(".fish")),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What `tool` has against its files, null for nothing. */
function run({ command: [program, ...options], files, fromDebian }: Tool): string | null {
  try {
    const { success, stdout, stderr } = new Deno.Command(program, { args: [...options, ...files], cwd: root })
      .outputSync();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return success && text === "" ? null : `${[program, ...options].join(" ")}:\n${text || "failed\n"}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `${program} is not installed; on Debian: apt-get install ${fromDebian}\n`;
  }
}

const { sh, bash, zsh, fish } = findFiles();
const tools: readonly Tool[] = [
  { command: [...shellcheck, "--shell=sh"], files: sh, fromDebian: "shellcheck" },
  { command: [...shellcheck, "--shell=bash"], files: bash, fromDebian: "shellcheck" },
  { command: shfmt, files: [...sh, ...bash], fromDebian: "shfmt" },
  // These take one file at a time, or take a second one for an argument of the first.
  ...zsh.map((file) => ({ command: ["zsh", "-n"], files: [file], fromDebian: "zsh" })),
  ...fish.map((file) => ({ command: ["fish", "--no-config", "--no-execute"], files: [file], fromDebian: "fish" })),
  { command: ["fish_indent", "--check"], files: fish, fromDebian: "fish" },
];

const found = [...new Set(tools.filter(({ files }) => files.length > 0).map(run).filter((text) => text !== null))];
for (const text of found) console.error(text);
if (found.length > 0) Deno.exit(1);
