/** The MFA devices that a profile names: mfa_serial, and our own aws_use_mfa_serials for several. */
import { type Chain, findChain, mfaSetting } from "./chain.ts";
import type { Config } from "./config.ts";
import type { Variables } from "./profile.ts";

/** Serials in the order in which they are named, each once; empty where the profile names none. */
export function mfaSerialsOf(chain: Pick<Chain, "roles" | "holder">): readonly string[] {
  const single = mfaSetting(chain, "mfa_serial");
  const several = splitSerials(mfaSetting(chain, "aws_use_mfa_serials") ?? "");
  return [...new Set([...(single === undefined ? [] : [single]), ...several])];
}

/** As {@link mfaSerialsOf}, of the profile with that name. Throws Failure "config" as `findChain` does. */
export function mfaSettingsOf(name: string, config: Config, environment: Variables): readonly string[] {
  return mfaSerialsOf(findChain(name, config, environment));
}

/** The serials of `aws_use_mfa_serials`, which stand between spaces or commas. */
export function splitSerials(value: string): readonly string[] {
  return value.split(/[\s,]+/).filter(Boolean);
}
