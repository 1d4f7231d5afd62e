/** Why ykman sees no key that it could talk to, told from what else can be seen. */

export interface CardFacts {
  /** ykman says that it has no smart-card service. */
  readonly serviceMissing: boolean;
  /** What `ykman list` prints where it can name no serial number. */
  readonly listed: string;
  /** A device of Yubico is on the USB, as the system sees it; null where that cannot be seen. */
  readonly onUsb: boolean | null;
  /** The socket of pcscd is there, and its program is installed; null where neither is looked for (macOS, WSL). */
  readonly pcscd: { readonly socket: boolean; readonly installed: boolean } | null;
  /** The driver that opens a YubiKey for pcscd, with the udev rules that let it. */
  readonly hasDriver: boolean;
}

export interface CardTrouble {
  readonly name: "service" | "refused" | "driver" | "hidden" | "noKey";
  readonly message: string;
  readonly remedy: string;
}

/**
 * What keeps ykman from the keys. pcscd opens the device, so its driver and udev rules come before groups and polkit,
 * which decide who may talk to pcscd.
 * Source: <https://github.com/LudovicRousseau/PCSC/blob/master/doc/README.polkit>
 */
export function cardTrouble(facts: CardFacts): CardTrouble {
  if (facts.serviceMissing) return serviceTrouble(facts);
  if (/access denied/i.test(facts.listed)) {
    return {
      name: "refused",
      message: "a YubiKey is plugged in, and the system refuses it to you",
      remedy: `end other programs that use it (gpgconf --kill scdaemon), plug it in again; ${cardRule}`,
    };
  }
  if (facts.listed.trim() !== "") {
    return {
      name: "hidden",
      message: "the YubiKey hides its serial number, so that it can be asked only while no other one is plugged in",
      remedy: "show it, with ykman 5: ykman otp settings 1 --serial-usb-visible",
    };
  }
  if (facts.onUsb && !facts.hasDriver) {
    return {
      name: "driver",
      message: "a YubiKey is on the USB, and pcscd has no driver for it",
      remedy: "sudo apt install libccid (Fedora, Arch: ccid), then plug the key in again",
    };
  }
  if (facts.onUsb) {
    return {
      name: "driver",
      message: "a YubiKey is on the USB, and pcscd does not see it",
      remedy:
        "plug it in again; then: sudo udevadm control --reload; sudo udevadm trigger; sudo systemctl restart pcscd",
    };
  }
  return { name: "noKey", message: "no YubiKey is plugged in", remedy: "plug it in, then: aws-use doctor" };
}

/** A card that polkit refuses looks to ykman as one that another program has. */
export const cardRule = "over SSH a polkit rule must allow org.debian.pcsc-lite.access_card";

/** Also from now on at every start of the machine. */
export const startPcscd = "start it: sudo systemctl enable --now pcscd.socket";

function serviceTrouble({ pcscd }: CardFacts): CardTrouble {
  const name = "service";
  const message = "ykman cannot reach pcscd";
  if (pcscd === null) return { name, message, remedy: "restart this machine, which starts the smart-card service" };
  if (pcscd.socket) {
    return {
      name,
      message: `${message}, although its socket is there: it refuses you`,
      remedy: "a polkit rule must allow org.debian.pcsc-lite.access_pcsc, or join the group: " +
        "sudo usermod -aG pcscd $USER; then log in anew",
    };
  }
  if (pcscd.installed) return { name, message, remedy: startPcscd };
  return { name, message: `${message}: it is not installed`, remedy: "sudo apt install pcscd (Fedora: pcsc-lite)" };
}
