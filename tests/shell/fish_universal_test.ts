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
    stderr: /^(aws-use: warning: programs still see AWS_PROFILE, .*: set -eU AWS_PROFILE\n){2}admin is off\n$/,
    calls: [{ argv: ["admin"] }, { argv: ["renew", "--", "admin"], env: { AWS_REGION: "universal" } }],
  },
};

for (const shell of shellsOf("fish").filter(({ wordsOnly }) => !wordsOnly)) {
  Deno.test(`${shell.name}: ${universal.name}`, () => runCase({ ...shell, flags: [] }, universal));
}
