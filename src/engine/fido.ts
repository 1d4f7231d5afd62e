/** FIDO devices sign in to the console only: STS takes codes, and they give none. */
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";

/** Source: IAM, "Passkeys and security keys" <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html> */
export function isFido(mfaSerial: string): boolean {
  return /:u2f\/|:fido\//i.test(mfaSerial);
}

export function onlyFido(mfaSerial: string): Failure {
  return new Failure("config", `${quoted(mfaSerial)} is a FIDO device, and STS takes codes alone`, {
    hint: "register the YubiKey as a virtual MFA device too, and put its ARN into mfa_serial",
  });
}
