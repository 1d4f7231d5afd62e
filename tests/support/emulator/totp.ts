import { createHmac } from "node:crypto";

/** Length of a TOTP window in seconds: RFC 6238, section 5.2, and all that AWS accepts. */
export const windowDuration = 30;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The number of the 30-second window that `nowMs` lies in, counted from 1970. */
export function windowAt(nowMs: number): number {
  return Math.floor(nowMs / 1000 / windowDuration);
}

/** The six-digit code of `secret` (base32) in one window: RFC 6238 with SHA-1, as virtual MFA devices of AWS use it. */
export function totpCode(secret: string, window: number): string {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(window));
  const mac = createHmac("sha1", base32Decode(secret)).update(new Uint8Array(counter.buffer)).digest();
  const offset = mac[mac.length - 1] & 0xf;
  return ((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).toString().padStart(6, "0");
}

/** The bytes of a base32 text (RFC 4648); case, spaces and padding are ignored. Throws RangeError for other characters. */
export function base32Decode(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.toUpperCase().replace(/[\s=]/g, "")) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) throw new RangeError("cannot read base32: unexpected character");
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

/** Base32 without padding; `bytes` come in multiples of five, as the seeds of AWS do. */
export function base32Encode(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >> bits) & 31];
    }
  }
  return text;
}
