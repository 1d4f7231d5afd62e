/** Virtual keys in another process, told what to do over a socket: one JSON object a line, each answered by one. */
import { text } from "./bytes.ts";
import { writeAll } from "./connection.ts";
import type { TouchSettings, VirtualKeys } from "./virtual_keys.ts";

export type ControlRequest =
  & { readonly serial?: number }
  & (
    | { readonly do: "status" | "remove" | "insert" }
    | { readonly do: "touch" | "waitTouch"; readonly waitMs?: number }
    | { readonly do: "busy" | "resetCard"; readonly times: number }
    | { readonly do: "configureTouch"; readonly settings: TouchSettings }
  );

export interface ControlAnswer {
  /** False where a touch was to be given or awaited and none was wanted. */
  readonly ok: boolean;
  readonly isWaiting: boolean;
  readonly touchesAsked: number;
  readonly accountNames: readonly string[];
}

/** Serves `keys` on the socket `path` until the returned listener is closed. */
export function serveControl(path: string, keys: VirtualKeys): Deno.Listener {
  const listener = Deno.listen({ transport: "unix", path });
  void acceptAll(listener, keys);
  return listener;
}

/** What the virtual keys that listen on `path` answer. */
export async function askControl(path: string, request: ControlRequest): Promise<ControlAnswer> {
  using client = await Deno.connect({ transport: "unix", path });
  await send(client, request);
  for await (const line of lines(client)) return JSON.parse(line);
  throw new Error(`the virtual keys on ${path} did not answer`);
}

async function acceptAll(listener: Deno.Listener, keys: VirtualKeys): Promise<void> {
  for await (const client of listener) {
    void serveOne(client, keys).catch((error) => console.error(`virtual keys: ${error}`));
  }
}

async function serveOne(client: Deno.Conn, keys: VirtualKeys): Promise<void> {
  try {
    for await (const line of lines(client)) await send(client, await answer(JSON.parse(line), keys));
  } finally {
    client.close();
  }
}

async function answer(request: ControlRequest, keys: VirtualKeys): Promise<ControlAnswer> {
  const ok = await perform(request, keys);
  return {
    ok: ok !== false,
    isWaiting: keys.isWaiting(request),
    touchesAsked: keys.touchesAsked,
    accountNames: keys.accountNames(request),
  };
}

function perform(request: ControlRequest, keys: VirtualKeys): Promise<boolean> | void {
  switch (request.do) {
    case "status":
      return;
    case "touch":
      return keys.touch(request);
    case "waitTouch":
      return keys.waitTouch(request);
    case "remove":
      return keys.remove(request);
    case "insert":
      return keys.insert(request);
    case "busy":
      return keys.busy(request.times, request);
    case "resetCard":
      return keys.resetCard(request.times, request);
    case "configureTouch":
      return keys.configureTouch(request.settings, request);
  }
}

async function send(client: Deno.Conn, value: unknown): Promise<void> {
  await writeAll(client, text(`${JSON.stringify(value)}\n`));
}

async function* lines(client: Deno.Conn): AsyncIterable<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let unread = "";
  for (let count = await client.read(buffer); count !== null; count = await client.read(buffer)) {
    unread += decoder.decode(buffer.subarray(0, count), { stream: true });
    const whole = unread.split("\n");
    unread = whole.pop() ?? "";
    yield* whole;
  }
}
