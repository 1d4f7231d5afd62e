/** Guards: renewal before a command that uses AWS, and never in its way. */
import { admin, type Case, type Line, wireOf, type World } from "./case.ts";

/** aws and terraform, which show what they were given. */
export function installCommands({ bin }: World): void {
  const program =
    '#!/bin/sh\necho "${0##*/} $*: $AWS_ACCESS_KEY_ID"\n[ "$1" != cat ] || cat\n[ "$1" != fail ] || exit 3\n' +
    '[ "$1" != region ] || echo "$AWS_REGION $AWS_DEFAULT_REGION $AWS_PROFILE"\n';
  for (const name of ["aws", "terraform", "ansible-playbook"]) {
    Deno.writeTextFileSync(`${bin}/${name}`, program, { mode: 0o755 });
  }
}

/** An activation with so many seconds left. */
function left(seconds: number, keyId = "ASIAOLD") {
  return {
    wire: wireOf("admin", {
      AWS_ACCESS_KEY_ID: keyId,
      AWS_USE_EXPIRES_AT: seconds < 0 ? `{${seconds}}` : `{+${seconds}}`,
    }),
  };
}

/** A renewal that fails: what the core says to a guard is the guard's to show. */
function failed(status: number, why: string, how = "failed") {
  return { status, wire: `# ${how}\n${why}\nthe whole of ${why}\na remedy\n` };
}

/** A renewal that fails because nobody could be asked for a code. */
const unasked = failed(75, "a touch is needed", "unasked");

function told(why: string): string {
  return `aws-use: error: the whole of ${why}\naws-use: hint: a remedy\n`;
}

const renewed = left(3570, "ASIANEW");
const activate: Line = ["aws-use", "use", "admin"];
const run: Line = ["aws", "s3", "ls"];
const activation = { argv: ["use", "admin"] };
const renewal = {
  argv: ["renew", "--margin", "600", "--no-touch", "--", "admin"],
  env: { AWS_USE_ACTIVE: "admin", AWS_USE_GUARDED: "1" },
};
const isGuarded: Line = {
  zsh: 'for name in aws terraform ansible-playbook eksctl; do echo "$name ${+functions[$name]}"; done',
  bash: "for name in aws terraform ansible-playbook eksctl; do " +
    'if (set +o posix; declare -F $name >/dev/null); then echo "$name 1"; else echo "$name 0"; fi; done',
  fish: "for name in aws terraform ansible-playbook eksctl; " +
    'if functions -q $name; echo "$name 1"; else; echo "$name 0"; end; end',
};

function guarded(each: Omit<Case, "arrange">): Case {
  return { ...each, arrange: installCommands };
}

/** Where a variable set for one call of a function does not stay set; as sh may, zsh in its place and bash before 5 keep it. */
const scoped: Case["only"] = ({ name }) => !/as sh$|bash-([34]|5\.0).*POSIX/.test(name);

export const guardCases: readonly Case[] = [
  guarded({
    name: "a guarded command runs as ever while there is time, its status kept",
    core: [left(3570)],
    type: [activate, ["aws", "fail", "two words"]],
    after: { stdout: "aws fail two words: ASIAOLD\n", status: 3, calls: [activation] },
  }),
  guarded({
    name: "a guard whose plugin a manager has taken away runs the command",
    only: ({ family }) => family === "zsh",
    core: [left(300)],
    type: [activate, "unset -f _aws_use_guard", ["aws", "fail", "two words"]],
    after: { stdout: "aws fail two words: ASIAOLD\n", status: 3, calls: [activation] },
  }),
  guarded({
    name: "less than the margin left: renewed first, silently",
    core: [left(300), renewed],
    type: [activate, run],
    after: {
      env: { AWS_ACCESS_KEY_ID: "ASIANEW" },
      stdout: "aws s3 ls: ASIANEW\n",
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "a margin for one command",
    only: scoped,
    core: [left(1800), left(3570, "ASIANEW")],
    type: [activate, "AWS_USE_MARGIN=45m terraform apply", run],
    after: {
      env: { AWS_USE_MARGIN: null, AWS_ACCESS_KEY_ID: "ASIANEW" },
      stdout: "terraform apply: ASIANEW\naws s3 ls: ASIANEW\n",
      calls: [activation, {
        argv: ["renew", "--margin", "2700", "--no-touch", "--", "admin"],
        env: { AWS_USE_MARGIN: "45m" },
      }],
    },
  }),
  guarded({
    name: "what is piped to the command is not the core's, and the core's stdout is not the command's",
    core: [left(300), { ...renewed, echoes: true, stdout: "core\n" }],
    type: [activate, { zsh: "echo data | aws cat", bash: "echo data | aws cat", fish: "echo data | aws cat" }],
    after: { stdout: "aws cat: ASIANEW\ndata\n", stderr: "core\n", calls: [activation, renewal] },
  }),
  guarded({
    name: "a touch is needed and cannot be asked for: the command runs while the credentials live",
    core: [left(30), unasked],
    type: [activate, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n",
      stderr: /^aws-use: warning: admin has \d\ds left and could not be renewed: a touch is needed\n$/,
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "nor where the core only says 75",
    core: [left(30), { status: 75 }],
    type: [activate, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n",
      stderr: /^aws-use: warning: admin has \d\ds left and could not be renewed\n$/,
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "with another reason to try again it is not run in the last minute",
    core: [left(30), failed(75, "throttled")],
    type: [activate, run],
    after: { stdout: "", stderr: told("throttled"), status: 75, calls: [activation, renewal] },
  }),
  guarded({
    name:
      "a touch is needed, nobody can be asked, and the credentials are no more: not run, and for a minute not asked again",
    core: [left(-5), unasked],
    type: [activate, { zsh: "aws s3 ls || :", bash: "aws s3 ls || :", fish: "aws s3 ls" }, run],
    after: {
      stdout: "",
      stderr: `${told("a touch is needed")}aws-use: error: admin has expired and could not be renewed a moment ago: ` +
        "a touch is needed\naws-use: hint: renew it with: aws-use renew\n",
      status: 75,
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "a variable of the person's that is called as a completion's is no completion",
    core: [left(30), renewed],
    before: { WIDGET: "theirs" },
    type: [activate, run],
    after: { stdout: "aws s3 ls: ASIANEW\n", calls: [activation, renewal] },
  }),
  guarded({
    name: "what was said to another command's guard is no word to a person",
    before: { AWS_USE_GUARDED: "1" },
    core: [{}],
    type: [["aws-use", "list"], "rm bin/aws-use", ["aws-use", "admin"]],
    after: {
      stderr: /is not installed\n.*hint: install it with/,
      status: 69,
      calls: [{ argv: ["list"], env: { AWS_USE_GUARDED: null } }],
    },
  }),
  guarded({
    name: "where stdout and stderr are closed a command runs, and is renewed for",
    core: [left(30), renewed],
    type: [activate, "aws s3 ls >&- 2>&-", 'echo "$AWS_ACCESS_KEY_ID"'],
    after: { stdout: "ASIANEW\n", stderr: "", calls: [activation, renewal] },
    only: ({ name }) => !name.includes("strict"),
  }),
  guarded({
    name: "where stderr is closed a renewal works all the same",
    core: [left(30), renewed],
    type: [activate, "aws s3 ls 2>&-"],
    after: { stdout: "aws s3 ls: ASIANEW\n", calls: [activation, renewal] },
  }),
  guarded({
    name: "a region and a profile for one command are for that command, whether it renews or not",
    only: scoped,
    core: [{ wire: wireOf("admin", { AWS_REGION: "eu-west-1", AWS_USE_EXPIRES_AT: "{+300}" }) }, {
      wire: wireOf("admin", { AWS_ACCESS_KEY_ID: "ASIANEW", AWS_REGION: "eu-west-1" }),
    }],
    type: [
      activate,
      { zsh: "export AWS_ACCOUNT_ID=42", bash: "export AWS_ACCOUNT_ID=42", fish: "set -gx AWS_ACCOUNT_ID 42" },
      "AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_PROFILE=mine terraform region",
      "terraform region",
    ],
    after: {
      env: {
        AWS_ACCESS_KEY_ID: "ASIANEW",
        AWS_REGION: "eu-west-1",
        AWS_DEFAULT_REGION: null,
        AWS_PROFILE: null,
        AWS_ACCOUNT_ID: "42",
      },
      stdout: "terraform region: ASIANEW\nus-east-1 us-east-1 mine\nterraform region: ASIANEW\neu-west-1  \n",
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "a renewal that keeps what is there is no failure: another margin is asked for at once",
    only: scoped,
    core: [left(300), {}, renewed],
    type: [activate, "AWS_USE_MARGIN=20m aws one", run],
    after: {
      stdout: "aws one: ASIAOLD\naws s3 ls: ASIANEW\n",
      stderr: "",
      calls: [
        activation,
        { argv: ["renew", "--margin", "1200", "--no-touch", "--", "admin"], env: { AWS_USE_MARGIN: "20m" } },
        renewal,
      ],
    },
  }),
  guarded({
    name: "the core is gone: one line says so, and the command runs while the credentials live",
    core: [left(300)],
    type: [activate, "rm bin/aws-use", run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n",
      stderr:
        /^aws-use: warning: admin has [45]m left and could not be renewed: the program aws-use is not installed\n$/,
    },
  }),
  guarded({
    name: "the core is gone, and so are the credentials: not run, and the hint is how to install it",
    core: [left(-5)],
    type: [activate, "rm bin/aws-use", run],
    after: {
      stderr: /^aws-use: error: the program aws-use is not installed\naws-use: hint: install it with: .*\n$/,
      status: 69,
    },
  }),
  guarded({
    name: "renewal fails for another reason in the last minute: not run, and the status is the core's",
    core: [left(30), failed(77, "denied")],
    type: [activate, run],
    after: { stdout: "", stderr: told("denied"), status: 77, calls: [activation, renewal] },
  }),
  guarded({
    name:
      "renewal fails before the last minute: the command runs after one line that says why, and the next asks nothing",
    core: [left(300), failed(77, "denied")],
    type: [activate, run, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\naws s3 ls: ASIAOLD\n",
      stderr: /^(aws-use: warning: admin has [45]m left and could not be renewed: denied\n){2}$/,
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "why a renewal failed is text and nothing else",
    core: [left(300), { status: 77, wire: "# failed\n$(touch pwned)`touch pwned` %F{red}\\n\\\\ \x1b[31m*\nx\ny\n" }],
    type: [activate, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n",
      stderr: /renewed: \$\(touch pwned\)`touch pwned` %F\{red\}\\n\\\\ \[31m\*\n$/,
    },
  }),
  guarded({
    name: "renewal fails and the core does not say why",
    core: [left(300), { status: 70 }],
    type: [activate, run],
    after: {
      stdout: "aws s3 ls: ASIAOLD\n",
      stderr: /^aws-use: warning: admin has [45]m left and could not be renewed\n$/,
    },
  }),
  ...[
    ["its answer", renewed.wire],
    ["that the plugin is of another version, and its answer", ["# told", ...renewed.wire]],
    ["its answer, and then why it failed", [...renewed.wire, "# failed", "denied", "the whole of denied", "a remedy"]],
    ["half of the first line", ["# fail"]],
  ].flatMap(([what, wire]) => [
    guarded({
      name: `the core dies once it has told ${what}: nothing of it is shown, the command runs`,
      core: [left(300), { status: 137, wire }],
      type: [activate, run],
      after: {
        env: { AWS_ACCESS_KEY_ID: "ASIAOLD" },
        stdout: "aws s3 ls: ASIAOLD\n",
        stderr: /^aws-use: warning: admin has [45]m left and could not be renewed\n$/,
        calls: [activation, renewal],
      },
    }),
    guarded({
      name: `the core dies once it has told ${what}: nothing of it is shown, and in the last minute nothing runs`,
      core: [left(30), { status: 137, wire }],
      type: [activate, run],
      after: { stdout: "", stderr: "", status: 137, calls: [activation, renewal] },
    }),
  ]),
  guarded({
    name: "a failed renewal that is typed keeps its two lines, and no guard takes its reason for its own",
    core: [left(290), failed(77, "denied"), { status: 69, stderr: "no network\n" }],
    type: [activate, run, ["aws-use", "renew"], run],
    after: {
      stderr: /^(aws-use: warning: admin has 4m left and could not be renewed: denied\n)no network\n\1$/,
      stdout: "aws s3 ls: ASIAOLD\naws s3 ls: ASIAOLD\n",
      calls: [activation, renewal, { argv: ["renew", "--", "admin"], env: { AWS_USE_GUARDED: null } }],
    },
    only: ({ family, name }) => !(family !== "fish" && name.endsWith("strict")),
  }),
  guarded({
    name: "expired, and renewal fails: not run",
    core: [left(1), failed(69, "no network")],
    type: [
      activate,
      { zsh: "AWS_USE_EXPIRES_AT=1", bash: "AWS_USE_EXPIRES_AT=1", fish: "set AWS_USE_EXPIRES_AT 1" },
      run,
    ],
    after: { stdout: "", stderr: told("no network"), status: 69, calls: [activation, renewal] },
  }),
  guarded({
    name: "expired, and renewal failed less than a minute ago: not run and not asked; renew itself asks at once",
    core: [left(1), failed(69, "no network"), renewed],
    type: [
      activate,
      { zsh: "AWS_USE_EXPIRES_AT=1", bash: "AWS_USE_EXPIRES_AT=1", fish: "set AWS_USE_EXPIRES_AT 1" },
      { zsh: "aws s3 ls || echo $?", bash: "aws s3 ls || echo $?", fish: "aws s3 ls; or echo $status" },
      { zsh: "aws s3 ls || echo $?", bash: "aws s3 ls || echo $?", fish: "aws s3 ls; or echo $status" },
      ["aws-use", "renew"],
      run,
    ],
    after: {
      stdout: "69\n75\naws s3 ls: ASIANEW\n",
      stderr: `${told("no network")}aws-use: error: admin has expired and could not be renewed a moment ago: no network
aws-use: hint: renew it with: aws-use renew
`,
      calls: [activation, renewal, { argv: ["renew", "--", "admin"] }],
    },
  }),
  guarded({
    name: "after Ctrl-C in the core the command is not run",
    core: [left(300), { status: 130 }],
    type: [activate, run],
    after: { stdout: "", status: 130, calls: [activation, renewal] },
  }),
  guarded({
    name: "after Ctrl-C in the core the next command runs with a warning and does not ask again at once",
    core: [left(300), { status: 130 }],
    type: [
      activate,
      { zsh: "aws s3 ls || echo $?", bash: "aws s3 ls || echo $?", fish: "aws s3 ls; or echo $status" },
      run,
    ],
    after: {
      stdout: "130\naws s3 ls: ASIAOLD\n",
      stderr: /^aws-use: warning: admin has [45]m left and could not be renewed: cancelled\n$/,
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "a renewal that cannot meet the margin is not asked for again at once, and one line says so",
    core: [left(300), { ...left(400, "ASIANEW"), stderr: "the core says so\n" }],
    type: [activate, run, run],
    after: {
      stdout: "aws s3 ls: ASIANEW\naws s3 ls: ASIANEW\n",
      stderr: "the core says so\naws-use: warning: admin has 6m left and cannot have 10m\n",
      calls: [activation, renewal],
    },
  }),
  guarded({
    name: "keys that are the person's own are theirs to renew",
    only: scoped,
    core: [left(300)],
    type: [activate, "AWS_ACCESS_KEY_ID=AKIAOWN aws s3 ls"],
    after: { env: { AWS_ACCESS_KEY_ID: "ASIAOLD" }, stdout: "aws s3 ls: AKIAOWN\n", calls: [activation] },
  }),
  guarded({
    name: "guards are there while a profile is active, for commands that exist",
    core: [admin],
    type: [isGuarded, activate, isGuarded, ["aws-use", "off"], isGuarded],
    after: {
      stdout: ["0 0 0 0", "1 1 1 0", "0 0 0 0"].map((numbers) => {
        const [aws, terraform, ansible, eksctl] = numbers.split(" ");
        return `aws ${aws}\nterraform ${terraform}\nansible-playbook ${ansible}\neksctl ${eksctl}\n`;
      }).join(""),
      stderr: "admin is off\n",
    },
  }),
  guarded({
    name: "AWS_USE_GUARD names the commands",
    before: { AWS_USE_GUARD: " terraform  $(touch pwned) no-such-command ; aws" },
    core: [admin],
    type: [activate, isGuarded],
    after: { stdout: "aws 1\nterraform 1\nansible-playbook 0\neksctl 0\n" },
  }),
  guarded({
    name: "an empty AWS_USE_GUARD is none",
    before: { AWS_USE_GUARD: "" },
    core: [left(300)],
    type: [activate, isGuarded, run],
    after: {
      stdout: "aws 0\nterraform 0\nansible-playbook 0\neksctl 0\naws s3 ls: ASIAOLD\n",
      calls: [activation],
    },
  }),
  guarded({
    name: "an empty AWS_USE_GUARD for one command",
    only: scoped,
    core: [left(300)],
    type: [activate, "AWS_USE_GUARD= aws s3 ls"],
    after: { stdout: "aws s3 ls: ASIAOLD\n", calls: [activation] },
  }),
  guarded({
    name: "a function of the person is left alone, also after off",
    core: [left(300)],
    type: [
      { zsh: "aws() { echo mine; }", bash: "aws() { echo mine; }", fish: "function aws; echo mine; end" },
      activate,
      run,
      {
        zsh: "terraform() { echo mine too; }",
        bash: "terraform() { echo mine too; }",
        fish: "function terraform; echo mine too; end",
      },
      ["aws-use", "off"],
      run,
      ["terraform"],
    ],
    after: { stdout: "mine\nmine\nmine too\n", stderr: "admin is off\n", calls: [activation] },
  }),
  guarded({
    name: "an alias that begins with the command itself expands into the guard",
    core: [left(300), renewed],
    type: [
      {
        zsh: "setopt aliases; alias aws='aws --no-cli-pager'",
        bash: "shopt -s expand_aliases; alias aws='aws --no-cli-pager'",
        fish: "",
      },
      activate,
      "aws s3 ls",
    ],
    after: { stdout: "aws --no-cli-pager s3 ls: ASIANEW\n", calls: [activation, renewal] },
    only: ({ family }) => family !== "fish",
  }),
  guarded({
    name: "an alias of which the command is but the beginning, or a path, is the person's own",
    core: [admin],
    type: [
      {
        zsh:
          "setopt aliases; alias aws=/usr/bin/true terraform='terraform.sh x' ansible-playbook='~/bin/ansible-playbook'",
        bash:
          "shopt -s expand_aliases; alias aws=/usr/bin/true terraform='terraform.sh x' ansible-playbook='~/bin/ansible-playbook'",
        fish: "",
      },
      activate,
      isGuarded,
    ],
    after: { stdout: "aws 0\nterraform 0\nansible-playbook 0\neksctl 0\n", calls: [activation] },
    only: ({ family }) => family !== "fish",
  }),
  guarded({
    name: "a name is a word with nothing cut off, and a builtin is none",
    before: { AWS_USE_GUARD: "aws.x /bin/terraform $(ansible-playbook) my.tool printf" },
    core: [admin],
    type: [
      "cp bin/aws bin/my.tool; cp bin/aws bin/printf",
      activate,
      isGuarded,
      {
        zsh: 'echo "${+functions[my.tool]} ${+functions[printf]}"',
        bash: "(set +o posix; declare -F my.tool >/dev/null && ! declare -F printf >/dev/null && echo 1 0)",
        fish: "functions -q my.tool; and not functions -q printf; and echo 1 0",
      },
    ],
    after: { stdout: "aws 0\nterraform 0\nansible-playbook 0\neksctl 0\n1 0\n", calls: [activation] },
  }),
  guarded({
    name: "any other alias is the person's own",
    core: [admin],
    type: [
      {
        zsh: 'setopt aliases; alias aws=\'echo mine\' terraform="$(print -r -- "it\'s")"',
        bash: "shopt -s expand_aliases; alias aws='echo mine' terraform=\"it's\"",
        fish: "alias aws 'echo mine'; alias terraform 'echo mine'",
      },
      activate,
      "aws s3 ls",
      isGuarded,
    ],
    after: {
      stdout: /^mine s3 ls\n(aws 0\nterraform 0|aws 1\nterraform 1)\nansible-playbook 1\neksctl 0\n$/,
      calls: [activation],
    },
  }),
];
