/** What a person reads when the YubiKey gives no code: what is wrong, and the command that helps. */
import { Failure, type FailureKind } from "../errors.ts";
import { startPcscd } from "./smart_card_access.ts";
import { quoted, shown } from "./text.ts";
import type { YkmanReason } from "./ykman_output.ts";

/** Reasons that only the caller of ykman can know, besides those that ykman tells. */
export type NoCodeReason =
  | YkmanReason
  | { readonly name: "noAccount"; readonly serials: readonly string[] }
  | { readonly name: "passwordMissing" }
  | { readonly name: "noAnswer"; readonly seconds: number }
  | { readonly name: "notInstalled"; readonly command: string; readonly isOverridden: boolean };

/** Whom ykman was asked about. */
export interface Asked {
  readonly mfaSerial: string;
  /** Serial number of the YubiKey that was asked, where it is known. */
  readonly deviceSerial?: string;
  /** The command that asks again. */
  readonly again?: string;
  /** The command that takes a code from another source; absent where none would do. */
  readonly byHand?: string;
}

/**
 * The failure that tells `reason`: `denied` for a touch that was not given, `tryAgain` where somebody ended ykman, else
 * `unavailable`.
 */
export function ykmanFailure(reason: NoCodeReason, asked: Asked): Failure {
  const [kind, message, hint] = explanation(reason, asked);
  // The reason goes along, and whose it is: what to do next depends on them.
  return new Failure(kind, message, { hint, cause: { ...reason, deviceSerial: asked.deviceSerial } });
}

/** Why ykman gave nothing, where `error` is the failure that tells it. */
export function reasonOf(error: unknown): NoCodeReason["name"] | undefined {
  return error instanceof Failure ? (error.cause as NoCodeReason | undefined)?.name : undefined;
}

/** Whether the key wants its OATH password, or another one than it got. */
export function isLocked(error: unknown): boolean {
  return ["passwordMissing", "passwordWrong"].includes(reasonOf(error) ?? "");
}

/** Serial number of the YubiKey that gave nothing, where it is known. */
export function keyOf(error: unknown): string | undefined {
  return error instanceof Failure ? (error.cause as Asked | undefined)?.deviceSerial : undefined;
}

function explanation(reason: NoCodeReason, asked: Asked): readonly [FailureKind, string, string] {
  const account = quoted(asked.mfaSerial);
  const key = asked.deviceSerial === undefined ? "the YubiKey" : `YubiKey ${shown(asked.deviceSerial)}`;
  const device = optionFor(asked.deviceSerial);
  const again = asked.again ?? "aws-use PROFILE";
  const orCode = asked.byHand === undefined ? "" : `; or give a code: ${asked.byHand}`;
  switch (reason.name) {
    case "noDevice":
      return [
        "unavailable",
        "no YubiKey is plugged in",
        `plug it in, then: ${again}${orCode}`,
      ];
    case "severalDevices":
      return ["unavailable", `several YubiKeys are plugged in${among(reason.serials)}`, severalHint(reason.serials)];
    case "wrongSerial":
      return [
        "unavailable",
        `${key} is not plugged in${
          reason.serials?.length ? `, but ${reason.serials.map((each) => shown(each)).join(", ")}` : ""
        }`,
        `plug it in, or name another one (aws_use_yubikey), then: ${again}${orCode}`,
      ];
    case "noAccount":
      return [
        "unavailable",
        reason.serials.length === 0
          ? `${key} has no OATH account named ${account}`
          : `no YubiKey that is plugged in${among(reason.serials)} has an OATH account named ${account}`,
        `see which accounts it has: ykman${
          optionFor(asked.deviceSerial ?? reason.serials[0])
        } oath accounts list${orCode}`,
      ];
    case "touchTimeout":
      return ["denied", `${key} was not touched in time`, `touch it while it blinks: ${again}`];
    case "passwordMissing":
      return [
        "unavailable",
        `${key} wants its OATH password`,
        `let ykman keep it: ykman${device} oath access remember`,
      ];
    case "passwordWrong":
      return [
        "unavailable",
        `${key} refused the OATH password`,
        `let ykman keep the right one: ykman${device} oath access remember`,
      ];
    case "noKeyring":
      return [
        "unavailable",
        "ykman finds no keyring on this computer that is open",
        "let a command print the password: export AWS_USE_YKMAN_PASSWORD_COMMAND=COMMAND",
      ];
    case "oathDisabled":
      return ["unavailable", `${key} has OATH switched off`, `switch it on: ykman${device} config usb --enable OATH`];
    case "pcscdOff":
      return ["unavailable", "ykman cannot reach pcscd", `${startPcscd}${orCode}`];
    case "busy":
      return [
        "unavailable",
        `${key} is in use by ${shown(reason.holder ?? "another program")}`,
        freeing(reason.holder),
      ];
    case "cardReset":
      return [
        "unavailable",
        `another program reset ${key} meanwhile`,
        `close the other program, then: ${again}`,
      ];
    case "pulledOut":
      return ["unavailable", `${key} was pulled out meanwhile`, `plug it in again, then: ${again}`];
    case "full":
      return [
        "unavailable",
        `${key} has no room for another OATH account`,
        `remove one that is not needed: ykman${device} oath accounts list`,
      ];
    case "noAnswer":
      return [
        "unavailable",
        `ykman gave no answer within ${reason.seconds} s`,
        "pull the key out, plug it in again, and see whether it answers: ykman info",
      ];
    case "notInstalled":
      return reason.isOverridden
        ? ["unavailable", `cannot run ${quoted(reason.command)}, which AWS_USE_YKMAN names`, "unset AWS_USE_YKMAN"]
        : ["unavailable", "cannot run ykman: it is not installed", `${installHint}${orCode}`];
    case "ended":
      return ["tryAgain", `ykman was ended by ${shown(reason.signal)}`, `once more: ${again}`];
    case "usage":
      return ["unavailable", `ykman does not know this call: ${reason.text}`, "see its version: ykman --version"];
    case "unknown":
      return [
        "unavailable",
        `ykman failed: ${reason.text}`,
        `see what it does: ykman --log-level DEBUG${device} oath info`,
      ];
  }
}

function freeing(holder: string | undefined): string {
  if (holder === "ykman") return "wait until it has ended, or end it: pkill ykman";
  const scdaemon = "end GnuPG's: gpgconf --kill scdaemon";
  return holder === "scdaemon" ? scdaemon : `close the other program, or ${scdaemon}`;
}

const installHint = "sudo apt install yubikey-manager, brew install ykman, or pipx install yubikey-manager";

function optionFor(deviceSerial: string | undefined): string {
  return deviceSerial === undefined ? "" : ` --device ${shown(deviceSerial)}`;
}

/** The serial numbers in brackets, or nothing where they are unknown. */
function among(serials: readonly string[]): string {
  return serials.length === 0 ? "" : ` (${serials.map((serial) => shown(serial)).join(", ")})`;
}

function severalHint(serials: readonly string[]): string {
  return `unplug all but one, or name the one in the profile: aws_use_yubikey = ${serials[0] ?? "SERIAL"}`;
}
