import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteWord } from "../../src/core/shell_words.ts";
import {
  completions,
  environment,
  loading,
  openShell,
  type Shell,
  shells,
  withHome,
  withKeptNames,
} from "../support/completion.ts";
import { furtherShells } from "../support/managers/further_shells.ts";
import type { Terminal } from "../support/terminal.ts";

// Stands for the plugin's functions: keeps the words it is given, so that a test sees what the shell made of the line.
const recorder: Readonly<Record<Shell, string>> = {
  zsh: `recorded=0
    record() { print -rN -- "$@" >| $HOME/words; print "recorded $((++recorded))" }
    aws-use() { record aws-use "$@" }; aws-token() { record aws-token "$@" }`,
  bash: `recorded=0
    record() { printf '%s\\0' "$@" >| "$HOME/words"; echo "recorded $((++recorded))"; }
    aws-use() { record aws-use "$@"; }; aws-token() { record aws-token "$@"; }`,
  fish: `set -g recorded 0
    function record; printf '%s\\0' $argv >$HOME/words; set recorded (math $recorded + 1); echo "recorded $recorded"; end
    function aws-use; record aws-use $argv; end; function aws-token; record aws-token $argv; end`,
};

interface Recorder {
  readonly terminal: Terminal;
  /** Types `line`, presses `keys` (Tab unless said), then Enter; returns the words that the command was given. */
  words(line: string, keys?: readonly string[]): Promise<readonly string[]>;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

async function openRecorder(shell: Shell, home: string, setup = loading[shell], program?: string): Promise<Recorder> {
  const terminal = await openShell(shell, environment(home), `${recorder[shell]}\n${setup}`, [], program);
  let count = 0;
  return {
    terminal,
    async words(line, keys = ["Tab"]) {
      await terminal.press("C-l");
      await terminal.type(line);
      await terminal.press(...keys, "Enter");
      await terminal.waitFor(new RegExp(`^recorded ${++count}$`, "m"));
      return (await Deno.readTextFile(`${home}/words`)).split("\0").slice(0, -1);
    },
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  };
}

/** Names that mean something to a shell, or to a completion system that is careless. */
const hostile = [
  ...[
    "with space",
    "two  spaces",
    "it's",
    'say "x"',
    "$(touch pwned)",
    "`touch pwned`",
    "${IFS}x",
    "$HOME",
    "a;touch pwned",
  ],
  ...[
    "a&touch pwned",
    "a|touch pwned",
    "<(touch pwned)",
    ">pwned",
    "*",
    "a*b?[c]",
    "{a,b}",
    "(a)",
    "%F{red}",
    "%1",
    "100%",
  ],
  ...["back\\slash", "\\", "trail\\", "bang!x", "!!", "!", "~", "~root", "a:~", "#hash", "a#b", "=ls", "a=b", "a=~"],
  ...[
    "a:b@c",
    "co:lo=n",
    "^a^b",
    "zoë 東京",
    "e\u0301 combining",
    "'",
    '"',
    "end ",
    " start",
    "a,b",
    "?",
    "a\\ b",
    "[x]",
  ],
  ...["n".repeat(200), "é$(touch pwned)é", "a'b\"c`d$e\\f!g"],
];

const writeProfile = (home: string, name: string) =>
  Deno.writeTextFile(`${home}/config`, `[profile ${quoteWord(name)}]\nregion = x\n`);

/** What a person may have typed before Tab: nothing, an open quote, the beginning of the name with an escape. */
function beginnings(shell: Shell, name: string): readonly string[] {
  // fish inserts a leading tilde bare, so there the name waits for a quote.
  const nothing = shell === "fish" && name.startsWith("~") ? [] : [""];
  const first = [...name][0];
  // fish completes nothing that holds an escaped asterisk.
  const some = shell === "fish" && first === "*" ? [] : [/[\wé]/.test(first) ? first : `\\${first}`];
  return [...nothing, '"', "'", ...some];
}

const everyShell = shells.flatMap((shell) => [{ shell, name: shell, program: undefined }, ...furtherOf(shell)]);

function furtherOf(shell: Shell) {
  return furtherShells(shell).map((further) => ({ shell, ...further }));
}

for (const { shell, name, program } of everyShell) {
  Deno.test(`${name}: Tab inserts any name so that the shell passes exactly that name, and runs nothing of it`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home, loading[shell], program);
      const wrong: string[] = [];
      for (const name of hostile) {
        await writeProfile(home, name);
        for (const beginning of beginnings(shell, name)) {
          const words = await recorder.words(`aws-use env ${beginning}`);
          const got = JSON.stringify(words);
          if (got !== JSON.stringify(["aws-use", "env", name])) wrong.push(`${beginning}⇥ ${name}: ${got}`);
        }
      }
      assert.deepEqual(wrong, []);
      const files = [...Deno.readDirSync(home)].map((file) => file.name).toSorted();
      assert.deepEqual(files.filter((file) => !file.startsWith(".")), ["config", "words"]);
    }));
}

for (const shell of shells) {
  Deno.test(`${shell}: Tab goes on with a name whose header is quoted or escaped in any place`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      // Python's shlex, by which botocore reads a header, joins quoted and bare pieces.
      const headers = { "a\\nb\\$x": "anb$x", "a'b c'd": "ab cd", 'a"]b"c': "a]bc", "a\\ b": "a b" };
      for (const [text, name] of Object.entries(headers)) {
        // The others are there for what looks at those first that begin as the word does.
        await Deno.writeTextFile(`${home}/config`, `[profile ab]\n[profile an]\n[profile ${text}]\n`);
        for (const typed of [name.slice(0, -1), name]) {
          const words = await recorder.words(`aws-use env "${typed.replace("$", "\\$")}`);
          assert.deepEqual(words, ["aws-use", "env", name], `${text} at ${typed}`);
        }
      }
    }));

  Deno.test(`${shell}: Tab goes on with a name that has a bracket, beside one that has none`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      await Deno.writeTextFile(
        `${home}/config`,
        "[profile zzother]\nrole_arn = x\n[profile zz[a-z]]\n[profile zz[b]\n",
      );
      assert.deepEqual(await recorder.words("aws-use env 'zz[a"), ["aws-use", "env", "zz[a-z]"]);
      assert.deepEqual(await recorder.words("aws-use env 'zz[b"), ["aws-use", "env", "zz[b"]);
      assert.deepEqual(await recorder.words("aws-use env zzo"), ["aws-use", "env", "zzother"]);
      await Deno.writeTextFile(
        `${home}/config`,
        "[profile zz[a-z]]\nrole_arn = arn:aws:iam::123456789012:role/x\n[profile yy]\n",
      );
      assert.deepEqual(await recorder.words("aws-use env zz"), ["aws-use", "env", "zz[a-z]"]);
    }));

  Deno.test(`${shell}: Tab leaves no variable behind`, () =>
    withHome(async (home) => {
      const sections = ["[plain]", "[work]  # my job", "['odd one']", "[a\\b]"].map((header) => `${header}\nx = 1\n`);
      await Deno.writeTextFile(`${home}/config`, sections.join("").replaceAll("[", "[profile "));
      await Deno.writeTextFile(`${home}/credentials`, sections.join(""));
      await using terminal = await openShell(shell, environment(home));
      const press = async (line: string, ...keys: readonly string[]) => {
        await terminal.type(line);
        await terminal.press(...keys);
      };
      const list = { zsh: "print -l ${(k)parameters}", bash: "compgen -v", fish: "set -n" }[shell];
      // What a shell keeps of its own work.
      const own =
        /^(_.*|BASH_.*|COMP_.*|LINENO|RANDOM|SRANDOM|EPOCH.*|LINES|COLUMNS|PIPESTATUS|FUNCNAME|SECONDS|history.*|zle.*|fish_.*|status.*|words|MATCH|M?BEGIN|MEND|m?begin|mend|match|REPLY|reply|CMD_DURATION.*|__fish.*|service|compstate.*)$/;
      const variables = async (file: string) => {
        await press(`clear; ${list} >${home}/${file}; echo listed ${file}`, "Enter");
        await terminal.waitFor(new RegExp(`^listed ${file}\n@>$`, "m"));
        return (await Deno.readTextFile(`${home}/${file}`)).split("\n").filter((name) => !own.test(name)).toSorted();
      };
      await press("cd ", "Tab", "Tab", "C-e", "C-u"); // what Tab itself leaves
      const before = await variables("before");
      const lines = [
        "aws-use env ",
        "aws-use env wo",
        "aws-use env --region ",
        "aws-use mfa list ",
        "aws-use use od",
        "aws-token a",
      ];
      for (const line of lines) await press(line, "Tab", "Tab", "C-e", "C-u");
      assert.deepEqual(await variables("after"), before);
    }));

  Deno.test(`${shell}: Tab offers no name with a control character`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      for (const character of ["\x01", "\x07", "\t", "\x1b", "\x7f", "\x85", "\x9b"]) {
        // A bare tab is the space between words.
        const bare = character === "\t" ? "" : `[profile ${character}x]\n`;
        await Deno.writeTextFile(`${home}/config`, `[profile "x${character}y"]\n${bare}[profile zz]\n`);
        await Deno.writeTextFile(`${home}/credentials`, `[x${character}y]\n`);
        assert.deepEqual(await recorder.words("aws-use env "), ["aws-use", "env", "zz"], JSON.stringify(character));
      }
    }));

  Deno.test(`${shell}: Tab puts a name with a leading dash where it is no flag`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      await writeProfile(home, "-odd name");
      const name = "-odd name";
      // fish inserts one word at a time, so there the first Tab brings the double dash.
      const both = shell === "fish" ? ["Tab", "Space", "Tab"] : ["Tab"];
      assert.deepEqual(await recorder.words("aws-use env ", both), ["aws-use", "env", "--", name]);
      assert.deepEqual(await recorder.words("aws-token ", both), ["aws-token", "--", name]);
      assert.deepEqual(await recorder.words("aws-use use -- "), ["aws-use", "use", "--", name]);
      assert.deepEqual(await recorder.words("aws-use clear -- -o"), ["aws-use", "clear", "--", name]);
      assert.deepEqual(await recorder.words("aws-use status --explain=-"), ["aws-use", "status", `--explain=${name}`]);
      // Nor where it would be one argument too many, or within a quote that the double dash would be in, too.
      assert.deepEqual(await recorder.words("aws-use env other -o"), ["aws-use", "env", "other", "-o"]);
      assert.deepEqual(await recorder.words("aws-use env 'x", ["Tab", "'"]), ["aws-use", "env", "x"]);
      if (shell === "fish") return;
      assert.deepEqual(await recorder.words("aws-use env '-o", ["Tab", "'"]), ["aws-use", "env", "-o"]);
      assert.deepEqual(await recorder.words("aws-use env '", ["Tab", "'"]), ["aws-use", "env", ""]);
      assert.deepEqual(await recorder.words("aws-use -o"), ["aws-use", "use", "--", name]);
      assert.deepEqual(await recorder.words("aws-use use -o"), ["aws-use", "use", "--", name]);
      assert.deepEqual(await recorder.words("aws-use env --region x -o"), [
        ...["aws-use", "env", "--region", "x", "--", name],
      ]);
      assert.deepEqual(await recorder.words("aws-use mfa list -o"), ["aws-use", "mfa", "list", "--", name]);
    }));

  Deno.test(`${shell}: Tab completes within words that the shell takes apart, file names, and both commands`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      await writeProfile(home, "a:b=c@d e");
      for (const typed of ["a:", "a:b", "a:b=", "a:b=c@d", ...shell === "fish" ? [] : ['"a:b', "'a:b="]]) {
        assert.deepEqual(await recorder.words(`aws-use env ${typed}`), ["aws-use", "env", "a:b=c@d e"], typed);
      }
      assert.deepEqual(await recorder.words("aws-use status --explain=a:b"), [
        "aws-use",
        "status",
        "--explain=a:b=c@d e",
      ]);
      assert.deepEqual(await recorder.words("aws-use --region eu-central-1 a"), [
        ...["aws-use", "--region", "eu-central-1", "a:b=c@d e"],
      ]);
      assert.deepEqual(await recorder.words("aws-token a"), ["aws-token", "a:b=c@d e"]);
      assert.deepEqual(await recorder.words("aws-token --c"), ["aws-token", "--copy"]);
      await Deno.writeTextFile(`${home}/session policy.json`, "{}");
      for (const words of [["--policy", "session policy.json"], ["--policy=session policy.json"]]) {
        const typed = words.join(" ").replace("sion policy.json", "");
        assert.deepEqual(await recorder.words(`aws-use env x ${typed}`), ["aws-use", "env", "x", ...words], typed);
      }
      assert.deepEqual(await recorder.words("aws-use env --format=d"), ["aws-use", "env", "--format=dotenv"]);
      assert.deepEqual(await recorder.words("aws-use ini"), ["aws-use", "init"]);
    }));

  Deno.test(`${shell}: Tab reads the files that the environment names, and those of the home folder`, () =>
    withHome(async (home) => {
      await Deno.mkdir(`${home}/.aws`);
      await Deno.mkdir(`${home}/sub folder`);
      await Deno.writeTextFile(`${home}/.aws/config`, "[profile home-config]\n");
      await Deno.writeTextFile(`${home}/.aws/credentials`, "[home-credentials]\n");
      await Deno.writeTextFile(`${home}/sub folder/config $x`, "[profile other]\n");
      await using terminal = await openShell(shell, environment(home));
      const unset = shell === "fish" ? "set -e" : "unset";
      const set = shell === "fish"
        ? (name: string, value: string) => `set -gx ${name} ${value}`
        : (name: string, value: string) => `export ${name}=${value}`;
      await terminal.type(`${unset} AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE`);
      await terminal.press("Enter");
      await terminal.type("aws-use env home-con");
      await terminal.press("Tab");
      await terminal.waitFor("aws-use env home-config");
      await terminal.press("C-u");
      await terminal.type("aws-use env home-cre");
      await terminal.press("Tab");
      await terminal.waitFor("aws-use env home-credentials");
      await terminal.press("C-u");
      await terminal.type(set("AWS_CONFIG_FILE", "'~/sub folder/config $x'"));
      await terminal.press("Enter");
      await terminal.type("aws-use env o");
      await terminal.press("Tab");
      await terminal.waitFor("aws-use env other");
    }));
}

for (const shell of shells) {
  Deno.test(`${shell}: Tab inserts names made of any characters so that the shell passes exactly that name`, () =>
    withHome(async (home) => {
      await using recorder = await openRecorder(shell, home);
      const character = fc.constantFrom(...` !"#$%&'()*+,-./:;<=>?@[]^_\`{|}~\\abZ09äß東🔑`);
      const names = fc.array(character, { minLength: 1, maxLength: 8 }).map((characters) => characters.join(""))
        // Dashes and tildes are other tests' matter; a name of nothing but dots is a folder to fish.
        .filter((name) => !/^[-~]|^\.+$/.test(name));
      await fc.assert(
        fc.asyncProperty(names, async (name) => {
          await writeProfile(home, name);
          // fish hides what begins with a dot until a dot is typed.
          const typed = shell === "fish" && name.startsWith(".") ? "." : "";
          assert.deepEqual(await recorder.words(`aws-use env ${typed}`), ["aws-use", "env", name]);
        }),
        { numRuns: 100 },
      );
    }));

  Deno.test(`${shell}: Tab starts no process`, () =>
    withHome(async (home) => {
      await writeProfile(home, "a");
      await Deno.writeTextFile(`${home}/credentials`, '["quoted \\"name"]\n');
      await assertNoProcess(shell, environment(home));
    }));

  Deno.test(`${shell}: Tab starts no process where the core keeps the names for it`, () =>
    withKeptNames((env) => assertNoProcess(shell, env)));
}

/** Types Tab in many places of a shell that strace watches. */
async function assertNoProcess(shell: Shell, env: Readonly<Record<string, string>>) {
  const trace = `${env.HOME}/trace`;
  const calls = "trace=fork,vfork,clone,clone3,execve,chdir,fchdir";
  const strace = ["strace", "-f", "-qq", "-y", "-e", calls, "-e", "signal=none", "-o", trace];
  const terminal = await openShell(shell, env, loading[shell], strace);
  try {
    const press = async (line: string, ...keys: readonly string[]) => {
      await terminal.type(line);
      await terminal.press(...keys);
    };
    await press("cd /usr", "Enter");
    // While a command runs, C-u is the kernel's, which would take away all that is typed ahead.
    await terminal.waitFor(/cd \/usr\n@>$/);
    const lines = ["aws-use env ", "aws-use --", "aws-use status --explain ", "aws-use prompt ", "aws-use mfa enroll "];
    for (const line of ["aws-use ", ...lines]) await press(line, "Tab", "Tab", "C-e", "C-u");
    await press("aws-token ", "Tab", "C-e", "C-u");
    await press("cd /", "Enter");
    await press("env true && exit", "Enter");
    await terminal.ended;
  } finally {
    await terminal[Symbol.asyncDispose]();
  }
  const lines = (await Deno.readTextFile(trace)).split("\n").filter((line) => !line.includes("CLONE_THREAD"));
  const [from, to] = [/chdir\(.*[<"]\/usr[">]/, /chdir\(.*[<"]\/[">]/]
    .map((call) => lines.findIndex((line) => call.test(line)));
  assert.ok(0 <= from && from < to, lines.join("\n"));
  assert.ok(lines.slice(to).some((line) => line.includes("execve(")), "strace sees processes");
  assert.deepEqual(lines.slice(from + 1, to).filter((line) => !line.includes("chdir(")), []);
}

/** Ways to load the completion, and settings of the person, under which it must work. */
const scenes: Readonly<Record<Shell, Readonly<Record<string, string>>>> = {
  zsh: {
    "compdef after compinit": `autoload -Uz compinit; compinit -D -u
      fpath+=(${completions}); autoload -Uz _aws-use; compdef _aws-use aws-use aws-token`,
    "options of other shells": `${loading.zsh}; setopt ksh_arrays sh_word_split glob_subst null_glob rc_quotes no_unset
      setopt csh_null_glob ksh_glob no_short_loops auto_name_dirs warn_create_global`,
    "matchers and groups": `${loading.zsh}; zstyle ':completion:*' matcher-list 'm:{a-z}={A-Z}' 'l:|=* r:|=*'
      zstyle ':completion:*' group-name ''; zstyle ':completion:*' format '%d'; zstyle ':completion:*' menu select=long`,
  },
  bash: {
    "strict options": `${loading.bash}; set -euo pipefail -f; shopt -s failglob extglob nocasematch; IFS=al`,
    "POSIX mode": `${loading.bash}; set -o posix`,
    "bash-completion, lazily": `source /usr/share/bash-completion/bash_completion`,
    "bash-completion first": `source /usr/share/bash-completion/bash_completion; ${loading.bash}`,
    "loaded twice": `${loading.bash}; ${loading.bash}`,
  },
  fish: {
    "vendor_completions.d": "",
    "loaded twice": `${loading.fish}; ${loading.fish}`,
  },
};

for (const shell of shells) {
  for (const [scene, setup] of Object.entries(scenes[shell])) {
    Deno.test(`${shell}: Tab works with ${scene}`, () =>
      withHome(async (home) => {
        await Deno.writeTextFile(`${home}/config`, "[profile alpha]\n[profile 'b c']\n[profile beta]\n");
        await Deno.writeTextFile(`${home}/credentials`, "[zeta]\n");
        await installFor(shell, home);
        await using recorder = await openRecorder(shell, home, setup);
        assert.deepEqual(await recorder.words("aws-use al"), ["aws-use", "alpha"]);
        assert.deepEqual(await recorder.words("aws-token ze"), ["aws-token", "zeta"]);
        assert.deepEqual(await recorder.words("aws-use env b\\ "), ["aws-use", "env", "b c"]);
        assert.deepEqual(await recorder.words("aws-use env --form"), ["aws-use", "env", "--format"]);
        assert.deepEqual(await recorder.words("aws-use env be --region mx-"), [
          ...["aws-use", "env", "be", "--region", "mx-central-1"],
        ]);
      }));
  }
}

/** Puts the completion where a package would, under both commands' names, for the shells that load by name. */
async function installFor(shell: Shell, home: string) {
  if (shell === "zsh") return;
  const folder =
    { bash: ".local/share/bash-completion/completions", fish: ".local/share/fish/vendor_completions.d" }[shell];
  const suffix = { bash: "", fish: ".fish" }[shell];
  await Deno.mkdir(`${home}/${folder}`, { recursive: true });
  await Deno.copyFile(`${completions}aws-use.${shell}`, `${home}/${folder}/aws-use${suffix}`);
  await Deno.symlink(`aws-use${suffix}`, `${home}/${folder}/aws-token${suffix}`);
}

Deno.test("zsh: a matcher of the person finds names that do not begin with what was typed", () =>
  withHome(async (home) => {
    await Deno.writeTextFile(`${home}/config`, "[profile team-Alpha]\n[profile Beta]\n");
    await using recorder = await openRecorder("zsh", home, scenes.zsh["matchers and groups"]);
    assert.deepEqual(await recorder.words("aws-use be"), ["aws-use", "Beta"]);
    assert.deepEqual(await recorder.words("aws-use Alp"), ["aws-use", "team-Alpha"]);
  }));

for (const shell of shells) {
  Deno.test(`${shell}: Tab completes behind sudo as it does without`, () =>
    withHome(async (home) => {
      await Deno.writeTextFile(`${home}/config`, "[profile alpha]\n[profile 'b c']\n");
      const load = { zsh: "", bash: "source /usr/share/bash-completion/bash_completion; ", fish: "" }[shell] +
        loading[shell];
      const sudo = shell === "fish" ? "function sudo; $argv; end" : 'sudo() { "$@"; }';
      await using recorder = await openRecorder(shell, home, `${load}\n${sudo}`);
      assert.deepEqual(await recorder.words("sudo aws-use al"), ["aws-use", "alpha"]);
      assert.deepEqual(await recorder.words("sudo aws-use mfa enroll --keys 2 al"), [
        ...["aws-use", "mfa", "enroll", "--keys", "2", "alpha"],
      ]);
      for (const typed of ["b\\ ", "'b ", '"b ', "'b", '"b']) {
        assert.deepEqual(await recorder.words(`sudo aws-use env ${typed}`), ["aws-use", "env", "b c"], typed);
      }
    }));
}

Deno.test("zsh: in groups, profiles stand before verbs", () =>
  withHome(async (home) => {
    await writeProfile(home, "alpha");
    const groups = "zstyle ':completion:*' group-name ''; zstyle ':completion:*' format '[%d]'";
    await using terminal = await openShell("zsh", environment(home), `${loading.zsh}; ${groups}`);
    await terminal.type("aws-use ");
    await terminal.press("Tab");
    await terminal.waitFor(/\[profile\]\s+alpha\s+\[verb\]\s+clear/);
  }));

for (const shell of ["zsh", "fish"] as const) {
  Deno.test(`${shell}: the list shows role and account beside a profile, and no control character of the file`, () =>
    withHome(async (home) => {
      const roles = [
        "  [profile indented]\n    role_arn = arn:aws:iam::666666666666:role/Deep\n",
        "[profile admin]\nmfa_serial = arn:aws:iam::999999999999:mfa/alice\nrole_arn = arn:aws:iam::123456789012:role/ops/Admin\n",
        "[profile sso]\r\nsso_account_id=210987654321\r\n",
        "[profile 'with space']\nregion = x\ns3 =\n  a = 1\nrole_arn: arn:aws-cn:iam::333333333333:role/Reader\n",
        "[profile evil]\nrole_arn = arn:aws:iam::444444444444:role/\x1b[31mred\n",
        "[profile plain]\nregion = x\n[services s]\nrole_arn = arn:aws:iam::555555555555:role/None\n",
      ];
      await Deno.writeTextFile(`${home}/config`, roles.join(""));
      await using terminal = await openShell(shell, environment(home));
      await terminal.type("aws-use env ");
      await terminal.press("Tab");
      const screen = await terminal.waitFor("with space");
      const shown = (name: string) =>
        new RegExp(`${name}[ -]+\\(?([^)\\n]*?)\\)?(?:  |$)`, "m").exec(screen)?.[1].trim();
      assert.equal(shown("admin"), "123456789012 ops/Admin", screen);
      assert.equal(shown("sso"), "210987654321", screen);
      assert.equal(shown("with space"), "333333333333 Reader", screen);
      assert.equal(shown("indented"), "666666666666 Deep", screen);
      assert.ok(!/444444444444|555555555555|31mred/.test(screen), screen);
      assert.ok(screen.includes("plain") && screen.includes("evil"), screen);
    }));
}

Deno.test("no completion file defines a function that the plugin of its shell has", async () => {
  for (const shell of shells) {
    const functions = async (path: string) => {
      const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
      const pattern = shell === "fish" ? /^ *function (\w+)/gm : /^ *(\w+) *\(\)/gm;
      return new Set([...text.matchAll(pattern)].map(([, name]) => name));
    };
    const ours = await functions(shell === "zsh" ? "completions/_aws-use" : `completions/aws-use.${shell}`);
    const plugin = await functions(`shell/aws-use.${shell}`);
    assert.ok(ours.size > 5 && plugin.size > 5, `${ours.size} and ${plugin.size} functions`);
    assert.deepEqual([...ours.intersection(plugin)], []);
  }
});
