import assert from "node:assert/strict";
import fc from "fast-check";
import { otpauthUri } from "../../src/core/otpauth.ts";
import { qrCode, qrSize } from "../../src/core/qr.ts";
import { correctionOf } from "../../src/core/reed_solomon.ts";

const seed = "GEZDGNBVGY3TQOJQ".repeat(4);

/** Side and SHA-256 of the rows of `0` and `1`, as the Python package qrcode 8.2 makes them at level L in byte mode. */
const byOthers: readonly (readonly [text: string, size: number, digest: string])[] = [
  ["a", 21, "56bb324cb2e86a133cd29ca6f0f5d1cbd8846616406dea144628a3815cc19271"],
  ["aws-use", 21, "aa91c826dca7c597cd45926d1791adde4c8693ce5c4fee816e6c642e9705e2cb"],
  ["x".repeat(60), 33, "c4497937b5332a6da0acded01a60d452becabacefd9638c594ae9761a8b9a9ee"],
  ["0123456789".repeat(15), 45, "a5fcf6454f36c9d64597753572a3a2383059b01516c813d0499555c26b2180ee"],
  [
    otpauthUri("arn:aws:iam::123456789012:mfa/bob", seed),
    49,
    "d1e2bbe5067e9333141f44734d4d2cbf01a2783d95e55f208b4518257122e2cb",
  ],
  ["ü".repeat(150), 61, "8435233491f2c0b823eab5ad6d97d7c5bbfee84be8e85de1aed096cb5d81f943"],
  ["~".repeat(520), 77, "6097144c8bb1091b266821110547e10f7ace3459d39e24d96a9f5b9dac18666c"],
];

for (const [text, size, digest] of byOthers) {
  Deno.test(`qrCode() of ${text.slice(0, 20)} (${text.length}) is what another program makes`, async () => {
    const rows = qrCode(text).map((row) => row.map((dark) => dark ? "1" : "0").join(""));
    assert.equal(rows.length, size);
    assert.equal(qrSize(text), size);
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(rows.join("\n")));
    assert.equal(new Uint8Array(bytes).toHex(), digest);
  });
}

Deno.test("qrCode() refuses a text that no code of version 15 holds", () => {
  assert.throws(() => qrCode("~".repeat(521)), /a text of 521 bytes is too long/);
});

Deno.test("correctionOf() makes codewords that a root of the generator divides", () => {
  const times = (left: number, right: number) => {
    let product = 0;
    for (; right > 0; right >>= 1, left = left << 1 ^ (left & 0x80 ? 0x11d : 0)) if (right & 1) product ^= left;
    return product;
  };
  const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(bytes, fc.integer({ min: 2, max: 30 }), (data, count) => {
    const codewords = [...data, ...correctionOf(data, count)];
    let root = 1;
    for (let power = 0; power < count; power++) {
      assert.equal(codewords.reduce((value, codeword) => times(value, root) ^ codeword, 0), 0);
      root = times(root, 2);
    }
  }));
});

Deno.test("otpauthUri() is what an authenticator reads", () => {
  const uri = new URL(otpauthUri("arn:aws:iam::123456789012:mfa/team/bob", seed));
  assert.equal(uri.protocol, "otpauth:");
  assert.equal(uri.host, "totp");
  assert.equal(decodeURIComponent(uri.pathname), "/Amazon Web Services:bob@123456789012");
  assert.deepEqual([...uri.searchParams], [["secret", seed], ["issuer", "Amazon Web Services"]]);
});
