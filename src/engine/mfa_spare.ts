/** A further YubiKey for the same seed, plugged in when it is asked for. */
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { Iam } from "./mfa_access.ts";
import { checkKey } from "./mfa_checks.ts";
import { plugged, pluggedKeys } from "./oath_keys.ts";

/** How often the person is asked to plug a key in before it is given up. */
const attempts = 5;

/**
 * Serial number of a key that is plugged in and none of `taken`. Throws Failure "cancelled" where nobody answers,
 * "unavailable" where none comes, and what `checkKey` throws.
 */
export async function takeSpare(
  iam: Iam,
  serial: string,
  taken: readonly string[],
  count: number,
): Promise<string> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await entered(iam, `plug in the spare YubiKey (${taken.length + 1} of ${count}), then press Enter:`);
    const spares = (await plugged(iam)).filter(({ deviceSerial }) => !taken.includes(deviceSerial));
    if (spares.length === 1) {
      await checkKey(iam, spares[0], serial);
      return spares[0].deviceSerial;
    }
    const found = spares.map(({ deviceSerial }) => deviceSerial).join(", ");
    iam.world.terminal.say(
      spares.length === 0 ? "aws-use: no other YubiKey is plugged in" : `aws-use: plug in only one of them: ${found}`,
    );
  }
  throw new Failure("unavailable", "no spare YubiKey was plugged in", { hint: `with it at hand: ${iam.again}` });
}

/** Returns once the key is plugged in, asking for it where it was pulled out for another. Throws as {@link takeSpare}. */
export async function pluggedAgain(iam: Iam, deviceSerial: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if ((await pluggedKeys(iam)).includes(deviceSerial)) return;
    await entered(iam, `plug YubiKey ${deviceSerial} in again, then press Enter:`);
  }
  throw new Failure("unavailable", `YubiKey ${quoted(deviceSerial)} was not plugged in again`, {
    hint: `with it at hand: ${iam.again}`,
  });
}

async function entered({ world, again }: Iam, question: string): Promise<void> {
  if (world.terminal.interactive && await world.terminal.ask(`aws-use: ${question}`) !== null) return;
  world.signal.throwIfAborted();
  throw new Failure("cancelled", "nobody pressed Enter for the spare YubiKey", { hint: `call again: ${again}` });
}
