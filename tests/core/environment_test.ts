import assert from "node:assert/strict";
import { activeAs, environmentOf, rfc3339 } from "../../src/core/environment.ts";
import { unsetKeys } from "../../src/core/wire.ts";

const session = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "token",
  expiresAt: 1_767_268_800,
  identity: "alice@123456789012",
};

Deno.test("environmentOf() sets what SDKs and prompts read, and unsets what would win over it", () => {
  assert.deepEqual(environmentOf({ profile: "admin", region: "eu-west-1", session }), {
    set: {
      AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_CREDENTIAL_EXPIRATION: "2026-01-01T12:00:00Z",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_USE_PROFILE: "admin",
      AWS_USE_IDENTITY: "alice@123456789012",
      AWS_USE_EXPIRES_AT: "1767268800",
      AWS_VAULT: undefined,
    },
    unset: unsetKeys,
  });
});

Deno.test("environmentOf() leaves out what the profile and the session do not have", () => {
  const { set } = environmentOf({ profile: "keys", session: { accessKeyId: "AKIA", secretAccessKey: "s" } });
  const told = Object.entries(set).filter(([, value]) => value !== undefined).map(([key]) => key);
  assert.deepEqual(told, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_USE_PROFILE"]);
});

Deno.test("environmentOf() sets AWS_VAULT for AWS_USE_COMPAT=aws-vault alone", () => {
  assert.equal(environmentOf({ profile: "admin", session, compat: "aws-vault" }).set.AWS_VAULT, "admin");
  assert.equal(environmentOf({ profile: "admin", session, compat: "granted" }).set.AWS_VAULT, undefined);
});

Deno.test("rfc3339() tells whole seconds in UTC", () => {
  assert.equal(rfc3339(0), "1970-01-01T00:00:00Z");
  assert.equal(rfc3339(1_767_268_799), "2026-01-01T11:59:59Z");
});

Deno.test("activeAs() names who one is, the account, or the profile alone", () => {
  assert.equal(activeAs("admin", "alice@123456789012"), "admin as alice@123456789012");
  assert.equal(activeAs("admin", "123456789012"), "admin in 123456789012");
  assert.equal(activeAs("admin", undefined), "admin");
});
