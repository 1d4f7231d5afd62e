import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { decodeConfig, lookUp, readConfigTolerant } from "../../src/core/config.ts";
import { listProfiles } from "../../src/core/profile_list.ts";
import { adminArn, configOf, keysOf, serial } from "../support/plan_samples.ts";

Deno.test("lookUp() says from which file a value is", () => {
  const config = configOf("[profile a]\nregion = x\noutput = json\n", "[DEFAULT]\nk = d\n[a]\nregion = y\n");
  const entry = config.profiles.get("a")!;
  assert.deepEqual(lookUp(entry, "region"), { value: "y", from: "credentials" });
  assert.deepEqual(lookUp(entry, "output"), { value: "json", from: "config" });
  assert.deepEqual(lookUp(entry, "k"), { value: "d", from: "credentials" });
  assert.equal(lookUp(entry, "none"), undefined);
});

Deno.test("decodeConfig() keeps a byte order mark and names the line that is not UTF-8", () => {
  const bytes = new TextEncoder().encode("\ufeff[a]\nregion = ü\n");
  assert.equal(decodeConfig(bytes, "/c"), "\ufeff[a]\nregion = ü\n");
  const latin = new Uint8Array([...bytes, 0x78, 0xfc, 0x0a, 0x79]);
  assert.throws(() => decodeConfig(latin, "/c"), (error) => {
    assert.ok(error instanceof Failure);
    assert.deepEqual([error.kind, error.message], ["data", "cannot read /c, line 3: it is not UTF-8"]);
    return true;
  });
  const cut = new TextEncoder().encode("[a]\nx = 🔑").slice(0, -1);
  assert.throws(() => decodeConfig(cut, "/c"), { message: "cannot read /c, line 2: it is not UTF-8" });
});

Deno.test("listProfiles() lists the values of the files and what gives the credentials", () => {
  const config = configOf(
    [
      `[default]\nmfa_serial = ${serial}\nregion = eu-west-1\n`,
      `[profile admin]\nrole_arn = ${adminArn}\nsource_profile = default\nexternal_id = x\nduration_seconds = 2h\n`,
      "[profile sso]\nsso_account_id = 444444444444\nsso_role_name = r\n",
      "[profile empty]\nregion =\nduration_seconds = soon\ns3 =\n  a = b\n",
      "[profile included]\ninclude_profile = admin\n",
      "[profile loop]\ninclude_profile = loop\n",
    ].join(""),
    keysOf("default") + keysOf("other"),
  );
  const nothing = {
    ...{ role_arn: null, account: null, source_profile: null, mfa_serial: null, region: null, external_id: null },
    ...{ duration_seconds: null, source: null },
  };
  assert.deepEqual(listProfiles(config, {}), [
    { ...nothing, name: "default", account: "123456789012", mfa_serial: serial, region: "eu-west-1", source: "keys" },
    {
      ...{ ...nothing, name: "admin", role_arn: adminArn, account: "210987654321", source_profile: "default" },
      ...{ external_id: "x", duration_seconds: 7200, source: "source_profile" },
    },
    { ...nothing, name: "sso", account: "444444444444", source: "sso" },
    { ...nothing, name: "empty" },
    { ...nothing, name: "included", source: "source_profile" },
    { ...nothing, name: "loop" },
    { ...nothing, name: "other", source: "keys" },
  ]);
  const environment = { AWS_ACCESS_KEY_ID: "AKIA" };
  const sources = listProfiles(config, environment).map((profile) => profile.source);
  assert.deepEqual(sources, ["keys", "source_profile", "sso", "environment", "source_profile", null, "keys"]);
});

Deno.test("readConfigTolerant() lists what can be read of broken files, and where they break", () => {
  const config = readConfigTolerant({
    configText: "[profile a]\nregion = x\nbroken\n[profile b]\n",
    configPath: "/c",
    credentialsText: "stray\n[c]\n",
    credentialsPath: "/k",
  });
  assert.deepEqual(listProfiles(config, {}).map((profile) => profile.name), ["a", "b", "c"]);
  assert.deepEqual(config.problems.map(({ path, line }) => `${path}:${line}`), ["/c:3", "/k:1"]);
});
