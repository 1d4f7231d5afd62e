/** The files of the made-up person: AWS's two, and what each shell reads when it starts. */
import { promptSetups } from "../../../src/core/prompt_setups.ts";
import { alice } from "../emulator/seed.ts";
import { quietFish } from "../quiet_home.ts";

const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const login = "123456789012";
const production = "210987654321";

const config = `[default]
region = eu-central-1
mfa_serial = ${alice.mfaSerial}

[profile admin]
role_arn = ${role(login, "admin")}
source_profile = default
mfa_serial = ${alice.mfaSerial}
region = eu-central-1

[profile readonly]
role_arn = ${role(login, "readonly")}
source_profile = default
mfa_serial = ${alice.mfaSerial}
region = eu-central-1

# Another account.
[profile prod]
role_arn = ${role(production, "prod")}
source_profile = default
mfa_serial = ${alice.mfaSerial}
region = us-east-1

[profile deploy]
role_arn = ${role(login, "deploy")}
source_profile = default
mfa_serial = ${alice.mfaSerial}
external_id = deploy-7f3a
duration_seconds = 1800
region = eu-west-1
`;

const credentials = `[default]
aws_access_key_id = ${alice.accessKeyId}
aws_secret_access_key = ${alice.secretAccessKey}
`;

/** What stands before and after the lines that install.sh has put into the start-up file. */
const startUpFiles: readonly { readonly path: string; readonly before: string; readonly after: string }[] = [
  {
    path: ".zshrc",
    before: `HISTFILE=$HOME/.zsh_history
PROMPT='aws-use try %1~ %# '
`,
    after: `autoload -Uz compinit && compinit -u -d $HOME/.zcompdump\n${promptSetups.zsh.lines}`,
  },
  {
    path: ".bashrc",
    before: `HISTFILE=$HOME/.bash_history
PS1='aws-use try \\W \\$ '
for file in /usr/share/bash-completion/bash_completion /opt/homebrew/etc/profile.d/bash_completion.sh; do
  [ ! -r "$file" ] || . "$file"
done
unset file
`,
    after: promptSetups.bash.lines,
  },
  {
    path: ".config/fish/config.fish",
    before: `set -g fish_greeting
function fish_prompt
    echo -n "aws-use try "(prompt_pwd)" > "
end
`,
    after: promptSetups.fish.lines,
  },
];

/** Writes the files below `home`, around what is in the start-up files already. */
export async function writeHome(home: string): Promise<void> {
  await Deno.mkdir(`${home}/.aws`, { mode: 0o700, recursive: true });
  await quietFish(home);
  await Deno.writeTextFile(`${home}/.aws/config`, config, { mode: 0o600 });
  await Deno.writeTextFile(`${home}/.aws/credentials`, credentials, { mode: 0o600 });
  for (const { path, before, after } of startUpFiles) {
    const installed = await Deno.readTextFile(`${home}/${path}`);
    await Deno.writeTextFile(`${home}/${path}`, `${before}${installed}${after}`);
  }
}
