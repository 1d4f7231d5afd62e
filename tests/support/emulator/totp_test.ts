import assert from "node:assert/strict";
import { base32Decode, base32Encode, totpCode, windowAt } from "./totp.ts";

Deno.test("totpCode() gives the codes of RFC 6238, appendix B", () => {
  const secret = base32Encode(new TextEncoder().encode("12345678901234567890"));
  const cases: [seconds: number, code: string][] = [
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ];
  for (const [seconds, code] of cases) assert.equal(totpCode(secret, windowAt(seconds * 1000)), code);
});

Deno.test("base32Decode() undoes base32Encode() and ignores case, spaces and padding", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => (index * 37) & 0xff);
  assert.deepEqual(base32Decode(base32Encode(bytes)), bytes);
  assert.deepEqual(base32Decode("mfrg gzdf=="), new TextEncoder().encode("abcde"));
  assert.throws(() => base32Decode("A1"), RangeError);
});

Deno.test({
  name: "totpCode() agrees with oathtool",
  ignore: !hasOathtool(),
  fn() {
    const secret = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPJQWEY3EMVTGO2DJNJVWY3LO";
    for (const seconds of [0, 29, 30, 1_700_000_000, 1_900_000_001]) {
      assert.equal(totpCode(secret, windowAt(seconds * 1000)), oathtool(secret, seconds));
    }
  },
});

function oathtool(secret: string, seconds: number): string {
  const args = [
    "--totp",
    "-b",
    `--now=${new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC`,
    secret,
  ];
  return new TextDecoder().decode(new Deno.Command("oathtool", { args }).outputSync().stdout).trim();
}

function hasOathtool(): boolean {
  try {
    return new Deno.Command("oathtool", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
