/**
 * The messages between libpcsclite and pcscd, which programs never see.
 * Source: pcsc-lite, src/winscard_msg.h and src/eventhandler.h <https://github.com/LudovicRousseau/PCSC>; protocol 4.4 of
 * pcsc-lite 1.9 to 4.6 of 2.5. A request is its size, its command and a struct; the answer is the struct alone, filled in.
 * Integers are in the machine's own order, which is little endian wherever these tests run.
 */
import { type Bytes, text, untext } from "./bytes.ts";

export const command = {
  establishContext: 0x01,
  releaseContext: 0x02,
  connect: 0x04,
  reconnect: 0x05,
  disconnect: 0x06,
  beginTransaction: 0x07,
  endTransaction: 0x08,
  transmit: 0x09,
  status: 0x0b,
  cancel: 0x0d,
  getAttribute: 0x0f,
  version: 0x11,
  readerStates: 0x12,
  readerStatesSize: 0x16,
  readerStatesArray: 0x17,
} as const;

/** Results, as winscard.h names them. */
export const result = {
  success: 0,
  invalidHandle: 0x80100003,
  unknownReader: 0x80100009,
  sharingViolation: 0x8010000b,
  notSupported: 0x80100022,
  cardWasReset: 0x80100068,
  cardWasRemoved: 0x80100069,
} as const;

export const shareExclusively = 1;
export const leaveCard = 0;
/** A YubiKey speaks T=1 on USB. */
export const protocolT1 = 2;

const readerNameLength = 128;
const answerToResetRoom = 36;
/** sizeof(READER_STATE): name, events, state, sharing, answer to reset and its length, protocol. */
const readerStateLength = readerNameLength + 4 + 4 + 4 + answerToResetRoom + 4 + 4;
/** PCSCLITE_MAX_READERS_CONTEXTS. */
export const readerSlots = 16;
const presentPoweredNegotiable = 0x04 | 0x10 | 0x20;

export interface ReaderState {
  readonly name: string;
  readonly events: number;
  readonly handles: number;
  readonly answerToReset: Bytes;
}

export function readerStates(readers: readonly ReaderState[]): Bytes {
  const bytes = new Uint8Array(readerSlots * readerStateLength);
  const view = new DataView(bytes.buffer);
  readers.forEach((reader, slot) => {
    const start = slot * readerStateLength;
    const numbers = start + readerNameLength;
    bytes.set(text(reader.name).subarray(0, readerNameLength - 1), start);
    view.setUint32(numbers, reader.events, true);
    view.setUint32(numbers + 4, presentPoweredNegotiable, true);
    view.setInt32(numbers + 8, reader.handles, true);
    bytes.set(reader.answerToReset, numbers + 12);
    view.setUint32(numbers + 12 + answerToResetRoom, reader.answerToReset.length, true);
    view.setUint32(numbers + 16 + answerToResetRoom, protocolT1, true);
  });
  return bytes;
}

/** The struct of one request: fields are read and answered in place, at their offset. */
export interface Message {
  readonly bytes: Bytes;
  get(offset: number): number;
  set(offset: number, value: number): void;
  readerName(offset: number): string;
}

export function message(bytes: Bytes): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    bytes,
    get: (offset) => view.getUint32(offset, true),
    set: (offset, value) => view.setUint32(offset, value, true),
    readerName: (offset) => untext(bytes.subarray(offset, offset + readerNameLength)).split("\0")[0],
  };
}

/** Where the fields of each struct are. */
export const field = {
  version: { result: 8 },
  establish: { context: 4, result: 8 },
  release: { result: 4 },
  connect: { reader: 4, share: 132, handle: 140, protocol: 144, result: 148 },
  reconnect: { handle: 0, share: 4, initialization: 12, protocol: 16, result: 20 },
  disconnect: { handle: 0, disposition: 4, result: 8 },
  begin: { handle: 0, result: 4 },
  end: { handle: 0, result: 8 },
  status: { handle: 0, result: 4 },
  cancel: { result: 4 },
  transmit: { handle: 0, sendLength: 12, receiveProtocol: 16, receiveLength: 24, result: 28 },
} as const;
