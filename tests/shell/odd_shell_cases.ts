/** Shells that are set up in an odd way: what comes with the environment, read-only variables, traps, clocks that are set. */
import { promptHook } from "./adapters.ts";
import { admin, type Case, nothing, wireOf } from "./case.ts";
import { installCommands } from "./guard_cases.ts";

const active = { AWS_USE_PROFILE: "admin", AWS_USE_IDENTITY: "alice@123456789012", AWS_USE_EXPIRES_AT: "{+2850}" };
const evil = "x[$(touch pwned)]";

// An interactive bash without a terminal says that it has no job control.
const noise = /^(?![^]*aws-use)/;

export const oddShellCases: readonly Case[] = [
  {
    name: "nothing of ours is taken from the environment",
    before: Object.fromEntries(
      ["active", "before", "plain", "words", "shadow", "epoch", "flags", "guarded", "prompt_from", "failed_at", "level"]
        .flatMap((name) => [[`_aws_use_${name}`, evil]]),
    ),
    core: [admin],
    type: [["aws-use", "off"], ["aws-use", "admin"], ["aws-use", "off"]],
    after: { env: nothing, stderr: "nothing is active\nadmin is off\n" },
  },
  {
    name: "a shell that activates is not taken for one that has by those that it starts",
    before: {
      _aws_use_active: "1",
      _aws_use_before: "AWS_REGION=stale",
      _aws_use_person: "AWS_REGION=stale",
      ...active,
    },
    type: [["aws-use", "off"]],
    after: { env: nothing, stderr: "admin is off\n" },
  },
  {
    name: "what is loaded where all is exported reaches no program",
    type: [
      {
        zsh: 'setopt all_export; . "$PLUGIN"; unsetopt all_export',
        bash: 'set -a; . "$PLUGIN"; set +a',
        fish: "true",
      },
      { zsh: "env | grep -c _aws_use || :", bash: "env | grep -c _aws_use || :", fish: "echo 0" },
    ],
    after: { env: { _aws_use_active: null, _aws_use_usual: null, _aws_use_words: null }, stdout: "0\n" },
  },
  {
    name: "a clock that came with the environment does not stand still",
    before: { EPOCHSECONDS: "1000000000", ...active },
    isInteractive: true,
    type: [promptHook, 'echo "$AWS_USE_PROMPT"'],
    after: { stdout: "admin 47m\n", stderr: noise },
  },
  {
    name: "the prompt does not follow the seconds of the shell, which a person may set",
    before: active,
    isInteractive: true,
    type: [
      promptHook,
      "SECONDS=1500",
      promptHook,
      'echo "$AWS_USE_PROMPT"',
      "SECONDS=0",
      promptHook,
      'echo "$AWS_USE_PROMPT"',
    ],
    after: { stdout: "admin 47m\nadmin 47m\n", stderr: noise },
    only: ({ family, name }) => family === "bash" && !/bash-(3|4\.[01])/.test(name),
  },
  {
    name: "an activation is whole where the list of hooks is read-only",
    core: [{ wire: wireOf("admin") }],
    isInteractive: true,
    type: [
      {
        zsh: "unset precmd_functions; readonly -a precmd_functions=()",
        bash: "PROMPT_COMMAND=true; readonly PROMPT_COMMAND",
        fish: "",
      },
      ["aws-use", "admin", "--policy", "p.json"],
      'echo "$AWS_USE_PROMPT/$AWS_USE_ADDED"',
    ],
    after: {
      env: { AWS_USE_PROFILE: "admin" },
      stdout: "admin 59m/1\n",
      stderr: noise,
    },
    only: ({ family }) => family === "bash",
  },
  {
    name: "a read-only variable: one error, nothing is asked, nothing changes; what changes nothing works",
    core: [{}],
    before: { AWS_REGION: "mine" },
    type: [
      "readonly AWS_REGION",
      ["aws-use", "my-host"],
      ["aws-use", "use", "my-host"],
      ["aws-use"],
      ["aws-use", "list"],
      ["aws-use", "--help"],
      ["aws-use", "renew", "--help"],
    ],
    after: {
      env: { AWS_REGION: "mine", AWS_USE_PROFILE: null },
      stderr:
        /^(aws-use: error: AWS_REGION is read-only in this shell; nothing was changed\n.*: readonly AWS_REGION\n){3}$/,
      status: 0,
      calls: [{ argv: ["list"] }, { argv: ["--help"] }, { argv: ["renew", "--help"] }],
    },
    only: ({ family, name }) => family !== "fish" && !name.includes("strict"),
  },
  {
    name: "a variable that becomes read-only while a profile is active: off says so, all else works",
    core: [{ wire: wireOf("admin", { AWS_REGION: "eu-west-1" }) }, {}],
    type: [
      ["aws-use", "admin"],
      "readonly AWS_REGION",
      ["aws-use", "list"],
      ["aws-use", "off"],
      'echo "$AWS_USE_PROFILE"',
    ],
    after: {
      env: { AWS_REGION: "eu-west-1", AWS_USE_PROFILE: "admin" },
      stdout: "admin\n",
      stderr: /^aws-use: error: AWS_REGION is read-only in this shell; nothing was changed\n.*: readonly AWS_REGION\n$/,
      calls: [{ argv: ["admin"] }, { argv: ["list"] }],
    },
    only: ({ family, name }) => family !== "fish" && !name.includes("strict"),
  },
  {
    name: "the hook is taken out of whichever element of PROMPT_COMMAND it stands in",
    isInteractive: true,
    type: [
      'PROMPT_COMMAND=("a; ${PROMPT_COMMAND[0]}" b "${PROMPT_COMMAND[@]}" "_aws_use_precmd && :; c")',
      "aws-use_plugin_unload",
      'printf "<%s>" "${PROMPT_COMMAND[@]}"',
    ],
    after: { stdout: "<a; ><b><c>", stderr: noise },
    only: ({ family, name }) => family === "bash" && !/bash-([34]|5\.0)/.test(name),
  },
  {
    name: "case that matching ignores is ignored again afterwards",
    core: [admin],
    type: ["shopt -s nocasematch", ["aws-use", "admin"], "shopt nocasematch"],
    after: { stdout: /nocasematch\s+on/ },
    only: ({ family }) => family === "bash",
  },
  {
    name: "what the person's expression has matched stays, as does an option whose letter is one of ours",
    core: [admin],
    type: ["set -P; [[ abc =~ b ]]", ["aws-use", "admin"], 'echo "${BASH_REMATCH[0]} $(set -o | grep -c "posix.*on")"'],
    after: { stdout: "b 0\n" },
    only: ({ family, name }) => family === "bash" && !/strict|POSIX/.test(name),
  },
  {
    name: "odd options do not change the prompt",
    before: active,
    isInteractive: true,
    type: [
      {
        zsh: "setopt force_float warn_create_global; (( ! ${+options[warnnestedvar]} )) || setopt warn_nested_var",
        bash: "set -f",
        fish: "true",
      },
      promptHook,
      'echo "$AWS_USE_PROMPT"',
      {
        zsh: "_aws_use_prompt_until=-1",
        bash: "_aws_use_prompt_until=-1",
        fish: "set -q _aws_use_prompt_until[1]; and set _aws_use_prompt_until -1",
      },
      promptHook,
      'echo "$AWS_USE_PROMPT"',
    ],
    after: { stdout: "admin 47m\nadmin 47m\n", stderr: /^(?![^]*_aws_use)/ },
  },
  {
    name: "what is installed after the first activation has a guard after the next",
    arrange: installCommands,
    core: [admin],
    type: [
      ["aws-use", "admin"],
      "cp bin/aws bin/eksctl",
      ["aws-use", "use", "admin"],
      {
        zsh: 'echo "${+functions[eksctl]}"',
        bash: "if (set +o posix; declare -F eksctl >/dev/null); then echo 1; else echo 0; fi",
        fish: "functions -q eksctl; and echo 1",
      },
    ],
    after: { stdout: "1\n" },
  },
  ...[
    ["{profile} {left}", "a\u009b31mb", "a31mb 47m"],
    ["\u0085{left}\u009f{profile}", "zoë", "47mzoë"],
  ].map(([format, profile, text]): Case => ({
    name: `no control character reaches the prompt, whatever the locale: ${text}`,
    before: { ...active, LC_ALL: "C", AWS_USE_PROFILE: profile, AWS_USE_PROMPT_FORMAT: format },
    isInteractive: true,
    type: [promptHook, 'echo "$AWS_USE_PROMPT"'],
    after: { stdout: `${text}\n`, stderr: noise },
    // In such a locale fish takes each byte for a character, and prints that one.
    only: ({ family }) => family !== "fish",
  })),
];
