import assert from "node:assert/strict";
import { environmentConflicts } from "../../src/core/environment_conflicts.ts";

const nowMs = Date.parse("2026-01-02T03:04:05Z");
const longLived = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret/EXAMPLEKEY" };
const temporary = { ...longLived, AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE", AWS_SESSION_TOKEN: "token/EXAMPLE" };

const cases: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  ["nothing set", {}, []],
  ["a profile alone", { AWS_PROFILE: "prod" }, []],
  ["a profile that is none", { AWS_PROFILE: "prdo" }, ["unset AWS_PROFILE"]],
  ["the old name of one", { AWS_DEFAULT_PROFILE: "prdo" }, ["unset AWS_DEFAULT_PROFILE"]],
  ["keys alone", temporary, []],
  ["empty values", { AWS_PROFILE: "", AWS_ACCESS_KEY_ID: "", AWS_VAULT: "", AWS_SECURITY_TOKEN: "" }, []],
  ["a profile beside keys", { ...temporary, AWS_PROFILE: "prod" }, ["unset AWS_PROFILE"]],
  ["the old name of it", { ...temporary, AWS_DEFAULT_PROFILE: "prod" }, ["unset AWS_DEFAULT_PROFILE"]],
  ["an old token", { ...temporary, AWS_SECURITY_TOKEN: "old" }, ["unset AWS_SECURITY_TOKEN"]],
  ["the same token by its old name", { ...temporary, AWS_SECURITY_TOKEN: "token/EXAMPLE" }, []],
  ["a token beside long-lived keys", { ...longLived, AWS_SESSION_TOKEN: "old" }, ["unset AWS_SESSION_TOKEN"]],
  ["an id without its secret", { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE" }, ["unset AWS_ACCESS_KEY_ID"]],
  ["a secret without its id", { AWS_SECRET_ACCESS_KEY: "x" }, ["unset AWS_SECRET_ACCESS_KEY"]],
  ["credentials that live", { ...temporary, AWS_CREDENTIAL_EXPIRATION: "2026-01-02T03:04:06Z" }, []],
  ["an expiration without credentials", { AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" }, []],
  ["an expiration that is none", { ...temporary, AWS_CREDENTIAL_EXPIRATION: "soon" }, []],
  [
    "credentials of ours that have expired",
    { ...temporary, AWS_CREDENTIAL_EXPIRATION: "2026-01-02T03:04:05Z", AWS_USE_PROFILE: "prod" },
    ["aws-use renew"],
  ],
  [
    "credentials that have expired, with an offset",
    { ...temporary, AWS_CREDENTIAL_EXPIRATION: "2026-01-02T04:04:05+01:00" },
    ["unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION"],
  ],
  ["aws-vault", { AWS_VAULT: "prod" }, ["leave that shell of aws-vault, or: unset AWS_VAULT"]],
  ["AWS_VAULT of ours", { AWS_VAULT: "prod", AWS_USE_PROFILE: "prod" }, []],
  ["AWS_VAULT beside ours", { AWS_VAULT: "dev", AWS_USE_PROFILE: "prod" }, [
    "leave that shell of aws-vault, or: unset AWS_VAULT",
  ]],
  ["awsume", { AWSUME_PROFILE: "prod" }, ["leave that shell of awsume, or: unset AWSUME_PROFILE"]],
  ["a margin", { AWS_USE_MARGIN: "45m" }, []],
  ["a margin that is none", { AWS_USE_MARGIN: "soon" }, ["export AWS_USE_MARGIN=10m"]],
  ["commands to guard", { AWS_USE_GUARD: " aws  ansible-playbook g++ " }, []],
  ["commands to guard that a tab separates", { AWS_USE_GUARD: "aws\tterraform" }, []],
  ["commands to guard that a no-break space separates", { AWS_USE_GUARD: "aws\xa0terraform" }, [
    "name commands, separated by spaces: export AWS_USE_GUARD='aws terraform'",
  ]],
  ["no command to guard", { AWS_USE_GUARD: "" }, []],
  ["words that no guard can have", { AWS_USE_GUARD: "aws,terraform helm" }, [
    "name commands, separated by spaces: export AWS_USE_GUARD='aws terraform'",
  ]],
];

for (const [name, variables, remedies] of cases) {
  Deno.test(`environmentConflicts() of ${name}`, () => {
    const conflicts = environmentConflicts(variables, nowMs, new Set(["prod"]));
    assert.deepEqual(conflicts.map(({ remedy }) => remedy), remedies);
    for (const { message } of conflicts) assert.doesNotMatch(message, /EXAMPLE|\bold\b/);
  });
}
