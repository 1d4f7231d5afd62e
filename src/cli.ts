/**
 * The command table as data: verbs, arguments, flags, help, and the powers that each verb needs.
 * Loads nothing, so that `main.ts` can give powers up before anything else is loaded.
 */

export const version = "0.1.0";

/** What a verb may do to the world besides reading files and the environment. What is not listed is given up at the start. */
export interface Powers {
  readonly network?: true;
  readonly processes?: true;
  readonly writes?: true;
}

export interface Flag {
  readonly name: string;
  /** The value's name in help; a flag without one is a switch. */
  readonly value?: string;
  readonly repeats?: true;
  readonly help: string;
  /** Words that Tab offers for the value. */
  readonly choices?: readonly string[];
}

/** An action of a verb, with a help of its own. */
export interface Action {
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** The argument's name in help, in brackets where it may be left out; absent where the verb takes none. */
  readonly argument?: string;
  /** How many arguments there may be; 1 where there is an argument and nothing else is said. */
  readonly maximum?: number;
  /** What the first argument may be, where each has flags and a help of its own. */
  readonly actions?: Readonly<Record<string, Action>>;
  /** What Tab offers for the argument. */
  readonly completes?: "profiles" | readonly string[];
  readonly flags: readonly Flag[];
  readonly powers: Powers;
  /** Powers that come with a flag. */
  readonly powersWith?: Readonly<Record<string, Powers>>;
  /** Whether it may ask the person something, and so wants the controlling terminal where its streams are none. */
  readonly speaks?: true;
  readonly examples?: readonly string[];
}

const additions: readonly Flag[] = [
  { name: "region", value: "REGION", help: "region instead of the profile's" },
  { name: "duration", value: "TIME", help: "how long the credentials shall live: seconds, 45m or 2h" },
  { name: "role-arn", value: "ARN", help: "assume one more role at the end" },
  { name: "policy", value: "FILE", help: "scope the role down with the session policy in FILE" },
  {
    name: "policy-arn",
    value: "ARN",
    repeats: true,
    help: "scope the role down with a managed policy (up to 10 times)",
  },
];

const asking: readonly Flag[] = [
  { name: "token-code", value: "CODE", help: "the six digits of the MFA device, instead of asking for them" },
  { name: "no-cache", help: "neither read nor write cached credentials" },
  { name: "yes", help: "answer the question of a profile with aws_use_confirm" },
];

const all: Powers = { network: true, processes: true, writes: true };

const whichDevice: Flag = { name: "name", value: "DEVICE", help: "the MFA device, by its name or its ARN" };

export const mfaActions: Readonly<Record<"enroll" | "list" | "resync" | "remove", Action>> = {
  enroll: {
    summary: "make an MFA device whose seed is on a YubiKey and nowhere else, and write mfa_serial",
    flags: [
      { name: "name", value: "DEVICE", help: "name of the new MFA device; the user's name unless said" },
      { name: "user", value: "NAME", help: "for another IAM user, with this profile's rights" },
      { name: "keys", value: "N", help: "put the seed on N YubiKeys, for a spare" },
      { name: "no-touch", help: "codes without a touch" },
      { name: "qr", help: "show the seed as a QR code too, for an authenticator" },
      { name: "show-seed", help: "show the seed as text too, for paper" },
      { name: "yes", help: "write mfa_serial without a question; one that is there is asked about all the same" },
    ],
    examples: ["aws-use mfa enroll", "aws-use mfa enroll --keys 2", "aws-use mfa enroll admin --user bob"],
  },
  list: {
    summary: "the MFA devices of the user at AWS, beside the accounts on the plugged YubiKeys",
    flags: [{ name: "json", help: "as JSON" }],
    examples: ["aws-use mfa list", "aws-use mfa list --json | jq '.[] | select(.state != \"ok\")'"],
  },
  resync: {
    summary: "two codes that follow each other bring AWS back into step with a device",
    flags: [whichDevice, { name: "yes", help: "send the codes without a question" }],
    examples: ["aws-use mfa resync admin"],
  },
  remove: {
    summary: "take a device away: at AWS, on the YubiKey and out of the config; run again, it finishes what is left",
    flags: [
      whichDevice,
      { name: "last", help: "also the last device that the user has" },
      { name: "yes", help: "remove it without a question; the last one needs --last all the same" },
    ],
    examples: ["aws-use mfa remove", "aws-use mfa remove --name old-key"],
  },
};

/** The flags of all actions, each once; `shared` has the help of those that several have. */
function flagsOf(actions: Readonly<Record<string, Action>>, shared: Readonly<Record<string, string>>): readonly Flag[] {
  const named = Object.entries(actions).flatMap(([action, { flags }]) =>
    flags.map((flag) => [flag.name, { ...flag, help: shared[flag.name] ?? `${action}: ${flag.help}` }] as const)
  );
  return [...new Map(named).values()];
}

/** Verbs that the core answers. The first word of the command line decides; anything else is `use`. */
export const verbs: readonly Verb[] = [
  {
    name: "use",
    summary: "put a profile's credentials into this shell; alone: pick one",
    argument: "[PROFILE]",
    completes: "profiles",
    flags: [...additions, ...asking],
    powers: all,
    speaks: true,
    examples: ["aws-use admin", "aws-use admin --duration 2h", "aws-use use -- -odd-name"],
  },
  {
    name: "off",
    summary: "drop them: back to what was there before",
    flags: [],
    powers: {},
  },
  {
    name: "env",
    summary: "print them for another program",
    argument: "PROFILE",
    completes: "profiles",
    flags: [
      { name: "format", value: "FORMAT", help: "sh, fish, json or dotenv", choices: ["sh", "fish", "json", "dotenv"] },
      ...additions,
      ...asking,
    ],
    powers: all,
    speaks: true,
    examples: ['eval "$(aws-use env admin --format sh)"', "aws-use env admin --format json | jq ."],
  },
  {
    name: "status",
    summary: "what is active here and for how long; --explain: how a profile gets its credentials",
    flags: [
      { name: "check", help: "ask AWS whether it takes the credentials (GetCallerIdentity)" },
      { name: "explain", value: "PROFILE", help: "print the steps for a profile with reasons; calls nothing" },
      { name: "json", help: "as JSON" },
      ...additions,
    ],
    powers: {},
    powersWith: { check: { network: true } },
    examples: ["aws-use status --check", "aws-use status --explain admin"],
  },
  {
    name: "list",
    summary: "all profiles with role, account, MFA device and how long they are cached",
    flags: [{ name: "json", help: "as JSON" }],
    powers: {},
    examples: ["aws-use list --json | jq -r '.[].name'"],
  },
  {
    name: "clear",
    summary: "forget cached credentials; without PROFILE the MFA sessions too",
    argument: "[PROFILE]",
    completes: "profiles",
    flags: [],
    powers: { writes: true },
  },
  {
    name: "renew",
    summary: "renew what is active in this shell, whatever time is left",
    flags: [
      { name: "no-touch", help: "never ask for a touch or a code: status 75 where one is needed" },
      { name: "margin", value: "TIME", help: "how long the credentials shall live at least, up to the role's maximum" },
    ],
    maximum: 100,
    powers: all,
    speaks: true,
  },
  {
    name: "prompt",
    summary: "print the lines that show role and time left in a prompt",
    argument: "[NAME]",
    completes: [
      "zsh",
      "bash",
      "fish",
      "powerlevel10k",
      "pure",
      "spaceship",
      "starship",
      "tide",
      "oh-my-posh",
      "oh-my-zsh",
    ],
    flags: [{ name: "setup", help: "print only lines to paste; without NAME the names there are" }],
    powers: {},
    examples: ["aws-use prompt --setup zsh >> ~/.zshrc"],
  },
  {
    name: "token",
    summary: "print the current code of an MFA device, for a console login",
    argument: "[PROFILE|MFA_SERIAL]",
    completes: "profiles",
    flags: [{ name: "copy", help: "put it on the clipboard instead" }],
    powers: { processes: true, writes: true },
    speaks: true,
    examples: ["aws-token | pbcopy", "aws-use token --copy"],
  },
  {
    name: "doctor",
    summary: "find what is wrong here, and what mends it",
    flags: [{ name: "json", help: "as JSON" }],
    powers: { network: true, processes: true },
    examples: ["aws-use doctor", "aws-use doctor --json | jq '.[] | select(.state != \"ok\")'"],
  },
  {
    name: "mfa",
    summary: "MFA devices on YubiKeys: enroll a new one, list, resync, remove",
    argument: "ACTION [PROFILE]",
    maximum: 2,
    completes: Object.keys(mfaActions),
    actions: mfaActions,
    flags: flagsOf(mfaActions, {
      name: "name of the MFA device; enroll: the user's name unless said",
      yes: "answer every question but the one that --last answers",
    }),
    powers: all,
    speaks: true,
    examples: [
      "aws-use mfa enroll",
      "aws-use mfa enroll --keys 2",
      "aws-use mfa list --json",
      "aws-use mfa resync admin",
    ],
  },
  {
    name: "init",
    summary: "print the plugin for a shell, to be sourced from a file",
    argument: "SHELL",
    completes: ["zsh", "bash", "fish"],
    flags: [],
    powers: {},
    examples: ["aws-use init zsh > ~/.aws-use.zsh"],
  },
];

/** Verbs to come, reserved from the start so that a profile of that name never changes its meaning. */
export const reservedVerbs: readonly string[] = [
  "keys",
  "exec",
  "credentials",
  "serve",
  "save",
  "console",
  "setup",
  "sso",
  "certificates",
  "guardrails",
];

/** Every word that a profile of the same name must step back for; it is reached by `aws-use use NAME`. */
export function isVerb(word: string): boolean {
  return reservedVerbs.includes(word) || verbs.some((verb) => verb.name === word);
}

/** The verb of a command line and the words after it. The first word alone decides. */
export function verbOf(words: readonly string[]): { readonly verb: Verb; readonly rest: readonly string[] } {
  const named = verbs.find((verb) => verb.name === words[0]);
  return named ? { verb: named, rest: words.slice(1) } : { verb: verbs[0], rest: words };
}

/** What `verb` may do when it is called with `rest`. A flag after `--` is an argument and brings no powers. */
export function powersOf(verb: Verb, rest: readonly string[]): Powers {
  const end = rest.indexOf("--");
  const flags = end < 0 ? rest : rest.slice(0, end);
  if (flags[0] === "--version" || flags.some((word) => word === "--help" || word === "-h")) return {};
  return Object.entries(verb.powersWith ?? {})
    .filter(([flag]) => flags.includes(`--${flag}`))
    .reduce((powers, [, more]) => ({ ...powers, ...more }), verb.powers);
}
