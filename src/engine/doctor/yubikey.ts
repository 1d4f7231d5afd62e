/** The keys: does ykman reach one, is OATH switched on, and do their accounts match the profiles. */
import { cardTrouble } from "../../core/smart_card_access.ts";
import type { Plan } from "../../core/plan.ts";
import { quoted } from "../../core/text.ts";
import type { Failure } from "../../errors.ts";
import { atMostWarning, broken, brokenBy, type Finding, ok, warning } from "./finding.ts";
import type { KeysSeen } from "./keys_seen.ts";
import { few } from "./profiles.ts";

const name = "yubikey";

/** The profiles that want a code of each MFA device; those whose code another program gives are left out. */
export function devicesWanted(plans: readonly Plan[]): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, string[]>();
  for (const plan of plans.filter(({ mfaProcess }) => mfaProcess === undefined)) {
    for (const serial of new Set(plan.steps.flatMap(({ mfaSerial }) => mfaSerial ?? []))) {
      const profiles = wanted.get(serial) ?? [];
      profiles.push(plan.profile);
      wanted.set(serial, profiles);
    }
  }
  return wanted;
}

export function checkYubikey(
  { version, keys, without }: KeysSeen,
  wanted: ReadonlyMap<string, readonly string[]>,
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

function accounts(
  keys: KeysSeen["keys"],
  wanted: ReadonlyMap<string, readonly string[]>,
  someAreUnread: boolean,
): readonly Finding[] {
  const plugged = keys.map(({ deviceSerial }) => deviceSerial).join(", ");
  const readable = keys.filter(({ failure }) => !failure);
  if (readable.length === 0) return [];
  const holderOf = (serial: string) => readable.find((key) => key.accounts.includes(serial));
  const missing = [...wanted].filter(([serial]) => !holderOf(serial));
  const found = [...wanted].flatMap(([serial, profiles]) => {
    const holder = holderOf(serial);
    return holder ? [ok(name, `YubiKey ${holder.deviceSerial} has ${quoted(serial)} for ${few(profiles)}`)] : [];
  });
  if (wanted.size === 0) return [ok(name, `plugged in: ${plugged}; no profile names a device of it`)];
  const none = found.length === 0 && !someAreUnread;
  return [
    ...found,
    ...missing.map(([serial, profiles]) => {
      const message = `no YubiKey that is plugged in (${plugged}) has the account ${quoted(serial)} of ${
        few(profiles)
      }`;
      const remedy = `plug the right one in, or correct mfa_serial; see: ykman --device ${
        readable[0].deviceSerial
      } oath accounts list`;
      return none ? broken(name, "unavailable", message, remedy) : warning(name, message, remedy);
    }),
  ];
}
