/** The program's side of pcscd's protocol, as far as a YubiKey's OATH application needs it: what libpcsclite does in C. */
import { type Bytes, concat } from "../yubikey/bytes.ts";
import { readExactly, writeAll } from "../yubikey/connection.ts";
import { command, field, message, protocolT1, result } from "../yubikey/pcsc_messages.ts";
import { text, untext } from "../yubikey/bytes.ts";

export interface CardConnection extends Disposable {
  /** Data of the card's answer, long ones put together. Throws `CardError` for any status word but 9000. */
  transmit(apdu: Bytes): Promise<Bytes>;
}

export class CardError extends Error {
  /** The status word, or the result of pcscd. */
  readonly code: number;

  constructor(code: number) {
    super(`the card answers ${code.toString(16)}`);
    this.code = code;
  }
}

const readerNameLength = 128;
/** sizeof(READER_STATE), the stride of the list of readers. */
const readerStateLength = 184;
const shared = 2;
const success = 0x9000;

/** A connection to the first card of the pcscd that listens on `path`, or undefined when there is no card. */
export async function connectCard(path: string): Promise<CardConnection | undefined> {
  const socket = await Deno.connect({ transport: "unix", path });
  try {
    const states = await ask(socket, command.readerStates, new Uint8Array(), 16 * readerStateLength);
    const name = untext(states.subarray(0, readerNameLength)).split("\0")[0];
    if (name === "") {
      socket.close();
      return undefined;
    }
    const handle = await connect(socket, name);
    return { transmit: (apdu) => transmit(socket, handle, apdu), [Symbol.dispose]: () => socket.close() };
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function connect(socket: Deno.Conn, name: string): Promise<number> {
  const { reader, share, handle, protocol, result: outcome } = field.connect;
  const request = new Uint8Array(outcome + 4);
  request.set(text(name).subarray(0, readerNameLength - 1), reader);
  const numbers = message(request);
  numbers.set(share, shared);
  numbers.set(share + 4, protocolT1);
  numbers.set(protocol, protocolT1);
  const answer = message(await ask(socket, command.connect, request, request.length));
  if (answer.get(outcome) !== result.success) throw new CardError(answer.get(outcome));
  return answer.get(handle);
}

async function transmit(socket: Deno.Conn, handle: number, apdu: Bytes): Promise<Bytes> {
  const parts: Bytes[] = [];
  for (let next = apdu;;) {
    const answer = await exchange(socket, handle, next);
    const word = (answer.at(-2)! << 8) | answer.at(-1)!;
    parts.push(answer.slice(0, -2));
    if (word === success) return concat(...parts);
    if (word >> 8 !== 0x61) throw new CardError(word);
    // 61xx: more of the answer; OATH's own instruction fetches it.
    next = Uint8Array.of(0, 0xa5, 0, 0, 0);
  }
}

async function exchange(socket: Deno.Conn, handle: number, apdu: Bytes): Promise<Bytes> {
  const { handle: handleAt, sendLength, receiveLength, result: outcome } = field.transmit;
  const request = new Uint8Array(outcome + 4);
  const numbers = message(request);
  numbers.set(handleAt, handle);
  numbers.set(sendLength, apdu.length);
  const answer = message(await ask(socket, command.transmit, concat(request, apdu), request.length, request.length));
  if (answer.get(outcome) !== result.success) throw new CardError(answer.get(outcome));
  return await read(socket, answer.get(receiveLength));
}

/** Sends `body`, whose struct is `structLength` long, and reads the answer's struct. */
async function ask(
  socket: Deno.Conn,
  number: number,
  body: Bytes,
  answerLength: number,
  structLength = body.length,
): Promise<Bytes> {
  const header = new Uint8Array(8);
  message(header).set(0, structLength);
  message(header).set(4, number);
  await writeAll(socket, concat(header, body));
  return await read(socket, answerLength);
}

async function read(socket: Deno.Conn, length: number): Promise<Bytes> {
  const bytes = await readExactly(socket, length);
  if (bytes === undefined) throw new Error("pcscd has gone");
  return bytes;
}
