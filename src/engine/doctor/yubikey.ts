/** The keys: does ykman reach one, is OATH switched on, and do their accounts match the profiles. */
import { cardTrouble } from "../../core/smart_card_access.ts";
import type { Plan } from "../../core/plan.ts";
import type { Config } from "../../core/config.ts";
import { mfaSettingsOf } from "../../core/mfa_serials.ts";
import type { Variables } from "../../core/profile.ts";
import { quoted } from "../../core/text.ts";
import type { Failure } from "../../errors.ts";
import { atMostWarning, broken, brokenBy, type Finding, ok, warning } from "./finding.ts";
import type { KeysSeen } from "./keys_seen.ts";
import { few } from "./profiles.ts";

const name = "yubikey";

/** MFA devices of which any one serves, and the profiles that want a code of one. */
export interface Wanted {
  readonly serials: readonly string[];
  readonly profiles: readonly string[];
}

/** What codes are wanted of; profiles whose codes another program gives are left out. */
export function devicesWanted(plans: readonly Plan[], config: Config, environment: Variables): readonly Wanted[] {
  const wanted = new Map<string, { readonly serials: readonly string[]; readonly profiles: string[] }>();
  for (const { profile, steps, keys, mfaProcess } of plans) {
    if (mfaProcess !== undefined || steps.length === 0 || keys.sessionToken !== undefined) continue;
    const serials = mfaSettingsOf(profile, config, environment);
    if (serials.length === 0) continue;
    const same = wanted.get(serials.join()) ?? { serials, profiles: [] };
    same.profiles.push(profile);
    wanted.set(serials.join(), same);
  }
  return [...wanted.values()];
}

export function checkYubikey(
  { version, keys, without }: KeysSeen,
  wanted: readonly Wanted[],
): readonly Finding[] {
  // Without ykman nothing can be said of keys; that is told already.
  if (typeof version !== "string") return [];
  if (without) {
    const trouble = cardTrouble(without);
    return [broken(name, "unavailable", trouble.message, trouble.remedy)];
  }
  const unread = keys.flatMap(({ failure }) => failure ? [failure] : []);
  return [
    ...unread.map((failure) => isLocked(failure) ? atMostWarning(brokenBy(name, failure)) : brokenBy(name, failure)),
    ...accounts(keys, wanted, unread.length > 0),
  ];
}

function isLocked(failure: Failure): boolean {
  const reason = (failure.cause as { readonly name?: string } | undefined)?.name;
  return reason === "passwordMissing";
}

function accounts(keys: KeysSeen["keys"], wanted: readonly Wanted[], someAreUnread: boolean): readonly Finding[] {
  const plugged = keys.map(({ deviceSerial }) => deviceSerial).join(", ");
  const readable = keys.filter(({ failure }) => !failure);
  if (readable.length === 0) return [];
  if (wanted.length === 0) return [ok(name, `plugged in: ${plugged}; no profile names a device of it`)];
  const found = wanted.map((each) => ({
    ...each,
    holders: readable.flatMap((key) =>
      each.serials.filter((serial) => key.accounts.includes(serial)).map((serial) => ({ key, serial }))
    ),
  }));
  const none = !someAreUnread && found.every(({ holders }) => holders.length === 0);
  return found.map(({ serials, profiles, holders: [first] }) => {
    if (first) return ok(name, `YubiKey ${first.key.deviceSerial} has ${quoted(first.serial)} for ${few(profiles)}`);
    const accounts = serials.map((serial) => quoted(serial)).join(" or ");
    const message = `no YubiKey that is plugged in (${plugged}) has the account ${accounts} of ${few(profiles)}`;
    const remedy = "plug the right one in, or correct mfa_serial; see: " +
      `ykman --device ${readable[0].deviceSerial} oath accounts list`;
    return none ? broken(name, "unavailable", message, remedy) : warning(name, message, remedy);
  });
}
