/**
 * A virtual key behind the real pcscd, by way of the vpcd driver of vsmartcard, which listens on a TCP port for its card.
 * Source: vsmartcard, virtualsmartcard/src/vpcd <https://frankmorgner.github.io/vsmartcard/virtualsmartcard/api.html>: each
 * message is its length in two bytes, most significant first, and itself; one byte long it is a control.
 */
import { bigEndian, type Bytes, concat } from "./bytes.ts";
import { answerToReset, type Card, createCard, type KeySeed } from "./card.ts";
import { isGone, readExactly, writeAll } from "./connection.ts";
import type { TouchSettings } from "./touch_sensor.ts";

const control = { powerOff: 0, powerOn: 1, reset: 2, answerToReset: 4 } as const;

export interface VpcdKey {
  readonly card: Card;
  /** Resolves when pcscd has powered the card on: from then on programs find it. */
  readonly powered: Promise<void>;
  /** Pulls the key out. */
  close(): Promise<void>;
}

/** Inserts a key into the vpcd that listens on `port`. */
export async function insertIntoVpcd(port: number, seed: KeySeed, touchSettings: TouchSettings): Promise<VpcdKey> {
  const card = createCard(seed, touchSettings);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const powered = Promise.withResolvers<void>();
  const serving = serve(connection, card, powered.resolve);
  return {
    card,
    powered: powered.promise,
    async close() {
      connection.close();
      card.touchSensor.cancel();
      await serving;
    },
  };
}

async function serve(connection: Deno.Conn, card: Card, onPowered: () => void): Promise<void> {
  try {
    for (let head = await readExactly(connection, 2); head !== undefined; head = await readExactly(connection, 2)) {
      const request = await readExactly(connection, (head[0] << 8) | head[1]);
      if (request === undefined) return;
      const isControl = request.length === 1;
      if (isControl && request[0] !== control.answerToReset) card.reset();
      if (isControl && request[0] === control.powerOn) onPowered();
      const answer = isControl ? answerToControl(request[0]) : await card.transmit(request);
      // In one write: the driver expects length and message together.
      if (answer !== undefined) await writeAll(connection, concat(bigEndian(answer.length, 2), answer));
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Power and reset go unanswered. */
function answerToControl(code: number): Bytes | undefined {
  return code === control.answerToReset ? answerToReset : undefined;
}
