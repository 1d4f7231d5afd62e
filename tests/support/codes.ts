/** Codes as a person would read them from an authenticator. */
import { alice } from "./emulator/seed.ts";
import { totpCode, windowAt } from "./emulator/totp.ts";

/** The code that `secret` has `offsetSeconds` from now. */
export function codeOf({ mfaSecret }: { readonly mfaSecret: string } = alice, offsetSeconds = 0): string {
  return totpCode(mfaSecret, windowAt(Date.now() + offsetSeconds * 1000));
}
