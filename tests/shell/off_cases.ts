/** Off, and the environments of before that it and the core see. */
import { admin, type Case, nothing, own, readonly, refused, wireOf } from "./case.ts";

export const offCases: readonly Case[] = [
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
    name: "off works, and reads well, when the variable that names the profile is gone",
    core: [admin],
    type: [
      ["aws-use", "admin"],
      { zsh: "unset AWS_USE_PROFILE", bash: "unset AWS_USE_PROFILE", fish: "set -e AWS_USE_PROFILE" },
      ["aws-use", "off"],
    ],
    after: { env: nothing, stderr: "what was active is off\n" },
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
      AWS_USE_KEY_ID: own.AWS_ACCESS_KEY_ID,
      AWS_USE_ADDED: "1",
      AWS_USE_PROMPT: "admin 5m",
      AWS_USE_STATE: "live",
    },
    type: [["aws-use", "off"]],
    after: { env: { ...nothing, AWS_PROFILE: null, AWS_VAULT: null }, stderr: "admin is off\n", calls: [] },
  },
  {
    name: "inherited variables are nobody's own: not for the core, not after off",
    before: {
      AWS_ACCESS_KEY_ID: "ASIAINHERITED",
      AWS_REGION: "x",
      AWS_USE_PROFILE: "prod",
      AWS_USE_EXPIRES_AT: "7",
      AWS_USE_KEY_ID: "ASIAINHERITED",
      AWS_USE_ADDED: "1",
    },
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
          AWS_USE_KEY_ID: null,
          AWS_USE_ADDED: null,
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
    name: "doctor sees what is active",
    before: own,
    core: [admin, {}],
    type: [["aws-use", "admin"], ["aws-use", "doctor", "--json"]],
    after: {
      calls: [
        { argv: ["admin"] },
        { argv: ["doctor", "--json"], env: { AWS_ACCESS_KEY_ID: "ASIAADMIN", AWS_USE_ACTIVE: "admin" } },
      ],
    },
  },
  {
    name: "what another aws-use said to its children does not reach our core",
    before: { AWS_USE_ACTIVE: "prod", AWS_USE_ACTIVE_EXPIRES_AT: "5", AWS_USE_ACTIVE_DIR: "/x" },
    core: [{}],
    type: [["aws-use", "list"]],
    after: {
      calls: [{
        argv: ["list"],
        env: { AWS_USE_ACTIVE: null, AWS_USE_ACTIVE_EXPIRES_AT: null, AWS_USE_ACTIVE_DIR: null },
      }],
    },
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
