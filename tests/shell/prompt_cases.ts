/** The prompt's text and state, as the hook computes them before each prompt. */
import { promptHook } from "./adapters.ts";
import { admin, type Case, knowsFileTimes, wireOf } from "./case.ts";

type Variables = Readonly<Record<string, string>>;

const rows: readonly (readonly [before: Variables, prompt: string, state: string])[] = [
  [{}, "admin 47m", "live"],
  [{ AWS_USE_EXPIRES_AT: "{+7530}" }, "admin 2h05m", "live"],
  // As the core confirms it in that second: never more than there is.
  [{ AWS_USE_EXPIRES_AT: "{+3600}" }, "admin 59m", "live"],
  [{ AWS_USE_EXPIRES_AT: "{+43200}" }, "admin 11h", "live"],
  [{ AWS_USE_EXPIRES_AT: "{+610}" }, "admin 10m", "live"],
  [{ AWS_USE_EXPIRES_AT: "{+570}" }, "admin 9m", "expiring"],
  [{ AWS_USE_EXPIRES_AT: "{-1}" }, "admin expired", "expired"],
  [{ AWS_USE_EXPIRES_AT: "000" }, "admin expired", "expired"],
  [{ AWS_USE_EXPIRES_AT: "" }, "admin", "live"],
  [{ AWS_USE_EXPIRES_AT: "x[$(touch pwned)]" }, "admin", "live"],
  [{ AWS_USE_EXPIRES_AT: "9999999999999999999999" }, "admin", "live"],
  [{ AWS_USE_MARGIN: "1h" }, "admin 47m", "expiring"],
  [{ AWS_USE_MARGIN: "47m" }, "admin 47m", "live"],
  [{ AWS_USE_MARGIN: "3000s" }, "admin 47m", "expiring"],
  [{ AWS_USE_MARGIN: "3000" }, "admin 47m", "expiring"],
  [{ AWS_USE_MARGIN: "0900" }, "admin 47m", "live"],
  [{ AWS_USE_MARGIN: "x[$(touch pwned)]" }, "admin 47m", "live"],
  [{ AWS_USE_DANGER: "*prod* *live*" }, "admin 47m", "live"],
  [{ AWS_USE_DANGER: "*prod* *live*", AWS_USE_PROFILE: "My-PROD-x" }, "My-PROD-x 47m", "danger"],
  [{ AWS_USE_DANGER: "a?min", AWS_USE_EXPIRES_AT: "{+570}" }, "admin 9m", "danger"],
  [{ AWS_USE_DANGER: "a?min", AWS_USE_EXPIRES_AT: "{-1}" }, "admin expired", "expired"],
  [{ AWS_USE_DANGER: "dmin admi a??in? a.*n (admin|x) [a]dmin ad\\min" }, "admin 47m", "live"],
  [{ AWS_USE_DANGER: "* $(touch pwned)" }, "admin 47m", "danger"],
  [{ AWS_USE_DANGER: "[a]*\\", AWS_USE_PROFILE: "[A]b\\" }, "[A]b\\ 47m", "danger"],
  [{ AWS_USE_DANGER: "@(admin) !(x) *(admin) ?(admin|x) +(admin)" }, "admin 47m", "live"],
  [{ AWS_USE_DANGER: "*(admin)", AWS_USE_PROFILE: "x(admin)" }, "x(admin) 47m", "danger"],
  [{ AWS_USE_DANGER: "*pröd*", AWS_USE_PROFILE: "PRÖD-x" }, "PRÖD-x 47m", "danger"],
  [{ AWS_USE_PROFILE: "a\x1b[31mb\x07\x7f" }, "a[31mb 47m", "live"],
  [
    { AWS_USE_PROFILE: "$(touch pwned)`touch pwned`%F{red}\\u {left}" },
    "$(touch pwned)`touch pwned`%F{red}\\u {left} 47m",
    "live",
  ],
  [
    { AWS_USE_PROMPT_FORMAT: "{left} {profile}@{account} {region} {sign} {x} {}{", AWS_DEFAULT_REGION: "eu-west-1" },
    "47m admin@123456789012 eu-west-1  {x} {}{",
    "live",
  ],
  [{ AWS_USE_PROMPT_FORMAT: "{profile}{sign}", AWS_USE_EXPIRES_AT: "{+570}" }, "admin!", "expiring"],
  [{ AWS_USE_PROMPT_FORMAT: "{profile}{sign}", AWS_USE_EXPIRES_AT: "{-1}" }, "adminx", "expired"],
  [{ AWS_USE_PROMPT_FORMAT: "{profile}{sign}", AWS_USE_DANGER: "*" }, "admin#", "danger"],
  [{ AWS_USE_PROMPT_FORMAT: "" }, "", "live"],
  [{ AWS_USE_PROMPT_FORMAT: "[{account}]", AWS_USE_IDENTITY: "210987654321" }, "[210987654321]", "live"],
];

/** With nothing but the minutes left changed. */
const ticks: readonly (readonly [before: Variables, prompt: string])[] = [
  [{}, "admin 46m"],
  [{ AWS_USE_EXPIRES_AT: "{+570}" }, "admin 8m"],
  [{ AWS_USE_DANGER: "a*" }, "admin 46m"],
  [{ AWS_USE_PROFILE: "{left}" }, "{left} 46m"],
  [
    { AWS_USE_PROMPT_FORMAT: "{sign}{left}\x1b {profile}@{account} {region} {x} ", AWS_USE_DANGER: "*" },
    "#46m admin@123456789012  {x}",
  ],
  [{ AWS_USE_PROMPT_FORMAT: "  {left}  " }, "  46m"],
];

/** The text is made again at the next prompt. */
const outdated = {
  zsh: "AWS_USE_PROMPT=old _aws_use_prompt_until=-1",
  bash: "AWS_USE_PROMPT=old _aws_use_prompt_until=-1",
  fish: "set AWS_USE_PROMPT old; set -q _aws_use_prompt_until[1]; and set _aws_use_prompt_until -1",
};

const aMinuteLater = {
  zsh: `${outdated.zsh} _aws_use_prompt_end=$(( _aws_use_prompt_end - 60 ))`,
  bash: `${outdated.bash} _aws_use_prompt_end=$((_aws_use_prompt_end - 60))`,
  fish: `${outdated.fish}; set _aws_use_prompt_end (for end in $_aws_use_prompt_end; math $end - 60; end)`,
};

/** As if so many seconds had gone by. */
const later = (seconds: number) => {
  const all = ["from", "until", "ticks", "end"].map((name) => `_aws_use_prompt_${name} -= ${seconds}`).join(", ");
  const set = (name: string) => `set ${name} (for each in $${name}; math $each - ${seconds}; end)`;
  return {
    zsh: `(( ${all} ))`,
    bash: `((${all}))`,
    fish: ["from", "until", "end"].map((name) => set(`_aws_use_prompt_${name}`)).join("; "),
  };
};

/** What makes the text from its beginning does not run. */
const nothingElse = {
  zsh: "_aws_use_refresh() { AWS_USE_PROMPT=anew; }",
  bash: "_aws_use_refresh() { AWS_USE_PROMPT=anew; }",
  fish: "function _aws_use_refresh; set AWS_USE_PROMPT anew; end",
};

// An interactive bash without a terminal says that it has no job control.
const noise = /^(?![^]*aws-use)/;

const active: Variables = {
  AWS_USE_PROFILE: "admin",
  AWS_USE_IDENTITY: "alice@123456789012",
  AWS_USE_EXPIRES_AT: "{+2850}",
};

/** What alone changes, to what, and what the prompt is then, and when it is erased. */
const changes: readonly (readonly [key: string, value: string, shown: string])[] = [
  ["AWS_USE_PROFILE", "prod", "prod 123456789012  47m\n/\n"],
  ["AWS_USE_IDENTITY", "210987654321", "admin 210987654321  47m\nlive/admin   47m\n"],
  ["AWS_USE_EXPIRES_AT", "1", "admin 123456789012  expired x\nlive/admin 123456789012\n"],
  ["AWS_REGION", "eu-west-1", "admin 123456789012 eu-west-1 47m\nlive/admin 123456789012  47m\n"],
  ["AWS_DEFAULT_REGION", "eu-west-1", "admin 123456789012 eu-west-1 47m\nlive/admin 123456789012  47m\n"],
  ["AWS_USE_MARGIN", "1h", "admin 123456789012  47m !\nlive/admin 123456789012  47m\n"],
  ["AWS_USE_DANGER", "a*", "admin 123456789012  47m #\nlive/admin 123456789012  47m\n"],
  ["AWS_USE_PROMPT_FORMAT", "{left}", "47m\nlive/admin 47m\n"],
  ["AWS_USE_STATE", "odd", "admin 123456789012  47m\nlive/admin 123456789012  47m\n"],
];

const stateAndPrompt = 'echo "${AWS_USE_STATE-}/${AWS_USE_PROMPT-}"';

export const promptCases: readonly Case[] = [
  ...rows.map(([before, prompt, state]): Case => ({
    name: `prompt for ${JSON.stringify(before)}`,
    before: { ...active, ...before },
    isInteractive: true,
    type: [promptHook, outdated, promptHook],
    after: { env: { AWS_USE_PROMPT: prompt, AWS_USE_STATE: state }, stderr: noise },
  })),
  ...ticks.map(([before, prompt]): Case => ({
    name: `prompt for ${JSON.stringify(before)}, a minute later`,
    before: { ...active, ...before },
    isInteractive: true,
    type: [promptHook, aMinuteLater, nothingElse, promptHook],
    after: { env: { AWS_USE_PROMPT: prompt }, stderr: noise },
    only: knowsFileTimes,
  })),
  {
    name: "the state changes in time, also within a minute that is counted on",
    // Text 47m for 29 s, then 46m; expiring 30 s after that.
    before: { ...active, AWS_USE_MARGIN: "2790" },
    isInteractive: true,
    type: [
      promptHook,
      nothingElse,
      later(32),
      promptHook,
      'echo "$AWS_USE_PROMPT"',
      later(20),
      promptHook,
      'echo "$AWS_USE_PROMPT"',
      later(12),
      promptHook,
      'echo "$AWS_USE_PROMPT"',
    ],
    after: { stdout: "admin 46m\nadmin 46m\nanew\n", stderr: noise },
    only: knowsFileTimes,
  },
  {
    name: "the prompt follows the variables from one prompt to the next",
    core: [admin],
    isInteractive: true,
    type: [
      promptHook,
      ["aws-use", "admin"],
      promptHook,
      'echo "$AWS_USE_PROMPT/$AWS_USE_STATE"',
      { zsh: "AWS_USE_EXPIRES_AT=1", bash: "AWS_USE_EXPIRES_AT=1", fish: "set AWS_USE_EXPIRES_AT 1" },
      promptHook,
      'echo "$AWS_USE_PROMPT/$AWS_USE_STATE"',
      { zsh: "AWS_USE_DANGER=a*", bash: "AWS_USE_DANGER=a*", fish: "set -g AWS_USE_DANGER 'a*'" },
      {
        zsh: "AWS_USE_EXPIRES_AT=99999999999",
        bash: "AWS_USE_EXPIRES_AT=99999999999",
        fish: "set AWS_USE_EXPIRES_AT 99999999999",
      },
      promptHook,
      'echo "$AWS_USE_STATE"',
    ],
    after: { stdout: "admin 59m/live\nadmin expired/expired\ndanger\n", stderr: noise },
  },
  ...changes.map(([key, value, shown]): Case => ({
    name: `the prompt follows ${key} alone, and again when it is erased`,
    before: { ...active, AWS_USE_PROMPT_FORMAT: "{profile} {account} {region} {left} {sign}" },
    isInteractive: true,
    type: [
      promptHook,
      { zsh: `export ${key}='${value}'`, bash: `export ${key}='${value}'`, fish: `set -gx ${key} '${value}'` },
      promptHook,
      'echo "$AWS_USE_PROMPT"',
      { zsh: `unset ${key}`, bash: `unset ${key}`, fish: `set -e ${key}` },
      promptHook,
      { zsh: stateAndPrompt, bash: stateAndPrompt, fish: 'echo "$AWS_USE_STATE/$AWS_USE_PROMPT"' },
    ],
    after: { stdout: shown, stderr: noise },
  })),
  {
    name: "with nothing active there is no prompt text",
    before: { AWS_USE_PROMPT: "prod 5m", AWS_USE_STATE: "live" },
    isInteractive: true,
    type: [promptHook],
    after: { env: { AWS_USE_PROMPT: null, AWS_USE_STATE: null }, stderr: noise },
  },
  {
    name: "off takes the prompt text away at once",
    core: [admin],
    isInteractive: true,
    type: [["aws-use", "admin"], promptHook, ["aws-use", "off"]],
    after: { env: { AWS_USE_PROMPT: null, AWS_USE_STATE: null }, stderr: /admin is off\n$/ },
  },
  {
    name: "the hook keeps the exit status",
    core: [{ wire: wireOf("admin") }],
    isInteractive: true,
    type: [
      { zsh: "", bash: '(exit 7); eval "$PROMPT_COMMAND"; echo $?', fish: "" },
      ["aws-use", "admin"],
      { zsh: "", bash: '(exit 7); eval "$PROMPT_COMMAND"; echo $?', fish: "" },
    ],
    after: { stdout: "7\n7\n", stderr: noise },
    // zsh and fish keep the status of a hook to themselves.
    only: ({ family, name }) => family === "bash" && !name.endsWith("strict"),
  },
  {
    name: "a shell that is not interactive gets no hook",
    type: [{
      zsh: 'echo "<${precmd_functions[@]-}>"',
      bash: 'echo "<${PROMPT_COMMAND-}>"',
      fish: "functions -q _aws_use_prompt; or echo '<>'",
    }],
    after: { stdout: "<>\n" },
  },
  {
    name: "a hook that a start-up file has thrown out is back after an activation, once",
    core: [admin],
    isInteractive: true,
    type: [
      {
        zsh: "precmd_functions=(theirs)",
        bash: "PROMPT_COMMAND=theirs",
        fish: "",
      },
      ["aws-use", "admin"],
      ["aws-use", "admin"],
      { zsh: 'echo "${precmd_functions[@]}"', bash: 'echo "$PROMPT_COMMAND"', fish: "" },
      { zsh: "unset precmd_functions", bash: "unset PROMPT_COMMAND", fish: "" },
      ["aws-use", "admin"],
      { zsh: 'echo "${precmd_functions[@]}"', bash: 'echo "$PROMPT_COMMAND"', fish: "" },
    ],
    after: {
      stdout: /^(_aws_use_precmd theirs\n_aws_use_precmd|theirs\n_aws_use_precmd && :\n_aws_use_precmd && :)\n$/,
      stderr: noise,
    },
    only: ({ family }) => family !== "fish",
  },
  {
    name: "a hook that another prompt runs for us is not hooked again",
    core: [admin],
    isInteractive: true,
    type: [
      { zsh: "", bash: 'kept=$PROMPT_COMMAND; theirs() { eval "$kept"; }; PROMPT_COMMAND=theirs', fish: "" },
      promptHook,
      ["aws-use", "admin"],
      promptHook,
      'echo "$PROMPT_COMMAND $AWS_USE_PROMPT"',
    ],
    after: { stdout: "theirs admin 59m\n", stderr: noise },
    only: ({ family }) => family === "bash",
  },
  {
    name: "loading twice hooks once",
    isInteractive: true,
    type: [
      { zsh: '. "$PLUGIN"', bash: '. "$PLUGIN"', fish: "source $PLUGIN" },
      {
        zsh: 'echo "${precmd_functions[@]}"',
        bash: 'echo "$PROMPT_COMMAND"',
        fish: "",
      },
    ],
    after: { stdout: /^_aws_use_precmd( && :)?\n$/, stderr: noise },
    only: ({ family }) => family !== "fish",
  },
];
