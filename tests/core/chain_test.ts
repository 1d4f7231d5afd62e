import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { findChain, mfaSetting } from "../../src/core/chain.ts";
import type { Variables } from "../../src/core/profile.ts";
import { adminArn, configOf, keysOf } from "../support/plan_samples.ts";

const role = `role_arn = ${adminArn}\n`;
const environmentKeys = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "secret-env" };

function refused(config: string, credentials: string, environment: Variables = {}, name = "a"): readonly string[] {
  try {
    findChain(name, configOf(config, credentials), environment);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.kind, "config");
    assert.ok(!`${error.message}${error.hint}`.includes("secret-"));
    return [error.message, error.hint];
  }
  throw new Error("nothing was refused");
}

function found(config: string, credentials: string, environment: Variables = {}, name = "a") {
  const { roles, holder, keys, keysFrom } = findChain(name, configOf(config, credentials), environment);
  return { roles: roles.map((each) => each.name), holder: holder.name, key: keys.accessKeyId, keysFrom };
}

Deno.test("findChain() follows source_profile to a profile with keys", () => {
  const config =
    `[profile a]\n${role}source_profile = b\n[profile b]\n${role}source_profile = c\n[profile c]\nregion = x\n`;
  assert.deepEqual(found(config, keysOf("c")), {
    roles: ["b", "a"],
    holder: "c",
    key: "AKIAC",
    keysFrom: "credentials",
  });
  assert.deepEqual(found(config, keysOf("c"), environmentKeys).key, "AKIAC");
});

Deno.test("findChain() lets a profile assume its role with its own keys", () => {
  const config = `[profile a]\n${role}source_profile = a\n`;
  assert.deepEqual(found(config, keysOf("a")), { roles: ["a"], holder: "a", key: "AKIAA", keysFrom: "credentials" });
});

Deno.test("findChain() takes a source profile's own keys before its role", () => {
  const config = `[profile a]\n${role}source_profile = b\n[profile b]\n${role}source_profile = gone\n`;
  assert.deepEqual(found(config, keysOf("b")).roles, ["a"]);
});

Deno.test("findChain() takes keys of the credentials file before those of the config file", () => {
  const config = `[profile a]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = secret-config\n`;
  assert.equal(found(config, "").keysFrom, "config");
  assert.deepEqual(found(config, keysOf("a")), { roles: [], holder: "a", key: "AKIAA", keysFrom: "credentials" });
});

Deno.test("findChain() reads the session token, aws_security_token first", () => {
  const token = (extra: string) => findChain("a", configOf(null, keysOf("a", extra)), {}).keys.sessionToken;
  assert.equal(token(""), undefined);
  assert.equal(token("aws_session_token = one"), "one");
  assert.equal(token("aws_session_token = one\naws_security_token = two"), "two");
  assert.equal(token("aws_session_token ="), undefined);
});

Deno.test("findChain() lets keys of the environment serve only a profile without a source of its own", () => {
  const fromEnvironment = { roles: [], holder: "a", key: "AKIAENV", keysFrom: "environment" };
  assert.deepEqual(found("[profile a]\nregion = x\n", "", environmentKeys), fromEnvironment);
  assert.deepEqual(found(`[profile a]\n${role}`, "", environmentKeys), { ...fromEnvironment, roles: ["a"] });
  assert.deepEqual(found(`[profile a]\n${role}source_profile = b\n[profile b]\n`, "", environmentKeys), {
    ...fromEnvironment,
    roles: ["a"],
    holder: "b",
  });
  assert.equal(found("[profile a]\n", keysOf("a"), environmentKeys).key, "AKIAA");
  for (const source of ["credential_process = x", "sso_session = x", "sso_account_id = 1", "login_session = x"]) {
    assert.match(refused(`[profile a]\n${source}\n`, "", environmentKeys)[0], /not supported/);
    assert.match(refused(`[profile a]\n${role}${source}\n`, "", environmentKeys)[0], /no source_profile/);
  }
  assert.match(refused(`[profile a]\n${role}`, keysOf("a"), environmentKeys)[0], /no source_profile/);
});

Deno.test("findChain() ignores the environment's keys while a profile of ours is active: they are ours", () => {
  const environment = { ...environmentKeys, AWS_USE_PROFILE: "b" };
  assert.deepEqual(refused("[profile a]\n", "", environment), [
    'profile "a" has no keys',
    "enter them with: aws configure --profile a",
  ]);
});

Deno.test("findChain() takes the environment's tokens, AWS_SECURITY_TOKEN first, and refuses half a pair of keys", () => {
  const token = (more: Variables) =>
    findChain("a", configOf("[profile a]\n"), { ...environmentKeys, ...more }).keys.sessionToken;
  assert.equal(token({}), undefined);
  assert.equal(token({ AWS_SESSION_TOKEN: "one", AWS_SECURITY_TOKEN: "" }), "one");
  assert.equal(token({ AWS_SESSION_TOKEN: "one", AWS_SECURITY_TOKEN: "two" }), "two");
  assert.deepEqual(refused("[profile a]\n", "", { AWS_ACCESS_KEY_ID: "AKIA" }), [
    "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not",
    "set both, or take the first away with: unset AWS_ACCESS_KEY_ID",
  ]);
});

Deno.test("findChain() refuses and explains", () => {
  const list = "see the profiles that there are with: aws-use list";
  assert.deepEqual(refused("[profile admin]\n[profile dev]\n", "", {}, "amdin"), [
    'there is no profile "amdin" (did you mean "admin"?)',
    list,
  ]);
  assert.deepEqual(refused("", "", {}, "admin"), [
    'there is no profile "admin"',
    "no profile at all was found in /c and /k; make one with: aws configure",
  ]);
  assert.deepEqual(refused(`[profile a]\n${role}source_profile = bases\n[profile base]\n`, ""), [
    'source_profile of profile "a" is "bases", and there is none (did you mean "base"?)',
    "name another one of aws-use list: aws configure set source_profile NAME --profile a",
  ]);
  assert.deepEqual(refused(`[profile a]\n${role}`, ""), [
    'profile "a" has role_arn but no source_profile',
    "name the profile whose keys assume the role with: aws configure set source_profile NAME --profile a",
  ]);
  assert.deepEqual(refused(`[profile a b]\n[profile "a b"]\n${role}`, keysOf("a b"), {}, "a b"), [
    'profile "a b" has role_arn but no source_profile',
    "name the profile whose keys assume the role with: aws configure set source_profile 'a b' --profile 'a b'",
  ]);
  assert.deepEqual(refused(`[profile a]\n${role}source_profile = b\n[profile b]\nregion = x\n`, ""), [
    'profile "b" has no keys',
    "enter them with: aws configure --profile b",
  ]);
  assert.deepEqual(refused("[profile a]\nsource_profile = b\n[profile b]\n", keysOf("b")), [
    'profile "a" has no keys, and its source_profile serves only a role_arn',
    "enter them with: aws configure --profile a",
  ]);
  assert.deepEqual(refused("", "[a]\naws_access_key_id = AKIA\n"), [
    'the keys of profile "a" are not complete: aws_secret_access_key is missing',
    "enter both with: aws configure --profile a",
  ]);
  assert.deepEqual(refused(`[profile a]\n${role}source_profile = b\ncredential_source = Environment\n`, keysOf("b")), [
    'profile "a" has both source_profile and credential_source',
    "take one of the two lines out of the profile",
  ]);
});

Deno.test("findChain() names a loop in source_profile", () => {
  const link = (from: string, to: string) => `[profile ${from}]\n${role}source_profile = ${to}\n`;
  const loop = (...names: readonly string[]) =>
    `source_profile runs in a loop: ${names.map((n) => `"${n}"`).join(" → ")}`;
  assert.equal(refused(link("a", "a"), "")[0], loop("a", "a"));
  assert.equal(refused(link("a", "b") + link("b", "a"), "")[0], loop("a", "b", "a"));
  assert.equal(refused(link("a", "b") + link("b", "c") + link("c", "b"), "")[0], loop("b", "c", "b"));
  assert.equal(refused(link("a", "b") + link("b", "a"), keysOf("a"))[0], loop("a", "b", "a"));
  const long = Array.from({ length: 10_000 }, (_, n) => link(`p${n}`, `p${(n + 1) % 10_000}`)).join("");
  assert.equal(
    refused(long, "", {}, "p0")[0],
    loop("p0", "p1", "p2", "p3", "…", "p9998", "p9999", "p0").replace('"…"', "…"),
  );
});

Deno.test("findChain() names the source that it does not have", () => {
  const sources: Readonly<Record<string, string>> = {
    "credential_process = /bin/x": "credential_process",
    [`${role}credential_source = Environment`]: "credential_source",
    [`${role}web_identity_token_file = /t`]: "a web identity (web_identity_token_file)",
    "sso_session = x\nsso_account_id = 1\nsso_role_name = r": "IAM Identity Center (sso_session, sso_start_url)",
    "sso_start_url = https://x": "IAM Identity Center (sso_session, sso_start_url)",
    "login_session = x": "login_session",
  };
  for (const [lines, named] of Object.entries(sources)) {
    for (
      const config of [`[profile a]\n${lines}\n`, `[profile a]\n${role}source_profile = b\n[profile b]\n${lines}\n`]
    ) {
      const profile = config.includes("source_profile") ? "b" : "a";
      assert.deepEqual(refused(config, ""), [
        `profile "${profile}" takes its credentials from ${named}, which is not supported`,
        `use a profile with keys or source_profile, or without aws-use: aws --profile ${profile}`,
      ]);
    }
  }
});

Deno.test("findChain() applies include_profile to settings and not to keys", () => {
  const config = [
    "[profile a]\ninclude_profile = shared\nregion = own\n",
    `[profile shared]\n${role}source_profile = base\nregion = theirs\nmfa_serial = 123456789\ninclude_profile = more\n`,
    "[profile more]\nexternal_id = x\n",
    "[profile base]\n[profile b]\ninclude_profile = base\n",
  ].join("");
  assert.deepEqual(found(config, keysOf("base")), {
    roles: ["a"],
    holder: "base",
    key: "AKIABASE",
    keysFrom: "credentials",
  });
  assert.equal(mfaSetting(findChain("a", configOf(config, keysOf("base")), {}), "external_id"), "x");
  assert.equal(refused(config, keysOf("base"), {}, "b")[0], 'profile "b" has no keys');
  assert.equal(
    refused("[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "")[0],
    'include_profile runs in a loop: "a" → "b" → "a"',
  );
  assert.equal(
    refused("[profile a]\ninclude_profile = gone\n", "")[0],
    'include_profile of profile "a" is "gone", and there is none',
  );
});

Deno.test("mfaSetting() looks at the first role, then at the keys, then at the outer roles", () => {
  const serialOf = (a: string, b: string, c: string) => {
    const lines = (value: string) => value === "" ? "" : `mfa_serial = ${value}\n`;
    const config =
      `[profile a]\n${role}source_profile = b\n${lines(a)}[profile b]\n${role}source_profile = c\n${lines(b)}` +
      `[profile c]\n${lines(c)}`;
    return mfaSetting(findChain("a", configOf(config, keysOf("c")), {}), "mfa_serial");
  };
  assert.equal(serialOf("outer", "first", "keys"), "first");
  assert.equal(serialOf("outer", "", "keys"), "keys");
  assert.equal(serialOf("outer", "", ""), "outer");
  assert.equal(serialOf("", "", ""), undefined);
});

Deno.test("findChain() refuses blocks and control characters without showing the value", () => {
  const [block] = refused(`[profile a]\n${role}source_profile =\n  x = 1\n`, "");
  assert.equal(block, '"source_profile" of profile "a" is a block of lines');
  const [lines] = refused(`[profile a]\naws_access_key_id = x\naws_secret_access_key = secret-1\n  secret-2\n`, "");
  assert.equal(lines, '"aws_secret_access_key" of profile "a" has control characters');
});
