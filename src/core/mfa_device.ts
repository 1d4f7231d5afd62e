/** What is known of an MFA device by its serial alone, and what a new one may be called. */
import { Failure } from "../errors.ts";
import { lastPart, parseArn } from "./arn.ts";
import { isFido } from "./mfa_serial.ts";
import { quoted } from "./text.ts";

/** `virtual` gives codes out of a seed, `hardware` is a token with a printed number, `fido` is a passkey or security key. */
export type MfaKind = "virtual" | "hardware" | "fido";

/** The kind of the device with that serial. Only virtual devices and FIDO ones have an ARN. */
export function kindOf(mfaSerial: string): MfaKind {
  if (isFido(mfaSerial)) return "fido";
  return isVirtual(mfaSerial) ? "virtual" : "hardware";
}

/** Whether the serial is the ARN of a virtual MFA device: what aws-use keeps on a YubiKey. */
export function isVirtual(mfaSerial: string): boolean {
  const arn = parseArn(mfaSerial);
  return arn?.service === "iam" && arn.resource.startsWith("mfa/");
}

/** Whether a person who types `wanted` means the device: by its whole serial or by its name. */
export function isNamed(mfaSerial: string, wanted: string): boolean {
  return mfaSerial === wanted || lastPart(mfaSerial) === wanted;
}

/**
 * The most that the name of an OATH account has on a YubiKey, in bytes. The name is the device's ARN.
 * Source: YKOATH protocol, PUT <https://developers.yubico.com/OATH/YKOATH_Protocol.html>
 */
export const accountNameMaximum = 64;

/** Devices that a user may have. Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> */
export const devicesPerUser = 8;

/**
 * Throws Failure "usage" for a name that AWS does not take for a virtual MFA device.
 * Source: VirtualMFADeviceName in <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
 */
export function checkDeviceName(name: string): void {
  if (/^[\w+=,.@-]{1,226}$/.test(name)) return;
  throw new Failure("usage", `${quoted(name)} is no name that AWS takes for an MFA device`, {
    hint: "use letters, digits and _+=,.@- in: --name NAME",
  });
}

/**
 * The ARN that AWS will give to a virtual MFA device called `name` in the account of `userArn`.
 *
 * Throws Failure "usage" as {@link checkDeviceName} and for a name whose ARN a YubiKey cannot hold.
 */
export function newDeviceArn(userArn: string, name: string): string {
  checkDeviceName(name);
  const arn = deviceArn(userArn, name);
  const { length } = new TextEncoder().encode(arn);
  if (length <= accountNameMaximum) return arn;
  throw new Failure("usage", `${quoted(arn)} has ${length} bytes, and a YubiKey holds names of ${accountNameMaximum}`, {
    hint: `give the device a name of at most ${accountNameMaximum - (length - name.length)} characters: --name NAME`,
  });
}

/** The ARN of a virtual device called `name` in the account of `userArn`. */
export function deviceArn(userArn: string, name: string): string {
  const { partition = "aws", account = "" } = parseArn(userArn) ?? {};
  return `arn:${partition}:iam::${account}:mfa/${name}`;
}

/**
 * How many OATH accounts a YubiKey with that firmware holds.
 * Source: <https://docs.yubico.com/hardware/yubikey/yk-tech-manual/yk5-apps.html#oath>, firmware 5.7 on: 64, before: 32.
 */
export function oathCapacity(firmware: string | undefined): number {
  const [major = 0, minor = 0] = (firmware ?? "").split(".").map(Number);
  return major > 5 || (major === 5 && minor >= 7) ? 64 : 32;
}
