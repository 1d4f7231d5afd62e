/**
 * The codes of a seed. Used only while a device is made and its seed is known: to tell of which window a key's code is, and
 * that two keys hold the same seed.
 * Source: RFC 6238 (TOTP) on RFC 4226 section 5.3 (truncation), with SHA-1 and six digits as AWS's virtual MFA devices.
 */

/** The six digits of `seed` (base32) in one window of 30 s. Throws RangeError where the seed is no base32. */
export async function totpCode(seed: string, window: number): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(window));
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", base32Decode(seed), algorithm, false, ["sign"]);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const offset = mac.getUint8(mac.byteLength - 1) & 0x0f;
  return String((mac.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/**
 * The window whose code `code` is, at most one from `near`; undefined where it is of none of them.
 *
 * A late touch gives the code of the window before, and a slow ykman that of the next.
 */
export async function windowOfSeedCode(seed: string, code: string, near: number): Promise<number | undefined> {
  for (const window of [near, near - 1, near + 1]) {
    if (await totpCode(seed, window) === code) return window;
  }
  return undefined;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The bytes of a base32 text (RFC 4648 section 6); case, spaces and padding do not matter. */
export function base32Decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of text.toUpperCase().replace(/[\s=]/g, "")) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) throw new RangeError("cannot read base32: unexpected character");
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
