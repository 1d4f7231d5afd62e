/** What the plugins tell `aws-use doctor` of the shell, which only they can see. */
import { admin, type Case, type Line, type World } from "./case.ts";

const doctor: Line = ["aws-use", "doctor"];
const told = { AWS_USE_PROMPT_SEEN: null, AWS_USE_GUARDS_SKIPPED: null } as const;

const showsRole = "function fish_right_prompt; echo $AWS_USE_PROMPT; end";

function seen(name: string, lines: readonly Line[]): Case {
  return {
    name: `doctor is told that the prompt shows our text: ${name}`,
    type: [...lines, doctor],
    after: { env: told, calls: [{ argv: ["doctor"], env: { AWS_USE_PROMPT_SEEN: "1" } }] },
  };
}

function installCommands({ bin }: World): void {
  for (const name of ["aws", "terraform", "kubectl", "helm"]) {
    Deno.writeTextFileSync(`${bin}/${name}`, "#!/bin/sh\n", { mode: 0o755 });
  }
}

export const doctorCases: readonly Case[] = [
  {
    name: "doctor is told that the prompt does not show our text, and of nothing that keeps a guard away",
    core: [admin, {}],
    arrange: installCommands,
    // Guards of our own stand by then.
    type: [["aws-use", "admin"], doctor, ["aws-use", "list"]],
    after: {
      env: told,
      calls: [
        { argv: ["admin"], env: told },
        { argv: ["doctor"], env: { AWS_USE_PROMPT_SEEN: "0", AWS_USE_GUARDS_SKIPPED: "" } },
        { argv: ["list"], env: told },
      ],
    },
  },
  seen("in the prompt itself", [{
    zsh: "RPROMPT='${AWS_USE_PROMPT}'",
    bash: "PS1='$AWS_USE_PROMPT> '",
    fish: showsRole,
  }]),
  seen("by a function that the prompt calls", [{
    zsh: 'aws_prompt_info() { echo "$AWS_USE_PROMPT"; }',
    bash: 'show_role() { PS1="$AWS_USE_PROMPT> "; }',
    fish: "function fish_prompt; echo $AWS_USE_PROMPT; end",
  }]),
  seen("as a segment", [{
    zsh: "POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(time aws_use)",
    bash: "PROMPT_COMMAND='PS1=$AWS_USE_PROMPT'",
    fish: "set -g tide_right_prompt_items time aws_use",
  }]),
  {
    name: "doctor is told of a prompt whose hook the person's own lines have thrown out",
    isInteractive: true,
    type: [
      { zsh: "RPROMPT='${AWS_USE_PROMPT}'", bash: "PS1='$AWS_USE_PROMPT> '", fish: showsRole },
      doctor,
      // As starship keeps what was there before.
      { zsh: "precmd_functions+=(mine)", bash: "kept=$PROMPT_COMMAND; PROMPT_COMMAND='eval \"$kept\"'", fish: "true" },
      doctor,
      {
        zsh: "precmd_functions=()",
        bash: "PROMPT_COMMAND='history -a'; unset kept",
        fish: "functions -e _aws_use_prompt",
      },
      doctor,
    ],
    after: {
      stderr: /^(\S*bash\S*: .*\n)*$/,
      calls: [
        { argv: ["doctor"], env: { AWS_USE_PROMPT_SEEN: "1" } },
        { argv: ["doctor"], env: { AWS_USE_PROMPT_SEEN: "1" } },
        { argv: ["doctor"], env: { AWS_USE_PROMPT_SEEN: "stale" } },
      ],
    },
  },
  {
    name: "doctor is told which commands are not guarded, because something of the person's own goes first",
    arrange: installCommands,
    type: [
      {
        zsh: "aws() { :; }; alias terraform=tofu; alias kubectl='kubectl -v'; eksctl() { :; }",
        bash: "aws() { :; }; alias terraform=tofu; alias kubectl='kubectl -v'; eksctl() { :; }",
        fish: "function aws; end; function terraform; end; function eksctl; end",
      },
      doctor,
    ],
    after: {
      env: told,
      // There is no eksctl that could be guarded, and kubectl's alias leads to the guard.
      calls: [{ argv: ["doctor"], env: { AWS_USE_GUARDS_SKIPPED: "aws terraform" } }],
    },
  },
  {
    name: "doctor is told of the commands of AWS_USE_GUARD, and of none where it is empty",
    arrange: installCommands,
    type: [
      {
        zsh: "aws() { :; }; helm() { :; }; AWS_USE_GUARD='helm kubectl'",
        bash: "aws() { :; }; helm() { :; }; AWS_USE_GUARD='helm kubectl'",
        fish: "function aws; end; function helm; end; set -g AWS_USE_GUARD helm kubectl",
      },
      doctor,
      { zsh: "AWS_USE_GUARD=", bash: "AWS_USE_GUARD=", fish: "set -g AWS_USE_GUARD" },
      doctor,
    ],
    after: {
      calls: [
        { argv: ["doctor"], env: { AWS_USE_GUARDS_SKIPPED: "helm" } },
        { argv: ["doctor"], env: { AWS_USE_GUARDS_SKIPPED: "" } },
      ],
    },
  },
  {
    name: "where notifications are off, and which ykman, reaches the core without being exported",
    type: [
      {
        zsh: "AWS_USE_NOTIFY=; AWS_USE_YKMAN=/opt/ykman",
        bash: "AWS_USE_NOTIFY=; AWS_USE_YKMAN=/opt/ykman",
        fish: "set -g AWS_USE_NOTIFY ''; set -g AWS_USE_YKMAN /opt/ykman",
      },
      ["aws-use", "list"],
    ],
    after: {
      env: { AWS_USE_NOTIFY: null },
      calls: [{ argv: ["list"], env: { AWS_USE_NOTIFY: "", AWS_USE_YKMAN: "/opt/ykman" } }],
    },
  },
];
