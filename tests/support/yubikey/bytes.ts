/** Byte strings as smart cards write them: hexadecimal, big-endian numbers, and tag-length-value triples. */

export type Bytes = Uint8Array<ArrayBuffer>;

export interface TagValue {
  readonly tag: number;
  readonly value: Bytes;
}

/** The one property of a YKOATH PUT, touch, is written as tag and value without a length. */
const propertyTag = 0x78;

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `value` in `length` bytes, most significant first; exact up to 2^53, which a time step of 8 bytes never reaches. */
export function bigEndian(value: number, length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256);
}

export function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

export function untext(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}

/** One tag-length-value triple, with the long form of the length (ISO 7816-4, BER) from 128 bytes on. */
export function tagged(tag: number, value: Uint8Array): Bytes {
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat(Uint8Array.of(tag, ...head), value);
}

/** The triples of `bytes`, or undefined when they do not add up. */
export function parseTagged(bytes: Uint8Array): readonly TagValue[] | undefined {
  const triples: TagValue[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const tag = bytes[offset++];
    const { length, start } = tag === propertyTag ? { length: 1, start: offset } : lengthAt(bytes, offset);
    if (start + length > bytes.length) return undefined;
    triples.push({ tag, value: Uint8Array.from(bytes.subarray(start, start + length)) });
    offset = start + length;
  }
  return triples;
}

function lengthAt(bytes: Uint8Array, offset: number): { readonly length: number; readonly start: number } {
  const first = bytes[offset] ?? Infinity;
  if (first === 0x81) return { length: bytes[offset + 1] ?? Infinity, start: offset + 2 };
  if (first === 0x82) return { length: (bytes[offset + 1] << 8) | bytes[offset + 2], start: offset + 3 };
  return { length: first, start: offset + 1 };
}

/** Base32 without padding (RFC 4648 section 6), as TOTP secrets are written. */
export function fromBase32(secret: string): Bytes {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(
    secret.toUpperCase().replace(/[\s=]/g, ""),
    (letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"),
  ).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (octet) => parseInt(octet, 2));
}
