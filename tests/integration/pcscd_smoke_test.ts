import assert from "node:assert/strict";
import { windowAt } from "../../src/core/totp_window.ts";
import { codeFromYubiKey } from "../../src/world/ykman.ts";
import { startPcscd, whyNoPcscd } from "../support/pcscd.ts";
import { totp } from "../support/totp.ts";
import { isInstalled, ykmans, ykmanWorld } from "../support/ykmans.ts";
import { insertIntoVpcd } from "../support/yubikey/vpcd.ts";

const mfaSerial = "arn:aws:iam::123456789012:mfa/alice";
const secretBase32 = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const reason = whyNoPcscd();

for (const ykman of ykmans) {
  Deno.test({
    name: `codeFromYubiKey() has a code through the real pcscd (ykman ${ykman.major})${reason ? `: ${reason}` : ""}`,
    ignore: reason !== undefined || !isInstalled(ykman),
    async fn() {
      const directory = await Deno.makeTempDir({ prefix: "pcscd-" });
      const pcscd = await startPcscd(directory);
      const accounts = [{ name: mfaSerial, secretBase32, touch: true }];
      const key = await insertIntoVpcd(pcscd.port, { serial: 11111111, accounts }, { touch: "auto" });
      try {
        await key.powered;
        const world = await ykmanWorld(ykman, directory, pcscd.env);
        // By its number, because vpcd's second, empty slot counts as a second YubiKey.
        const request = { mfaSerial, deviceSerial: "11111111", signal: new AbortController().signal };
        const { code, window } = await codeFromYubiKey(world, request);
        assert.equal(code, totp(secretBase32, window));
        assert.ok(windowAt(Date.now()) - window <= 1);
        assert.equal(key.card.touchSensor.timesAsked, 1);
      } finally {
        await key.close();
        await pcscd.stop();
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
