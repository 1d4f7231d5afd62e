/** The keys: does ykman reach one, is OATH switched on, and do their accounts match the profiles. */
import { cardRule, cardTrouble } from "../../core/smart_card_access.ts";
import type { Plan } from "../../core/plan.ts";
import type { Config } from "../../core/config.ts";
import { kindOf } from "../../core/mfa_device.ts";
import { mfaSettingsOf } from "../../core/mfa_serials.ts";
import type { Variables } from "../../core/profile.ts";
import { quoted } from "../../core/text.ts";
import { reasonOf } from "../../core/ykman_failure.ts";
import type { Failure } from "../../errors.ts";
import { atMostWarning, broken, brokenBy, type Finding, ok, warning } from "./finding.ts";
import type { KeysSeen } from "./keys_seen.ts";
import { few } from "./profiles.ts";

const name = "yubikey";

/** MFA devices of which any one serves, and the profiles that want a code of one. */
export interface Wanted {
  readonly serials: readonly string[];
  readonly profiles: readonly string[];
  /** Serial number of the one key that the profiles name. */
  readonly yubikey?: string;
}

/** What codes are wanted of; profiles whose codes another program gives are left out. */
export function devicesWanted(plans: readonly Plan[], config: Config, environment: Variables): readonly Wanted[] {
  const wanted = new Map<string, Wanted & { readonly profiles: string[] }>();
  for (const { profile, steps, keys, mfaProcess, yubikey } of plans) {
    if (mfaProcess !== undefined || steps.length === 0 || keys.sessionToken !== undefined) continue;
    const serials = mfaSettingsOf(profile, config, environment);
    if (serials.length === 0) continue;
    const key = [yubikey, ...serials].join();
    const same = wanted.get(key) ?? { serials, profiles: [], yubikey };
    same.profiles.push(profile);
    wanted.set(key, same);
  }
  return [...wanted.values()];
}

/** Whether its codes are read off a hardware token and typed: a YubiKey has accounts of virtual devices. */
export function isTyped({ serials }: Wanted): boolean {
  return serials.every((serial) => kindOf(serial) === "hardware");
}

export function typed({ serials, profiles }: Wanted): Finding {
  return ok(
    name,
    `codes of ${either(serials)} for ${few(profiles)} are typed: it is a hardware token`,
  );
}

export function checkYubikey(
  { version, keys, failure, without }: KeysSeen,
  wanted: readonly Wanted[],
): readonly Finding[] {
  // Without ykman nothing can be said of keys; that is told already.
  if (typeof version !== "string") return [];
  if (failure) return [refusedOrBusy(failure)];
  if (without) {
    const trouble = cardTrouble(without);
    const finding = broken(name, "unavailable", trouble.message, trouble.remedy);
    return [trouble.name === "hidden" ? atMostWarning(finding) : finding];
  }
  const sought = wanted.map((each) => ({ ...each, holder: holderOf(each, keys) }));
  const isNeeded = sought.some(({ holder }) => holder === undefined);
  return [
    ...keys.flatMap(({ failure }) => failure ? [unreadable(failure, isNeeded)] : []),
    ...accounts(keys, sought),
  ];
}

function refusedOrBusy(failure: Failure): Finding {
  const finding = brokenBy(name, failure);
  return reasonOf(failure) === "busy" ? { ...finding, remedy: `${failure.hint}; ${cardRule}` } : finding;
}

interface Sought extends Wanted {
  readonly holder?: Holder;
}

/** A key, and the account on it that serves. */
interface Holder {
  readonly deviceSerial: string;
  readonly account: string;
}

function holderOf({ serials, yubikey }: Wanted, keys: KeysSeen["keys"]): Holder | undefined {
  return keys.filter(({ deviceSerial }) => yubikey === undefined || deviceSerial === yubikey)
    .flatMap((key) => {
      const account = serials.find((serial) => key.accounts.includes(serial));
      return account === undefined ? [] : [{ deviceSerial: key.deviceSerial, account }];
    }).at(0);
}

/** A key that cannot be read is broken where an account is missing that may be on it; a locked one is asked for its password. */
function unreadable(failure: Failure, isNeeded: boolean): Finding {
  const finding = brokenBy(name, failure);
  return isNeeded && reasonOf(failure) !== "passwordMissing" ? finding : atMostWarning(finding);
}

function accounts(keys: KeysSeen["keys"], sought: readonly Sought[]): readonly Finding[] {
  const readable = keys.filter(({ failure }) => !failure);
  if (readable.length === 0) return [];
  if (sought.length === 0) return [ok(name, `plugged in: ${numbersOf(keys)}; no profile names a device of it`)];
  const none = readable.length === keys.length && sought.every(({ holder }) => holder === undefined);
  return sought.flatMap((each) => {
    const { holder, profiles, yubikey } = each;
    if (holder) return [ok(name, `YubiKey ${holder.deviceSerial} has ${quoted(holder.account)} for ${few(profiles)}`)];
    // Why this one could not be read is told already.
    if (keys.some(({ deviceSerial, failure }) => deviceSerial === yubikey && failure)) return [];
    const [message, remedy] = yubikey === undefined
      ? onNone(each, keys, readable[0].deviceSerial)
      : notOn(yubikey, each, keys);
    return [none ? broken(name, "unavailable", message, remedy) : warning(name, message, remedy)];
  });
}

type Trouble = readonly [message: string, remedy: string];

function onNone({ serials, profiles }: Wanted, keys: KeysSeen["keys"], first: string): Trouble {
  return [
    `no YubiKey that is plugged in (${numbersOf(keys)}) has the account ${either(serials)} of ${few(profiles)}`,
    `plug the right one in, or correct mfa_serial; see: ykman --device ${first} oath accounts list`,
  ];
}

function notOn(yubikey: string, { serials, profiles }: Wanted, keys: KeysSeen["keys"]): Trouble {
  const named = `YubiKey ${yubikey}, which aws_use_yubikey of ${few(profiles)} names,`;
  return keys.some(({ deviceSerial }) => deviceSerial === yubikey)
    ? [
      `${named} has no account ${either(serials)}`,
      `correct aws_use_yubikey or mfa_serial; see: ykman --device ${yubikey} oath accounts list`,
    ]
    : [
      `${named} is not plugged in (${numbersOf(keys)} is)`,
      "plug it in, or correct aws_use_yubikey; see: ykman list --serials",
    ];
}

function either(serials: readonly string[]): string {
  return serials.map((serial) => quoted(serial)).join(" or ");
}

function numbersOf(keys: KeysSeen["keys"]): string {
  return keys.map(({ deviceSerial }) => deviceSerial).join(", ");
}
