import { type Apdu, isChained, parseApdu, status, statusBytes, StatusWord } from "./apdu.ts";
import { bigEndian, type Bytes, concat, fromHex, hex, tagged, text } from "./bytes.ts";
import { createOathApplet, type SeedAccount } from "./oath.ts";
import { createTouchSensor, type TouchSensor, type TouchSettings } from "./touch_sensor.ts";

/** A YubiKey to be: what is on it before it is plugged in. */
export interface KeySeed {
  readonly serial: number;
  readonly accounts?: readonly SeedAccount[];
  readonly password?: string;
  /** The OATH application switched off with `ykman config usb --disable OATH`. */
  readonly oathDisabled?: boolean;
}

export interface Card {
  readonly serial: number;
  readonly touchSensor: TouchSensor;
  readonly accountNames: readonly string[];
  /** Answers one command; data and status word. */
  transmit(command: Uint8Array): Promise<Bytes>;
  /** Power off or reset: no applet is selected and nobody is authenticated. */
  reset(): void;
}

type AppletName = "management" | "otp" | "oath";

/** Answer to reset of a YubiKey 5 on USB; ykman tells USB from NFC by the high half of its second byte. */
export const answerToReset = fromHex("3bfd1300008131fe158073c021c057597562696b657940");

const firmware = [5, 4, 3];

const applets: Readonly<Record<string, AppletName>> = {
  a000000527471117: "management",
  a0000005272001: "otp",
  a0000005272101: "oath",
};

/** Capability bits of the management application: OTP, U2F, OpenPGP, PIV, FIDO2, and OATH. */
const capabilities = { withoutOath: 0x021b, oath: 0x0020 };

const longestShortAnswer = 0xff;

export function createCard(seed: KeySeed, touchSettings: TouchSettings): Card {
  const version = Uint8Array.from(firmware);
  const touchSensor = createTouchSensor(touchSettings);
  const oath = createOathApplet({
    serial: seed.serial,
    version,
    accounts: seed.accounts ?? [],
    password: seed.password,
    touch: () => touchSensor.wanted(),
  });
  let selected: AppletName | undefined;
  let unsent: Bytes | undefined;
  let chained: Bytes = new Uint8Array();

  function reset(): void {
    selected = undefined;
    unsent = undefined;
    chained = new Uint8Array();
    oath.deselect();
  }

  function select(applicationId: string): Bytes {
    const applet = applets[applicationId];
    if (applet === undefined || (applet === "oath" && seed.oathDisabled)) throw new StatusWord(status.noSuchApplet);
    reset();
    selected = applet;
    if (applet === "oath") return oath.select();
    if (applet === "otp") return concat(version, Uint8Array.of(0, 0, 0));
    return text(`Virtual mgr - FW version ${firmware.join(".")}`);
  }

  function management(apdu: Apdu): Bytes {
    const readConfig = 0x1d;
    if (apdu.ins !== readConfig) throw new StatusWord(status.unknownInstruction);
    const config = deviceConfig(seed);
    return concat(Uint8Array.of(config.length), config);
  }

  function otp(apdu: Apdu): Bytes {
    const isSerial = apdu.ins === 0x01 && apdu.p1 === 0x10;
    if (!isSerial) throw new StatusWord(status.unknownInstruction);
    return bigEndian(seed.serial, 4);
  }

  async function dispatch(apdu: Apdu): Promise<Bytes> {
    const isSelect = apdu.ins === 0xa4 && apdu.p1 === 0x04;
    if (isSelect) return select(hex(apdu.data));
    const getMore = selected === "oath" ? 0xa5 : 0xc0;
    if (apdu.ins === getMore && unsent !== undefined) return unsent;
    switch (selected) {
      case "management":
        return management(apdu);
      case "otp":
        return otp(apdu);
      case "oath":
        return await oath.process(apdu);
      default:
        throw new StatusWord(status.unknownInstruction);
    }
  }

  /** Long answers go out in pieces, each but the last with the status word 61xx ("xx more bytes"). */
  function piece(answer: Bytes): Bytes {
    const rest = answer.slice(longestShortAnswer);
    unsent = rest.length > 0 ? rest : undefined;
    const word = rest.length > 0 ? 0x6100 | Math.min(rest.length, 0xff) : status.ok;
    return concat(answer.subarray(0, longestShortAnswer), statusBytes(word));
  }

  return {
    serial: seed.serial,
    touchSensor,
    reset,
    get accountNames() {
      return oath.accountNames;
    },
    async transmit(command) {
      try {
        const apdu = parseApdu(command);
        const data = concat(chained, apdu.data);
        chained = isChained(apdu) ? data : new Uint8Array();
        return isChained(apdu) ? statusBytes(status.ok) : piece(await dispatch({ ...apdu, data }));
      } catch (error) {
        if (error instanceof StatusWord) return statusBytes(error.word);
        throw error;
      }
    },
  };
}

/** What the management application says of the key: capabilities, serial, form factor (USB-A), firmware, not locked. */
function deviceConfig(seed: KeySeed): Bytes {
  const supported = capabilities.withoutOath | capabilities.oath;
  const enabled = seed.oathDisabled ? capabilities.withoutOath : supported;
  return concat(
    tagged(0x01, bigEndian(supported, 2)),
    tagged(0x02, bigEndian(seed.serial, 4)),
    tagged(0x03, bigEndian(enabled, 2)),
    tagged(0x04, Uint8Array.of(0x01)),
    tagged(0x05, Uint8Array.from(firmware)),
    tagged(0x06, bigEndian(0, 2)),
    tagged(0x07, Uint8Array.of(15)),
    tagged(0x08, Uint8Array.of(0)),
    tagged(0x0a, Uint8Array.of(0)),
  );
}
