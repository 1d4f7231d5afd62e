import { createHmac } from "node:crypto";
import { bigEndian, fromBase32 } from "./yubikey/bytes.ts";

/** The six-digit code of a secret in a window of 30 s (RFC 6238), computed apart from the virtual key. */
export function totp(secretBase32: string, window: number): string {
  const digest = createHmac("sha1", fromBase32(secretBase32)).update(bigEndian(window, 8)).digest();
  const bits = digest.readUInt32BE(digest[19] & 0x0f) & 0x7fffffff;
  return String(bits % 1_000_000).padStart(6, "0");
}
