import { type Bytes, concat, fromHex } from "./bytes.ts";

/** A command to a card (ISO 7816-4 section 5.1). */
export interface Apdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Bytes;
}

/** Status words that the YubiKey answers with (YKOATH specification, and ISO 7816-4 table 5). */
export const status = {
  ok: 0x9000,
  wrongLength: 0x6700,
  touchOrPasswordMissing: 0x6982,
  noSuchObject: 0x6984,
  wrongSyntax: 0x6a80,
  noSuchApplet: 0x6a82,
  noSpace: 0x6a84,
  wrongParameters: 0x6b00,
  unknownInstruction: 0x6d00,
} as const;

/** Thrown by an applet to answer with a status word and no data. */
export class StatusWord extends Error {
  readonly word: number;

  constructor(word: number) {
    super(`status word ${word.toString(16)}`);
    this.word = word;
  }
}

/**
 * The fields of a short or extended command; ykman 4 sends short ones, ykman 5 extended ones.
 *
 * Throws `StatusWord` (wrong length) when there is no whole header.
 */
export function parseApdu(bytes: Uint8Array): Apdu {
  if (bytes.length < 4) throw new StatusWord(status.wrongLength);
  const [cla, ins, p1, p2] = bytes;
  return { cla, ins, p1, p2, data: commandData(bytes.subarray(4)) };
}

function commandData(body: Uint8Array): Bytes {
  const isExtended = body.length > 3 && body[0] === 0;
  const start = isExtended ? 3 : 1;
  const length = isExtended ? (body[1] << 8) | body[2] : body[0] ?? 0;
  return concat(body.subarray(start, start + length));
}

/** Command chaining (ISO 7816-4 section 5.1.1): this command's data goes before that of the next. */
export function isChained(apdu: Apdu): boolean {
  return (apdu.cla & 0x10) !== 0;
}

export function statusBytes(word: number): Bytes {
  return fromHex(word.toString(16).padStart(4, "0"));
}
