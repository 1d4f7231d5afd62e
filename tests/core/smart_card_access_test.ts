import assert from "node:assert/strict";
import { type CardFacts, cardTrouble } from "../../src/core/smart_card_access.ts";

const nothing: CardFacts = {
  serviceMissing: false,
  listed: "",
  onUsb: false,
  pcscd: { socket: true, installed: true },
  hasDriver: true,
};

const cases: readonly (readonly [string, Partial<CardFacts>, string, RegExp, RegExp])[] = [
  ["nothing is plugged in", {}, "noKey", /^no YubiKey is plugged in$/, /^plug it in/],
  ["the USB cannot be seen", { onUsb: null, pcscd: null }, "noKey", /plugged in/, /^plug it in/],
  ["a key is on the USB, without a driver", { onUsb: true, hasDriver: false }, "driver", /no driver/, /libccid/],
  ["a key is on the USB, and no program sees it", { onUsb: true }, "driver", /does not see/, /udevadm.*restart pcscd/],
  ["the system refuses", { listed: "YubiKey [OTP+FIDO+CCID] <access denied>\n" }, "refused", /refuses/, /polkit/],
  ["the serial number is hidden", { listed: "YubiKey 5 NFC [OTP]\n" }, "hidden", /hides/, /--serial-usb-visible/],
  ["pcscd refuses", { serviceMissing: true }, "service", /refuses you/, /polkit.*usermod -aG pcscd/],
  [
    "pcscd is off",
    { serviceMissing: true, pcscd: { socket: false, installed: true } },
    "service",
    /^ykman cannot reach pcscd$/,
    /enable --now pcscd\.socket/,
  ],
  [
    "pcscd is not installed",
    { serviceMissing: true, pcscd: { socket: false, installed: false } },
    "service",
    /not installed/,
    /apt install pcscd/,
  ],
  ["there is no pcscd on this system", { serviceMissing: true, pcscd: null }, "service", /pcscd/, /restart/],
];

for (const [name, facts, expected, message, remedy] of cases) {
  Deno.test(`cardTrouble() where ${name}`, () => {
    const trouble = cardTrouble({ ...nothing, ...facts });
    assert.equal(trouble.name, expected);
    assert.match(trouble.message, message);
    assert.match(trouble.remedy, remedy);
  });
}
