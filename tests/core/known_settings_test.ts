import assert from "node:assert/strict";
import { readConfig } from "../../src/core/config.ts";
import { unknownSettings } from "../../src/core/known_settings.ts";

function unknownIn(configText: string, credentialsText = "") {
  return unknownSettings(readConfig({ configText, configPath: "c", credentialsText, credentialsPath: "s" }));
}

Deno.test("unknownSettings() names the setting that was meant, and all profiles that have it", () => {
  const config = "[profile a]\nsource_profle = x\n[profile b]\nsource_profle = y\nmfa_seriall = z\n";
  assert.deepEqual(unknownIn(config), [
    { key: "source_profle", near: ["source_profile"], profiles: ["a", "b"] },
    { key: "mfa_seriall", near: ["mfa_serial"], profiles: ["b"] },
  ]);
});

Deno.test("unknownSettings() looks into both files, once for a key in both", () => {
  assert.deepEqual(unknownIn("[profile a]\nregoin = x\n", "[a]\nregoin = y\naws_acess_key_id = z\n"), [
    { key: "regoin", near: ["region"], profiles: ["a"] },
    { key: "aws_acess_key_id", near: ["aws_access_key_id"], profiles: ["a"] },
  ]);
});

Deno.test("unknownSettings() has nothing against blocks, case, sections of other kinds and other tools' settings", () => {
  const config = [
    "[default]\nRegion = x\ns3 =\n  max_concurrent_requests = 20\n  bogus = 1\n",
    "[sso-session corp]\nbogus = 1\n[services local]\nbogus = 1\n[plugins]\nbogus = 1\n",
    "[profile saml]\nx_principal_arn = y\nx_security_token_expires = z\nazure_tenant_id = t\ngranted_sso_region = r\n",
    "[profile ours]\naws_use_confirm = true\naws_use_yubikey = 1\ninclude_profile = default\nmfa_process = x\n",
  ].join("");
  assert.deepEqual(unknownIn(config), []);
});
