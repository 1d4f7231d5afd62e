/** Universal variables of fish, which it has only with its configuration. */
import { shellsOf } from "./adapters.ts";
import { type Case, wireOf } from "./case.ts";
import { runCase } from "./run_contract.ts";

const universal: Case = {
  name: "universal variables: the core sees them, off shows them again, and one that cannot be hidden is named",
  core: [{ wire: wireOf("admin", { AWS_REGION: "eu-central-1" }) }],
  type: [
    "set -Ux AWS_REGION universal; set -Ux AWS_PROFILE universal",
    ["aws-use", "admin"],
    'echo "$AWS_REGION"',
    ["aws-use", "renew"],
    ["aws-use", "off"],
  ],
  after: {
    env: { AWS_REGION: "universal", AWS_PROFILE: "universal", AWS_USE_PROFILE: null },
    stdout: "eu-central-1\n",
    stderr: /^aws-use: warning: programs still see AWS_PROFILE, .*: set -eU AWS_PROFILE\nadmin is off\n$/,
    calls: [{ argv: ["admin"] }, { argv: ["renew", "--", "admin"], env: { AWS_REGION: "universal" } }],
  },
};

const tide: Case = {
  name:
    "what removes the plugin takes its item out of tide, whose universal variables outlive every shell, and no other",
  type: [
    "set -U tide_right_prompt_items aws_use status; set -U tide_left_prompt_items pwd aws_use",
    "set -g tide_left_prompt_items git aws_use",
    "set -g _tide_right_items $tide_right_prompt_items; set -g _tide_left_items pwd; function tide; echo tide $argv; end",
    "emit aws-use_uninstall",
    'echo "$tide_left_prompt_items, $tide_right_prompt_items"',
    'set -eg tide_left_prompt_items; echo "$tide_left_prompt_items"',
  ],
  after: { stdout: "tide reload\ngit, status\npwd\n", stderr: "" },
};

for (const shell of shellsOf("fish").filter(({ wordsOnly }) => !wordsOnly)) {
  for (const each of [universal, tide]) {
    Deno.test(`${shell.name}: ${each.name}`, () => runCase({ ...shell, flags: [] }, each));
  }
}
