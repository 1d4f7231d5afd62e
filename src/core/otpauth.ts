/** The URI that an authenticator app reads out of a QR code. */
import { lastPart, parseArn } from "./arn.ts";

/**
 * The key URI of a virtual MFA device, with the label that AWS's own QR code has.
 * Source: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>
 */
export function otpauthUri(mfaSerial: string, seed: string): string {
  const issuer = encodeURIComponent("Amazon Web Services");
  const label = encodeURIComponent(`${lastPart(mfaSerial)}@${parseArn(mfaSerial)?.account ?? ""}`);
  return `otpauth://totp/${issuer}:${label}?secret=${seed}&issuer=${issuer}`;
}
