/** The wire: data in, environment out, and nothing else. */
import { pluginFile } from "./adapters.ts";
import { admin, type Case, hostileTexts, nothing, own, refused, secret, wireOf } from "./case.ts";

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

export const wireCases: readonly Case[] = [
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
  ...(["zsh", "bash", "fish"] as const).map((wanted): Case => ({
    name: "that the plugin is of another version is told once",
    core: [{ wire: ["# told", ...wireOf("admin")] }, { wire: ["# told"], status: 1 }, {}],
    type: [["aws-use", "admin"], '[ "$AWS_USE_PROFILE" = admin ]', ["aws-use", "list"]],
    after: {
      env: { AWS_USE_PROFILE: "admin", AWS_USE_PLUGIN_FILE: null },
      status: 1,
      calls: [
        { argv: ["admin"], env: { AWS_USE_PLUGIN_FILE: pluginFile(wanted) } },
        { argv: ["list"], env: { AWS_USE_PLUGIN_FILE: null } },
      ],
    },
    only: ({ family }) => family === wanted,
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
    // Older shells do not tell of a read-only variable without a value.
    only: ({ family, name }) => family !== "fish" && !/bash-(3|4\.[0-3])|zsh-5\.[1-4] as sh/.test(name),
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
