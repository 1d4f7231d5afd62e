/** What every plugin must do in every shell, as one table. */
import type { Answer } from "./fake_core.ts";
import type { Family } from "./adapters.ts";

/** Words are typed exactly as they are; a text is source that means the same in all shells, or in each its own. */
export type Line = readonly string[] | string | Readonly<Record<Family, string>>;

export interface ExpectedCall {
  readonly argv: readonly string[];
  /** Of the variables named here: the value that the core saw, null for none. */
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

const admin: Answer = { wire: wireOf("admin", { AWS_REGION: "eu-central-1", AWS_DEFAULT_REGION: "eu-central-1" }) };
const readonly: Answer = { wire: wireOf("readonly") };

const nothing = {
  AWS_ACCESS_KEY_ID: null,
  AWS_SECRET_ACCESS_KEY: null,
  AWS_SESSION_TOKEN: null,
  AWS_CREDENTIAL_EXPIRATION: null,
  AWS_REGION: null,
  AWS_DEFAULT_REGION: null,
  AWS_USE_PROFILE: null,
  AWS_USE_IDENTITY: null,
  AWS_USE_EXPIRES_AT: null,
  AWS_USE_PROMPT: null,
  AWS_USE_STATE: null,
};

const own = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "own secret; with 'quotes' and \\",
  AWS_PROFILE: "mine",
  AWS_REGION: "us-east-2",
  AWS_VAULT: "theirs",
};

const refused = `aws-use: error: the program aws-use sent a line that this plugin does not know; nothing was changed
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

const foreignLines: readonly string[] = [
  "PATH=/evil",
  "LD_PRELOAD=evil.so",
  "AWS_X[$(touch pwned)]=1",
  "AWS_REGION[$(touch pwned)]=1",
  "AWS_REGION+=x",
  "Warning: something",
  "",
  " AWS_REGION=x",
  "AWS_REGION =x",
  "aws_region=x",
  "AWS_REGION AWS_VAULT=x",
  "=x",
  "=",
  "AWS_USE_MARGIN=0",
  "AWS_REGION=a\rb",
  "AWS_REGION=\x1b[31m",
  "AWS_REGION=\x7f",
  "AWS_VAULT\r",
  "AWS_USE_EXPIRES_AT=x[$(touch pwned)]",
  "AWS_USE_EXPIRES_AT=12 34",
  "AWS_USE_EXPIRES_AT=1234567890123",
  "AWS_USE_EXPIRES_AT=",
];

const wire: readonly Case[] = [
  {
    name: "sets and exports, unsets, and says nothing itself",
    before: { AWS_PROFILE: "mine", AWS_SECURITY_TOKEN: "stale", AWS_ACCOUNT_ID: "1" },
    core: [{ ...admin, stderr: "admin as alice@123456789012, 59m\n" }],
    type: [["aws-use", "admin"]],
    after: {
      env: {
        AWS_ACCESS_KEY_ID: "ASIAADMIN",
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_SESSION_TOKEN: "token/of+admin==",
        AWS_CREDENTIAL_EXPIRATION: "2030-01-01T12:00:00Z",
        AWS_REGION: "eu-central-1",
        AWS_DEFAULT_REGION: "eu-central-1",
        AWS_USE_PROFILE: "admin",
        AWS_USE_IDENTITY: "alice@123456789012",
        AWS_PROFILE: null,
        AWS_SECURITY_TOKEN: null,
        AWS_ACCOUNT_ID: null,
        AWS_USE_FD: null,
        AWS_USE_PLUGIN: null,
      },
      stderr: "admin as alice@123456789012, 59m\n",
      calls: [{ argv: ["admin"], env: { AWS_USE_FD: "3", AWS_USE_ACTIVE: null, AWS_PROFILE: "mine" } }],
    },
  },
  ...hostileTexts.map((text): Case => ({
    name: `a name and values are data: ${text.length > 40 ? `${text.length} letters` : text}`,
    core: [{ wire: wireOf(text, { AWS_ACCESS_KEY_ID: text, AWS_SECRET_ACCESS_KEY: text }) }],
    type: [["aws-use", "use", "--", text], ["aws-use", "renew"]],
    after: {
      env: { AWS_USE_PROFILE: text, AWS_ACCESS_KEY_ID: text, AWS_SECRET_ACCESS_KEY: text },
      calls: [{ argv: ["use", "--", text] }, {
        argv: ["renew", "--", "--", text],
        env: { AWS_USE_ACTIVE: text, AWS_ACCESS_KEY_ID: null },
      }],
    },
  })),
  ...foreignLines.map((line): Case => ({
    name: `refuses the whole message for the line ${JSON.stringify(line)}`,
    before: { AWS_PROFILE: "mine" },
    core: [{ wire: [...wireOf("admin"), line, "AWS_VAULT"] }],
    type: [["aws-use", "admin"]],
    after: { env: { ...nothing, AWS_PROFILE: "mine" }, stderr: refused, status: 70 },
  })),
  {
    name: "an empty message changes nothing",
    before: own,
    core: [{ wire: "", stdout: "admin\n" }],
    type: [["aws-use", "list"]],
    after: { env: own, stdout: "admin\n" },
  },
  {
    name: "a core that fails changes nothing, whatever it wrote, and its status is ours",
    before: own,
    core: [{ ...admin, status: 77, stderr: "aws-use: error: touch not given\naws-use: hint: type: aws-use admin\n" }],
    type: [["aws-use", "admin"]],
    after: {
      env: { ...own, AWS_USE_PROFILE: null },
      stderr: "aws-use: error: touch not given\naws-use: hint: type: aws-use admin\n",
      status: 77,
    },
  },
  {
    name: "a message without its last line end is whole",
    core: [{ wire: "AWS_USE_PROFILE=admin\nAWS_REGION=eu-west-1" }],
    type: [["aws-use", "admin"]],
    after: { env: { AWS_USE_PROFILE: "admin", AWS_REGION: "eu-west-1" } },
  },
  {
    name: "a value may be empty",
    core: [{ wire: ["AWS_USE_PROFILE=admin", "AWS_REGION="] }],
    type: [["aws-use", "admin"]],
    after: { env: { AWS_USE_PROFILE: "admin", AWS_REGION: "" } },
  },
  {
    name: "a read-only variable is named, and nothing is changed",
    core: [admin],
    type: [{ zsh: "readonly AWS_REGION", bash: "readonly AWS_REGION", fish: "" }, ["aws-use", "admin"]],
    after: {
      env: nothing,
      stderr: `aws-use: error: AWS_REGION is read-only in this shell; nothing was changed
aws-use: hint: open a shell that does not say: readonly AWS_REGION
`,
      status: 78,
    },
    only: ({ family, name }) => family !== "fish" && !/bash-(3|4\.[0-3])/.test(name),
  },
  {
    name: "a traced shell shows no secret",
    before: { AWS_SECRET_ACCESS_KEY: "own secret", AWS_SESSION_TOKEN: "own token" },
    core: [admin],
    type: [
      { zsh: "set -x", bash: "set -x", fish: "set -g fish_trace 1" },
      ["aws-use", "admin"],
      ["aws-use", "renew"],
      ["aws-use", "off"],
      { zsh: "set +x; : still", bash: "set +x; : still", fish: "set -e fish_trace" },
    ],
    after: { stderr: /^(?![^]*(wJalr|token\/of|own secret|own token))[^]*(set \+x|set -e fish_trace)\n*$/ },
  },
  {
    name: "tracing is on again after a call",
    core: [admin],
    type: [
      { zsh: "set -x", bash: "set -x", fish: "set -g fish_trace 1" },
      ["aws-use", "admin"],
      { zsh: ": traced", bash: ": traced", fish: "true traced" },
    ],
    after: { stderr: /(: |true )traced/ },
  },
];

const command: readonly Case[] = [
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
  {
    name: "any status of the core is ours",
    core: [{ status: 1 }],
    type: [["aws-use", "exec", "false"]],
    after: { status: 1 },
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
    name: "a core in the current folder is not taken, even when PATH says so",
    arrange: ({ folder, bin }) => Deno.renameSync(`${bin}/aws-use`, `${folder}/aws-use`),
    type: [{
      zsh: "path=(. '' $path)",
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

const off: readonly Case[] = [
  {
    name: "off brings back what the first activation replaced, through any number of them",
    before: own,
    core: [admin, readonly],
    type: [["aws-use", "admin"], ["aws-use", "readonly"], ["aws-use", "off"]],
    after: {
      env: { ...nothing, ...own, AWS_DEFAULT_REGION: null },
      stderr: "admin is off\n".replace("admin", "readonly"),
      calls: [{ argv: ["admin"] }, {
        argv: ["readonly"],
        env: { ...own, AWS_SESSION_TOKEN: null, AWS_USE_PROFILE: null, AWS_USE_ACTIVE: "admin" },
      }],
    },
  },
  {
    name: "an activation undoes the former one: nothing of another profile stays, its region included",
    core: [admin, readonly],
    type: [["aws-use", "admin"], ["aws-use", "readonly"]],
    after: { env: { AWS_REGION: null, AWS_DEFAULT_REGION: null, AWS_USE_PROFILE: "readonly" } },
  },
  {
    name: "where the profile has no region, the person's own stays",
    before: { AWS_REGION: "us-east-2" },
    core: [admin, readonly],
    type: [["aws-use", "admin"], ["aws-use", "readonly"]],
    after: { env: { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: null } },
  },
  {
    name: "variables that were not exported are not exported after off",
    core: [admin],
    type: [
      { zsh: "AWS_REGION=x", bash: "AWS_REGION=x", fish: "set -g AWS_REGION x" },
      ["aws-use", "admin"],
      ["aws-use", "off"],
      'echo "$AWS_REGION"',
    ],
    after: { env: { AWS_REGION: null }, stdout: "x\n", stderr: "admin is off\n" },
    only: ({ name }) => !/bash-(3|4\.[0-3])/.test(name),
  },
  {
    name: "a failed activation keeps the former one",
    core: [admin, { ...readonly, status: 77 }],
    type: [["aws-use", "admin"], ["aws-use", "readonly"]],
    after: { env: { AWS_USE_PROFILE: "admin", AWS_REGION: "eu-central-1" }, status: 77 },
  },
  {
    name: "a refused message keeps the former activation",
    core: [admin, { wire: [...wireOf("readonly"), "PATH=/evil"] }],
    type: [["aws-use", "admin"], ["aws-use", "readonly"]],
    after: { env: { AWS_USE_PROFILE: "admin", AWS_SESSION_TOKEN: "token/of+admin==" }, stderr: refused, status: 70 },
  },
  {
    name: "a message that unsets the profile is as good as off",
    core: [admin, { wire: ["AWS_USE_PROFILE"] }],
    type: [["aws-use", "admin"], ["aws-use", "clear"], ["aws-use", "off"]],
    after: { env: nothing, stderr: "nothing is active\n" },
  },
  {
    name: "off with nothing active says so and succeeds",
    before: own,
    type: [["aws-use", "off"]],
    after: { env: own, stderr: "nothing is active\n", calls: [] },
  },
  {
    name: "off in a shell that inherited the variables unsets the closed list",
    before: {
      ...own,
      AWS_USE_PROFILE: "admin",
      AWS_USE_EXPIRES_AT: "1",
      AWS_USE_PROMPT: "admin 5m",
      AWS_USE_STATE: "live",
    },
    type: [["aws-use", "off"]],
    after: { env: { ...nothing, AWS_PROFILE: null, AWS_VAULT: null }, stderr: "admin is off\n", calls: [] },
  },
  {
    name: "inherited variables are nobody's own: not for the core, not after off",
    before: { AWS_ACCESS_KEY_ID: "ASIAINHERITED", AWS_REGION: "x", AWS_USE_PROFILE: "prod", AWS_USE_EXPIRES_AT: "7" },
    core: [admin],
    type: [["aws-use", "admin"], ["aws-use", "off"]],
    after: {
      env: nothing,
      stderr: "admin is off\n",
      calls: [{
        argv: ["admin"],
        env: {
          AWS_ACCESS_KEY_ID: null,
          AWS_REGION: null,
          AWS_USE_PROFILE: null,
          AWS_USE_ACTIVE: "prod",
          AWS_USE_ACTIVE_EXPIRES_AT: "7",
        },
      }],
    },
  },
  {
    name: "status sees what is active, status --explain what was there before",
    before: own,
    core: [admin, {}],
    type: [
      ["aws-use", "admin"],
      ["aws-use", "status", "--check"],
      ["aws-use", "status", "--explain", "prod"],
      ["aws-use", "status", "--explain=prod"],
    ],
    after: {
      calls: [
        { argv: ["admin"] },
        { argv: ["status", "--check"], env: { AWS_ACCESS_KEY_ID: "ASIAADMIN", AWS_USE_ACTIVE: "admin" } },
        { argv: ["status", "--explain", "prod"], env: { ...own, AWS_USE_ACTIVE: "admin", AWS_SESSION_TOKEN: null } },
        { argv: ["status", "--explain=prod"], env: { ...own, AWS_USE_ACTIVE: "admin" } },
      ],
    },
  },
  {
    name: "what another aws-use said to its children does not reach our core",
    before: { AWS_USE_ACTIVE: "prod", AWS_USE_ACTIVE_EXPIRES_AT: "5" },
    core: [{}],
    type: [["aws-use", "list"]],
    after: { calls: [{ argv: ["list"], env: { AWS_USE_ACTIVE: null, AWS_USE_ACTIVE_EXPIRES_AT: null } }] },
  },
  {
    name: "off takes no arguments but --help",
    core: [admin],
    type: [["aws-use", "admin"], ["aws-use", "off", "--help"], ["aws-use", "off", "admin"]],
    after: {
      env: { AWS_USE_PROFILE: "admin" },
      stdout: "aws-use off: back to what this shell had before the first activation\n",
      stderr: "aws-use: error: off takes no arguments\naws-use: hint: type: aws-use off\n",
      status: 64,
    },
  },
  {
    name: "a renewal repeats the words of the activation and leaves the regions alone",
    core: [admin, { wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW", AWS_REGION: "eu-central-1" }) }],
    type: [
      ["aws-use", "use", "admin", "--policy", "p.json"],
      {
        zsh: "export AWS_REGION=us-west-1; unset AWS_DEFAULT_REGION",
        bash: "export AWS_REGION=us-west-1; unset AWS_DEFAULT_REGION",
        fish: "set -gx AWS_REGION us-west-1; set -e AWS_DEFAULT_REGION",
      },
      ["aws-use", "renew"],
    ],
    after: {
      env: { AWS_ACCESS_KEY_ID: "ASIANEW", AWS_REGION: "us-west-1", AWS_DEFAULT_REGION: null },
      calls: [{ argv: ["use", "admin", "--policy", "p.json"] }, {
        argv: ["renew", "--", "admin", "--policy", "p.json"],
      }],
    },
  },
  {
    name: "a renewal in a shell that inherited has no words to repeat",
    before: { AWS_USE_PROFILE: "admin", AWS_USE_EXPIRES_AT: "7" },
    core: [admin],
    type: [["aws-use", "renew"], ["aws-use", "renew"]],
    after: {
      env: { AWS_USE_PROFILE: "admin" },
      calls: [{ argv: ["renew"], env: { AWS_USE_ACTIVE: "admin" } }, { argv: ["renew", "--", "--", "admin"] }],
    },
  },
];

export const contract: readonly Case[] = [...wire, ...command, ...off];
