/** The command: words, streams, status, and where the core is. */
import { admin, type Case, nothing, own } from "./case.ts";

/** Also what an interactive bash without a terminal says of job control. */
const onlySubshell =
  /(?<!^[^]*as before[^]*)aws-use: warning: this shell is as before: in a pipe or \$\(…\), aws-use reaches a subshell only\n/;

export const commandCases: readonly Case[] = [
  {
    name: "words reach the core exactly",
    core: [{}],
    type: [["aws-use", "exec", "", "two words", "*", "-x", "a=b", "'", "\\", "$x"]],
    after: { calls: [{ argv: ["exec", "", "two words", "*", "-x", "a=b", "'", "\\", "$x"] }] },
  },
  {
    name: "no words are the picker, whose choice is renewed by name",
    core: [admin],
    type: [["aws-use"], ["aws-use", "renew", "--no-touch"]],
    after: {
      env: { AWS_USE_PROFILE: "admin" },
      calls: [{ argv: [] }, { argv: ["renew", "--no-touch", "--", "--", "admin"] }],
    },
  },
  {
    name: "aws-token is aws-use token",
    core: [{ stdout: "123456\n" }],
    type: [["aws-token", "--copy"]],
    after: { stdout: "123456\n", calls: [{ argv: ["token", "--copy"] }] },
  },
  {
    name: "stdout can be piped on, stdin comes through",
    core: [{ stdout: "admin\nprod\n" }, { echoes: true }],
    type: ["aws-use list | grep prod", "aws-use exec cat"],
    stdin: "typed\n",
    after: { stdout: "prod\ntyped\n" },
  },
  ...["aws-use admin | cat", "aws-use admin --region x | cat", "aws-use off | cat"].map((line): Case => ({
    name: `in a pipe of an interactive shell the credentials reach a subshell, and one line says so: ${line}`,
    before: { AWS_USE_PROFILE: "inherited" },
    core: [admin],
    isInteractive: true,
    type: [line],
    after: { env: { AWS_ACCESS_KEY_ID: null }, stderr: onlySubshell },
    only: ({ family }) => family !== "fish",
  })),
  {
    name: "in $(…) of an interactive shell too",
    core: [admin],
    isInteractive: true,
    type: ["x=$(aws-use admin)"],
    after: { env: nothing, stderr: onlySubshell },
    only: ({ family }) => family !== "fish",
  },
  {
    name: "in fish a pipe is no subshell",
    core: [admin],
    isInteractive: true,
    type: ["aws-use admin | cat"],
    after: { env: { AWS_USE_PROFILE: "admin" } },
    only: ({ family }) => family === "fish",
  },
  {
    name: "a script may work in a subshell, and so may what only reads",
    core: [admin],
    type: ["(aws-use admin; aws-use off 2>/dev/null) | cat", "aws-use renew --help | cat"],
    after: { env: nothing },
    only: ({ family }) => family !== "fish",
  },
  {
    name: "any status of the core is ours",
    core: [{ status: 1 }],
    type: [["aws-use", "exec", "false"]],
    after: { status: 1 },
  },
  {
    name: "without a core, what the call says is a command, whatever the folder is called",
    arrange: (world, family) => {
      Deno.removeSync(`${world.bin}/aws-use`);
      const clone = `${world.folder}/my dir/it's "a" $x`;
      Deno.mkdirSync(`${clone}/shell`, { recursive: true });
      Deno.copyFileSync(world.plugin, `${clone}/shell/aws-use.${family}`);
      Deno.writeTextFileSync(`${clone}/install.sh`, "#!/bin/sh\necho installing\n", { mode: 0o755 });
      world.plugin = `${clone}/shell/aws-use.${family}`;
    },
    type: [
      {
        zsh: "aws-use admin 2>said || :",
        bash: "aws-use admin 2>said || :",
        fish: "aws-use admin 2>said",
      },
      {
        zsh: 'text=$(cat said); eval "${text##*with: }"',
        bash: 'text=$(cat said); eval "${text##*with: }"',
        fish: "eval (string replace -rf '.*with: ' '' <said)",
      },
    ],
    after: { stdout: "installing\n" },
  },
  {
    name: "without a core, the call says how to install it",
    arrange: ({ bin }) => Deno.removeSync(`${bin}/aws-use`),
    type: [["aws-use", "admin"]],
    after: {
      stderr:
        /^aws-use: error: the program aws-use is not installed\naws-use: hint: install it with: .*install\.sh.*\n$/,
      status: 69,
    },
  },
  {
    name: "the core is found in the prefix of the plugin's file, which has a space",
    core: [admin],
    arrange: (world, family) => {
      const share = `${world.folder}/my prefix/share/aws-use`;
      Deno.mkdirSync(share, { recursive: true });
      Deno.mkdirSync(`${world.folder}/my prefix/bin`);
      Deno.copyFileSync(world.plugin, `${share}/aws-use.${family}`);
      Deno.renameSync(`${world.bin}/aws-use`, `${world.folder}/my prefix/bin/aws-use`);
      world.plugin = `${share}/aws-use.${family}`;
    },
    type: [["aws-use", "admin"]],
    after: { env: { AWS_USE_PROFILE: "admin" } },
  },
  {
    name: "a core beside a source that merely lies two folders below is not taken",
    core: [admin],
    arrange: (world, family) => {
      const shell = `${world.folder}/src/aws-use/shell`;
      Deno.mkdirSync(shell, { recursive: true });
      Deno.mkdirSync(`${world.folder}/src/bin`);
      Deno.copyFileSync(world.plugin, `${shell}/aws-use.${family}`);
      Deno.renameSync(`${world.bin}/aws-use`, `${world.folder}/src/bin/aws-use`);
      world.plugin = `${shell}/aws-use.${family}`;
    },
    type: [["aws-use", "admin"]],
    after: { env: { AWS_USE_PROFILE: null }, status: 69, stderr: /not installed/, calls: [] },
  },
  {
    name: "the core is found in ~/.local/bin",
    core: [admin],
    arrange: ({ home, bin }) => {
      Deno.mkdirSync(`${home}/.local/bin`, { recursive: true });
      Deno.renameSync(`${bin}/aws-use`, `${home}/.local/bin/aws-use`);
    },
    type: [["aws-use", "admin"]],
    after: { env: { AWS_USE_PROFILE: "admin" } },
  },
  {
    name: "where stderr is closed, and all else, an activation works, and a script goes on",
    core: [admin],
    type: [
      "aws-use admin <&- >&- 2>&-",
      'echo "$AWS_USE_PROFILE"',
      "aws-use off 2>&-",
      "aws-use off x 2>&-",
      "echo alive",
    ],
    after: { stdout: "admin\nalive\n", calls: [{ argv: ["admin"] }] },
    // To what fish starts beside a pipe of its own, a closed descriptor is an error; under `set -e` the status ends it.
    only: ({ family, name }) => family !== "fish" && !name.includes("strict"),
  },
  {
    name: "where stdout is closed an activation works all the same",
    core: [admin],
    type: ["aws-use admin >&-"],
    after: { env: { AWS_USE_PROFILE: "admin" }, calls: [{ argv: ["admin"] }] },
    // fish 3 may be at a loss where to put its pipe.
    only: ({ family }) => family !== "fish",
  },
  {
    name: "a core in the current folder is not taken, even when PATH says so",
    arrange: ({ folder, bin }) => Deno.renameSync(`${bin}/aws-use`, `${folder}/aws-use`),
    type: [{
      zsh: "PATH=.::$PATH",
      bash: "PATH=.::$PATH",
      fish: "set -p PATH .",
    }, ["aws-use", "admin"]],
    after: { status: 69, stderr: /not installed/ },
  },
  {
    name: "settings reach the core where they were not exported",
    core: [{}],
    type: [
      { zsh: "AWS_USE_MARGIN=30m", bash: "AWS_USE_MARGIN=30m", fish: "set -g AWS_USE_MARGIN 30m" },
      ["aws-use", "list"],
    ],
    after: { env: { AWS_USE_MARGIN: null }, calls: [{ argv: ["list"], env: { AWS_USE_MARGIN: "30m" } }] },
  },
  {
    name: "loading again, while active, forgets nothing",
    before: own,
    core: [admin],
    type: [
      ["aws-use", "admin", "--region", "x"],
      { zsh: '. "$PLUGIN"', bash: '. "$PLUGIN"', fish: "source $PLUGIN" },
      ["aws-use", "renew"],
      ["aws-use", "off"],
    ],
    after: {
      env: own,
      stderr: "admin is off\n",
      calls: [{ argv: ["admin", "--region", "x"] }, { argv: ["renew", "--", "admin", "--region", "x"] }],
    },
  },
];
