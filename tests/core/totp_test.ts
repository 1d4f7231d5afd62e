import assert from "node:assert/strict";
import { base32Decode, totpCode, windowOfSeedCode } from "../../src/core/totp.ts";

/** RFC 6238, appendix B, SHA-1: the last six of its eight digits. The secret is "12345678901234567890". */
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const published: readonly (readonly [seconds: number, code: string])[] = [
  [59, "287082"],
  [1111111109, "081804"],
  [1111111111, "050471"],
  [1234567890, "005924"],
  [2000000000, "279037"],
  [20000000000, "353130"],
];

Deno.test("totpCode() has the codes of RFC 6238", async () => {
  for (const [seconds, code] of published) assert.equal(await totpCode(secret, Math.floor(seconds / 30)), code);
});

Deno.test("windowOfSeedCode() finds the window next to the one that was expected, and none further away", async () => {
  const code = await totpCode(secret, 1000);
  for (const near of [999, 1000, 1001]) assert.equal(await windowOfSeedCode(secret, code, near), 1000);
  for (const near of [998, 1002]) assert.equal(await windowOfSeedCode(secret, code, near), undefined);
});

Deno.test("base32Decode() reads the vectors of RFC 4648, and refuses what is none", () => {
  const text = (base32: string) => new TextDecoder().decode(base32Decode(base32));
  const vectors = {
    "": "",
    MY: "f",
    "MZXQ====": "fo",
    MZXW6: "foo",
    mzxw6yq: "foob",
    "MZXW 6YTB": "fooba",
    MZXW6YTBOI: "foobar",
  };
  for (const [base32, expected] of Object.entries(vectors)) assert.equal(text(base32), expected);
  assert.throws(() => base32Decode("MZXW1"), RangeError);
});
