import { type Bytes, concat } from "./bytes.ts";
import { isGone, readExactly, writeAll } from "./connection.ts";
import {
  command,
  field,
  leaveCard,
  type Message,
  message,
  protocolT1,
  readerSlots,
  readerStates,
  result,
} from "./pcsc_messages.ts";
import type { Handle, Reader } from "./reader.ts";

/** SCARD_RESET_CARD. */
const resetCard = 1;

/**
 * Answers programs that use the real libpcsclite, on the socket `path` (their PCSCLITE_CSOCK_NAME), out of `readers`: no
 * daemon, no driver, no root. `close` ends it and all that is connected.
 */
export function servePcsc(path: string, readers: readonly Reader[]): { close(): Promise<void> } {
  const listener = Deno.listen({ transport: "unix", path });
  const clients = new Map<Deno.Conn, Promise<void>>();

  async function accept(): Promise<void> {
    for await (const client of listener) clients.set(client, converse(client));
  }

  async function converse(client: Deno.Conn): Promise<void> {
    await serveClient(client, readers);
    if (clients.delete(client)) client.close();
  }

  const accepting = accept();
  return {
    async close() {
      listener.close();
      await accepting;
      const open = [...clients];
      clients.clear();
      for (const [client] of open) client.close();
      for (const reader of readers) reader.card.touchSensor.cancel();
      await Promise.all(open.map(([, conversation]) => conversation));
    },
  };
}

/** One program: its contexts are only counted, its handles are given back when it goes, as pcscd does. */
async function serveClient(client: Deno.Conn, readers: readonly Reader[]): Promise<void> {
  const handles = new Map<number, Handle>();
  const read = (length: number) => readExactly(client, length);
  try {
    for (let header = await read(8); header !== undefined; header = await read(8)) {
      const { get } = message(header);
      const body = await read(get(0));
      if (body === undefined) break;
      await writeAll(client, await answer(get(4), message(body), read, handles, readers));
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    for (const handle of handles.values()) {
      const isOurs = handle.reader.check(handle) === result.success;
      handle.reader.disconnect(handle, isOurs ? resetCard : leaveCard);
    }
  }
}

let lastNumber = 0;

async function answer(
  number: number,
  request: Message,
  read: (length: number) => Promise<Bytes | undefined>,
  handles: Map<number, Handle>,
  readers: readonly Reader[],
): Promise<Bytes> {
  const { bytes, get, set } = request;
  const handleAt = (offset: number) => handles.get(get(offset));
  switch (number) {
    case command.version:
      // Agreeing with whatever version is asked keeps us usable with an older and a newer libpcsclite.
      set(field.version.result, result.success);
      return bytes;
    case command.establishContext:
      set(field.establish.context, ++lastNumber);
      set(field.establish.result, result.success);
      return bytes;
    case command.releaseContext:
      set(field.release.result, result.success);
      return bytes;
    case command.cancel:
      set(field.cancel.result, result.success);
      return bytes;
    case command.readerStatesSize:
      return Uint8Array.of(readerSlots, 0, 0, 0);
    case command.readerStates:
    case command.readerStatesArray:
      return readerStates(readers.filter((reader) => reader.isPlugged).map((reader) => reader.state));
    case command.connect:
      return await connect(request, handles, readers);
    case command.reconnect: {
      const handle = handleAt(field.reconnect.handle);
      handle?.reader.reconnect(handle, get(field.reconnect.initialization));
      set(field.reconnect.protocol, protocolT1);
      set(field.reconnect.result, handle === undefined ? result.invalidHandle : result.success);
      return bytes;
    }
    case command.disconnect: {
      const handle = handleAt(field.disconnect.handle);
      handles.delete(get(field.disconnect.handle));
      handle?.reader.disconnect(handle, get(field.disconnect.disposition));
      set(field.disconnect.result, handle === undefined ? result.invalidHandle : result.success);
      return bytes;
    }
    case command.beginTransaction: {
      const handle = handleAt(field.begin.handle);
      set(field.begin.result, handle?.reader.begin(handle) ?? result.invalidHandle);
      return bytes;
    }
    case command.endTransaction: {
      const handle = handleAt(field.end.handle);
      handle?.reader.end(handle);
      set(field.end.result, handle?.reader.check(handle) ?? result.invalidHandle);
      return bytes;
    }
    case command.status: {
      const handle = handleAt(field.status.handle);
      set(field.status.result, handle?.reader.check(handle) ?? result.invalidHandle);
      return bytes;
    }
    case command.transmit:
      return await transmit(request, read, handleAt(field.transmit.handle));
    case command.getAttribute:
      set(bytes.length - 4, result.notSupported);
      return bytes;
    default:
      throw new Error(`the virtual pcscd does not know command ${number}`);
  }
}

async function connect(request: Message, handles: Map<number, Handle>, readers: readonly Reader[]): Promise<Bytes> {
  const { bytes, get, set, readerName } = request;
  const reader = readers.find((candidate) =>
    candidate.isPlugged && candidate.name === readerName(field.connect.reader)
  );
  const outcome = await reader?.connect(get(field.connect.share)) ?? result.unknownReader;
  if (typeof outcome === "number") {
    set(field.connect.result, outcome);
    return bytes;
  }
  handles.set(++lastNumber, outcome);
  set(field.connect.handle, lastNumber);
  set(field.connect.protocol, protocolT1);
  set(field.connect.result, result.success);
  return bytes;
}

/** The command follows its request, the card's answer follows ours. */
async function transmit(
  request: Message,
  read: (length: number) => Promise<Bytes | undefined>,
  handle: Handle | undefined,
): Promise<Bytes> {
  const { bytes, get, set } = request;
  const apdu = await read(get(field.transmit.sendLength));
  const outcome = handle === undefined || apdu === undefined
    ? result.invalidHandle
    : await handle.reader.transmit(handle, apdu);
  if (typeof outcome === "number") {
    set(field.transmit.result, outcome);
    return bytes;
  }
  set(field.transmit.receiveProtocol, protocolT1);
  set(field.transmit.receiveLength, outcome.length);
  set(field.transmit.result, result.success);
  return concat(bytes, outcome);
}
