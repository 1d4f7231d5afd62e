/** The serial number of a YubiKey, as ykman takes it and aws_use_yubikey names it. */
import { Failure } from "../errors.ts";
import { quoted } from "./text.ts";

/** `serial` as ykman prints it. Throws Failure "config" for what is none: it may be a flag in ykman's arguments, or a typing error. */
export function checkedYubikeySerial(serial: string): string {
  if (/^[0-9]{1,10}$/.test(serial)) return serial.replace(/^0+(?=.)/, "");
  throw new Failure("config", `aws_use_yubikey is ${quoted(serial)}, which is not the serial number of a YubiKey`, {
    hint: "take one of these: ykman list --serials",
  });
}
