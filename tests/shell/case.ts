/** What a case of the contract is, and the data that many cases share. */
import type { Family } from "./adapters.ts";
import type { Answer } from "./fake_core.ts";

/** Words are typed exactly as they are; a text is source that means the same in all shells, or in each its own. */
export type Line = readonly string[] | string | Readonly<Record<Family, string>>;

export interface ExpectedCall {
  readonly argv: readonly string[];
  /** Of the variables named here: the value that the core saw, null for none; `{folder}` is the world's. */
  readonly env?: Readonly<Record<string, string | null>>;
}

export interface World {
  /** The working directory and the folder of everything below. */
  readonly folder: string;
  readonly home: string;
  /** On PATH before the system's; holds the core. */
  readonly bin: string;
  readonly cache: string;
  /** Where the plugin is loaded from. */
  plugin: string;
}

export interface Case {
  readonly name: string;
  /** The environment; `{folder}` is the world's. */
  readonly before?: Readonly<Record<string, string>>;
  /** What the core answers to the first call, the second …; the last answer holds for all further calls. */
  readonly core?: readonly Answer[];
  readonly arrange?: (world: World, family: Family) => void;
  readonly stdin?: string;
  readonly isInteractive?: boolean;
  readonly type: readonly Line[];
  readonly after: {
    /** Of the variables named here: what a program started at the end sees, null for nothing. */
    readonly env?: Readonly<Record<string, string | null>>;
    readonly stdout?: string | RegExp;
    readonly stderr?: string | RegExp;
    readonly status?: number;
    readonly calls?: readonly ExpectedCall[];
  };
  readonly only?: (shell: { readonly family: Family; readonly name: string }) => boolean;
}

/** Whether the shell can tell the times of files: without them the core is asked, and a prompt is made anew each time. */
export function knowsFileTimes({ name }: { readonly name: string }): boolean {
  return !/^fish-3\.[45]/.test(name);
}

export const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/** The wire of an activation. */
export function wireOf(profile: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
  const set = {
    AWS_ACCESS_KEY_ID: `ASIA${profile.toUpperCase().replaceAll(/[^A-Z]/g, "")}`,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: `token/of+${profile}==`,
    AWS_CREDENTIAL_EXPIRATION: "2030-01-01T12:00:00Z",
    AWS_USE_PROFILE: profile,
    AWS_USE_IDENTITY: "alice@123456789012",
    AWS_USE_EXPIRES_AT: "{+3570}",
    ...more,
  };
  return [
    ...Object.entries(set).map(([key, value]) => `${key}=${value}`),
    ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID"],
  ];
}

export const admin: Answer = {
  wire: wireOf("admin", { AWS_REGION: "eu-central-1", AWS_DEFAULT_REGION: "eu-central-1" }),
};
export const readonly: Answer = { wire: wireOf("readonly") };

/** Nothing of ours. */
export const nothing = {
  AWS_ACCESS_KEY_ID: null,
  AWS_SECRET_ACCESS_KEY: null,
  AWS_SESSION_TOKEN: null,
  AWS_CREDENTIAL_EXPIRATION: null,
  AWS_REGION: null,
  AWS_DEFAULT_REGION: null,
  AWS_USE_PROFILE: null,
  AWS_USE_IDENTITY: null,
  AWS_USE_EXPIRES_AT: null,
  AWS_USE_KEY_ID: null,
  AWS_USE_ADDED: null,
  AWS_USE_PROMPT: null,
  AWS_USE_STATE: null,
};

/** What a person has in their environment before. */
export const own = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "own secret; with 'quotes' and \\",
  AWS_PROFILE: "mine",
  AWS_REGION: "us-east-2",
  AWS_VAULT: "theirs",
};

export const refused =
  `aws-use: error: the program aws-use sent a line that this plugin does not know; nothing was changed
aws-use: hint: open a new shell; if it stays so, install program and plugin again
`;

/** Texts that a shell might take for more than text. */
export const hostileTexts: readonly string[] = [
  `a'b"c`,
  "$(touch pwned)",
  "`touch pwned`",
  "${HOME}$HOME~",
  "~root ~/x",
  "; touch pwned",
  "%F{red}%n\\u\\$",
  "  two  spaces ",
  "* ? [a-z] {a,b} (x|y)",
  "!! !1 #x",
  "a=b==c",
  "\\",
  "\\n\\e[31m",
  "-n",
  "-e x",
  "--",
  "x[$(touch pwned)]=1",
  "ünïcödé 漢字 🔑",
  "a".repeat(200),
];
