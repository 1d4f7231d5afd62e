import { Failure } from "../errors.ts";
import { parseArn } from "./arn.ts";
import { quoted } from "./text.ts";

/**
 * `serial` when STS can take a code for it.
 *
 * Throws Failure "config" for a FIDO device, which has no codes, and for what is no serial.
 * Sources: SerialNumber in <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>;
 * <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_fido.html>
 */
export function checkedMfaSerial(serial: string): string {
  if (isFido(serial)) {
    throw new Failure("config", `the MFA device ${quoted(serial)} is a FIDO device, and STS takes only codes`, {
      hint: "register a virtual MFA device beside it, and name that one with: aws configure set mfa_serial ARN",
    });
  }
  if (/^[\w+=/:,.@-]{9,256}$/.test(serial)) return serial;
  throw new Failure("config", `mfa_serial is ${quoted(serial)}, which is neither an ARN nor a serial number`, {
    hint: "find yours with: aws iam list-mfa-devices",
  });
}

/** Whether the serial is that of a passkey or a FIDO security key. */
export function isFido(serial: string): boolean {
  return /^(u2f|fido)\//.test(parseArn(serial)?.resource ?? "");
}
