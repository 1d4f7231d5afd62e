/** What ykman says, understood: both lines of versions, 4.x and 5.x, whose texts differ. */
import { redacted } from "./redact.ts";
import { shown } from "./text.ts";

/** Why ykman gave no code. */
export type YkmanReason =
  | { readonly name: "noDevice" }
  | { readonly name: "severalDevices"; readonly serials: readonly string[] }
  | { readonly name: "wrongSerial"; readonly serials?: readonly string[] }
  | { readonly name: "touchTimeout" }
  | { readonly name: "passwordWrong" }
  | { readonly name: "noKeyring" }
  | { readonly name: "oathDisabled" }
  | { readonly name: "pcscdOff" }
  | { readonly name: "busy"; readonly holder?: string }
  | { readonly name: "cardReset" }
  | { readonly name: "pulledOut" }
  | { readonly name: "full" }
  | { readonly name: "ended"; readonly signal: string }
  | { readonly name: "usage"; readonly text: string }
  | { readonly name: "unknown"; readonly text: string };

/** How a run of ykman ended. */
export interface YkmanOutput {
  readonly code: number;
  /** The signal that ended it, where one did. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Printed before the wait for a touch, by every version (ykman/cli/util.py, `prompt_for_touch`). */
export const touchText = "Touch your YubiKey";

const touchMark = "[Requires Touch]";

/**
 * The code that `oath accounts code` without `--single` printed for `account`, or undefined when it printed none for it.
 *
 * Each line is the whole id of an account, two spaces or more, and its code. The query matches substrings without regard to
 * case, so a line counts only when its id is `account` to the letter: `…:mfa/jona` must not get the code of `…:mfa/jonathan`.
 */
export function parseCode(stdout: string, account: string): string | undefined {
  return fieldsOf(stdout, account).find((field) => /^[0-9]{6,8}$/.test(field));
}

/** Whether ykman found `account` but was refused its code for want of a touch, which 4.x tells only on stdout. */
export function lacksTouch(stdout: string, account: string): boolean {
  return fieldsOf(stdout, account).includes(touchMark);
}

function fieldsOf(stdout: string, account: string): readonly string[] {
  return lines(stdout)
    .filter((line) => line.startsWith(`${account}  `))
    .map((line) => line.slice(account.length).trim());
}

/** The ids of `oath accounts list`, one a line. */
export function parseAccounts(stdout: string): readonly string[] {
  return lines(stdout).filter((line) => line !== "");
}

/** The version in the answer to `--version`: `YubiKey Manager (ykman) version: 4.0.9`. */
export function parseYkmanVersion(stdout: string): string | undefined {
  return /version:? *([0-9]+\.[0-9]+[0-9a-z.+-]*)/i.exec(stdout)?.[1];
}

/** The firmware that `info` names, `5.4.3`; undefined where it names none. */
export function parseFirmware(stdout: string): string | undefined {
  return /^Firmware version:\s*(\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
}

/** The serial numbers of `list --serials`, one a line. */
export function parseSerials(stdout: string): readonly string[] {
  return lines(stdout).map((line) => line.trim()).filter((line) => /^[0-9]+$/.test(line));
}

/**
 * Why ykman failed, or undefined when it did not. It compares in lower case, because 4.x says `Error:` and 5.x `ERROR:`.
 *
 * Source of the texts: yubikey-manager 4.0.9 and 5.9.2, ykman/cli and ykman/_cli, and pyscard's and pcsc-lite's messages.
 */
export function explain(output: YkmanOutput): YkmanReason | undefined {
  const text = output.stderr.toLowerCase();
  // `list` ends with 0 and an empty answer where it cannot reach pcscd.
  if (text.includes("pc/sc not available")) return { name: "pcscdOff" };
  if (output.signal !== null) return { name: "ended", signal: output.signal };
  if (output.code === 0) return undefined;
  if (output.code === 2 && text.includes("usage:")) return { name: "usage", text: lastLine(output.stderr) };
  return signs.find(([sign]) => sign.test(text))?.[1](output.stderr) ??
    { name: "unknown", text: lastLine(output.stderr) || `it said nothing, and ended with status ${output.code}` };
}

/** The first sign that fits decides: what happened on the card comes before what ykman made of it. */
const signs: readonly (readonly [RegExp, (stderr: string) => YkmanReason])[] = [
  [/multiple yubikeys detected/, (stderr) => ({ name: "severalDevices", serials: serialsIn(stderr) })],
  // 0x6985 and 0x6d00 are status words: "conditions not satisfied" of a touch that did not come, and "unknown instruction" of
  // a card whose application another program has changed under ykman.
  [/touch account timed out|sw=0x6985/, () => ({ name: "touchTimeout" })],
  [/wrong password/, () => ({ name: "passwordWrong" })],
  // ykman's own error, and those of the library that finds the keyring.
  [/keystoreerror|keyring\.errors|nokeyringerror/, () => ({ name: "noKeyring" })],
  [/no space left on the yubikey/, () => ({ name: "full" })],
  [/card was reset|sw=0x6d00/, () => ({ name: "cardReset" })],
  [
    /card was removed|no valid response|transaction failed|card is not present|reader is unavailable|no smart ?card/,
    () => ({ name: "pulledOut" }),
  ],
  // The last: where a key is busy, ykman ends gpg's scdaemon by a program that small machines do not have.
  [/sharing violation|failed opening device|failed to connect to yubikey|no such file or directory: 'pkill'/, () => ({
    name: "busy",
  })],
  [/not enabled or not available|usb interfaces to be enabled/, () => ({ name: "oathDisabled" })],
  [/failed connecting to a yubikey with serial/, () => ({ name: "wrongSerial" })],
  [/no yubikey (detected|found)/, () => ({ name: "noDevice" })],
];

/** 5.9 and later name the keys: `- YubiKey 5C (5.7.1) [OTP+FIDO+CCID] Serial: 12345678`. */
function serialsIn(stderr: string): readonly string[] {
  return Array.from(stderr.matchAll(/Serial: ([0-9]+)/g), ([, serial]) => serial);
}

/** What a person is shown of an answer that nobody foresaw: its last line, where Python puts the reason of a traceback. */
function lastLine(stderr: string): string {
  return shown(redacted(lines(stderr).findLast((line) => line.trim() !== "") ?? ""));
}

function lines(text: string): readonly string[] {
  return text.split(/\r?\n/);
}
