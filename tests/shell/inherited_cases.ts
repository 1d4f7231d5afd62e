/** Shells that inherit an activation: what it says to them of itself, and what they may renew. */
import { admin, type Case, hostileTexts, type Line, nothing, wireOf } from "./case.ts";
import { installCommands } from "./guard_cases.ts";

/** What a shell inherits from an activation with additions. */
const inherited = {
  AWS_ACCESS_KEY_ID: "ASIAOLD",
  AWS_USE_PROFILE: "admin",
  AWS_USE_EXPIRES_AT: "{+300}",
  AWS_USE_KEY_ID: "ASIAOLD",
  AWS_USE_ADDED: "1",
};
const run: Line = ["aws", "s3", "ls"];
const refusal = refusalOf("admin", "admin");

/** What is said of `profile`, and `word` is to be typed. */
function refusalOf(profile: string, word: string): string {
  const unknown = `${profile} was activated with additions in another shell, which this one does not know`;
  return `aws-use: error: ${unknown}\naws-use: hint: activate it here again: aws-use ${word} …\n`;
}

/** Guards come with the first prompt or activation; a shell that types nothing has this. */
const guardNow: Line = {
  zsh: "_aws_use_safely _aws_use_guards",
  bash: "_aws_use_safely _aws_use_guards",
  fish: "_aws_use_guards",
};

export const inheritedCases: readonly Case[] = [
  ...([
    [["admin"], null],
    [["use", "admin"], null],
    [["use", "--", "-x"], null],
    [[], null],
    [["admin", "--region", "x"], "1"],
    [["use", "admin", "--policy=p.json"], "1"],
    [["use", "--", "admin", "x"], "1"],
    [["--region=x"], "1"],
    [["use", "--region=x"], "1"],
  ] as const).map(([words, added]): Case => ({
    name: `an activation says whose key is active, and whether it has additions: ${JSON.stringify(words)}`,
    core: [admin],
    type: [["aws-use", ...words]],
    after: { env: { AWS_USE_KEY_ID: "ASIAADMIN", AWS_USE_ADDED: added } },
  })),
  {
    name: "a renewal keeps the additions said and says the new key; the next activation says its own",
    core: [admin, { wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW" }) }, { wire: wireOf("readonly") }],
    type: [
      ["aws-use", "admin", "--region", "x"],
      ["aws-use", "renew"],
      'echo "$AWS_USE_KEY_ID $AWS_USE_ADDED"',
      ["aws-use", "readonly"],
    ],
    after: { env: { AWS_USE_KEY_ID: "ASIAREADONLY", AWS_USE_ADDED: null }, stdout: "ASIANEW 1\n" },
  },
  {
    name: "off takes back what an activation with additions said",
    core: [admin],
    type: [["aws-use", "admin", "--region", "x"], ["aws-use", "off"]],
    after: { env: nothing, stderr: "admin is off\n" },
  },
  {
    name: "a message that unsets the profile says nothing of a key",
    before: { AWS_ACCESS_KEY_ID: "AKIAOWN" },
    core: [admin, { wire: ["AWS_USE_PROFILE"] }],
    type: [["aws-use", "admin", "--region", "x"], ["aws-use", "clear"]],
    after: { env: { ...nothing, AWS_ACCESS_KEY_ID: "AKIAOWN" } },
  },
  {
    name: "additions that this shell did not hear: renew is refused and changes nothing",
    before: inherited,
    type: [["aws-use", "renew"]],
    after: {
      env: { AWS_ACCESS_KEY_ID: "ASIAOLD", AWS_USE_KEY_ID: "ASIAOLD", AWS_USE_ADDED: "1" },
      stderr: refusal,
      status: 78,
      calls: [],
    },
  },
  ...[
    ...hostileTexts.filter((text) => !/^[ax]+$/.test(text)),
    "a;touch pwned;$(touch pwned)",
    "a\ntouch pwned",
    "=touch",
    "-rf",
    "clear",
  ].map((name): Case => ({
    name: `additions that this shell did not hear: what to type shows no name that is more: ${JSON.stringify(name)}`,
    before: { ...inherited, AWS_USE_PROFILE: name },
    type: [["aws-use", "renew"]],
    after: {
      stderr: refusalOf(name.replaceAll("\n", ""), "PROFILE"),
      status: 78,
      calls: [],
    },
  })),
  ...["admin", "team.prod-1", "a@b+c_d"].map((name): Case => ({
    name: `additions that this shell did not hear: what to type shows a plain name: ${name}`,
    before: { ...inherited, AWS_USE_PROFILE: name },
    type: [["aws-use", "renew"]],
    after: { stderr: refusalOf(name, name), status: 78, calls: [] },
  })),
  {
    name: "additions that this shell did not hear: renew --help is answered",
    before: inherited,
    core: [{ stdout: "help\n" }],
    type: [["aws-use", "renew", "--help"]],
    after: { stdout: "help\n", calls: [{ argv: ["renew", "--help"] }] },
  },
  {
    name: "additions that this shell did not hear: activated here, they are renewed",
    before: inherited,
    core: [admin],
    type: [["aws-use", "admin", "--region", "x"], ["aws-use", "renew"]],
    after: { calls: [{ argv: ["admin", "--region", "x"] }, { argv: ["renew", "--", "admin", "--region", "x"] }] },
  },
  {
    name: "additions that this shell did not hear: a guarded command runs after one line while a minute is left",
    before: inherited,
    arrange: installCommands,
    type: [guardNow, run, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n".repeat(2),
      stderr:
        /^(aws-use: warning: admin has [45]m left and was activated with additions in another shell, which this one does not know\n){2}$/,
      calls: [],
    },
  },
  ...["{+30}", "{-30}"].map((expires): Case => ({
    name: `additions that this shell did not hear: a guarded command is not run with ${expires} seconds left`,
    before: { ...inherited, AWS_USE_EXPIRES_AT: expires },
    arrange: installCommands,
    type: [guardNow, run],
    after: { stdout: "", stderr: refusal, status: 78, calls: [] },
  })),
  ...(["{+300}", "{-30}"].flatMap((expires) =>
    [undefined, "1"].map((added): Case => ({
      name: `keys that are the person's own in a shell that inherited are theirs to renew: ${expires} ${added ?? ""}`,
      before: {
        AWS_ACCESS_KEY_ID: "AKIAOWN",
        AWS_USE_PROFILE: "admin",
        AWS_USE_EXPIRES_AT: expires,
        AWS_USE_KEY_ID: "ASIAOLD",
        ...(added && { AWS_USE_ADDED: added }),
      },
      arrange: installCommands,
      type: [guardNow, run],
      after: { env: { AWS_ACCESS_KEY_ID: "AKIAOWN" }, stdout: "aws s3 ls: AKIAOWN\n", calls: [] },
    }))
  )),
  {
    name: "a shell that inherited from one without these words renews as ever",
    before: { AWS_ACCESS_KEY_ID: "ASIAOLD", AWS_USE_PROFILE: "admin", AWS_USE_EXPIRES_AT: "{+300}" },
    core: [{ wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW" }) }],
    arrange: installCommands,
    type: [guardNow, run],
    after: {
      env: { AWS_USE_KEY_ID: "ASIANEW", AWS_USE_ADDED: null },
      stdout: "aws s3 ls: ASIANEW\n",
      calls: [{ argv: ["renew", "--margin", "600", "--no-touch"] }],
    },
  },
  {
    name: "a renewal tells the core in which folder the words were typed, no other call does",
    core: [admin],
    type: [
      ["aws-use", "admin", "--policy", "p.json"],
      "cd home",
      ["aws-use", "renew"],
      ["aws-use", "list"],
      ["aws-use", "off"],
      ["aws-use", "renew"],
    ],
    after: {
      stderr: "admin is off\n",
      stdout: "",
      calls: [
        { argv: ["admin", "--policy", "p.json"], env: { AWS_USE_ACTIVE_DIR: null } },
        { argv: ["renew", "--", "admin", "--policy", "p.json"], env: { AWS_USE_ACTIVE_DIR: "{folder}" } },
        { argv: ["list"], env: { AWS_USE_ACTIVE_DIR: null } },
        { argv: ["renew"], env: { AWS_USE_ACTIVE_DIR: null } },
      ],
    },
  },
];
