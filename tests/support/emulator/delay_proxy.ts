import { acceptFrom, closeQuietly } from "./http_server.ts";

export interface DelayProxy extends AsyncDisposable {
  /** The target's URL with the proxy's port. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a loopback TCP proxy that makes `targetUrl` look `roundTripMs` away.
 *
 * Each direction is delayed by half a round trip. The kernel completes the TCP handshake on loopback at once, so the round
 * trip that it would have taken is added before a connection's first bytes go on. TLS passes through untouched.
 */
export function delayProxy(targetUrl: string, options: { readonly roundTripMs: number }): DelayProxy {
  const target = new URL(targetUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  const half = options.roundTripMs / 2;
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();

  const relay = async (client: Deno.TcpConn) => {
    const establishedAt = performance.now() + options.roundTripMs;
    const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port) });
    open.add(server);
    // Nagle's algorithm would add delays of its own.
    client.setNoDelay(true);
    server.setNoDelay(true);
    await Promise.all([forward(client, server, half, establishedAt), forward(server, client, half, establishedAt)]);
  };
  const accepting = (async () => {
    for (;;) {
      const client = await acceptFrom<Deno.TcpConn>(listener);
      if (client === undefined) return;
      open.add(client);
      const relaying = relay(client).catch(() => closeQuietly(client)).finally(() => running.delete(relaying));
      running.add(relaying);
    }
  })();
  const stop = async () => {
    listener.close();
    for (const connection of open) closeQuietly(connection);
    await accepting;
    await Promise.all(running);
  };
  return { url: `${target.protocol}//127.0.0.1:${port}`, port, stop, [Symbol.asyncDispose]: stop };
}

/** Copies bytes `delayMs` late, in order, and the end of the stream too. Bytes in flight do not wait for each other. */
async function forward(from: Deno.Conn, to: Deno.Conn, delayMs: number, establishedAt: number): Promise<void> {
  let written = Promise.resolve();
  for (;;) {
    const chunk = new Uint8Array(16_384);
    const count = await from.read(chunk).catch(() => null);
    const dueAt = Math.max(performance.now(), establishedAt) + delayMs;
    const step = async () => {
      await until(dueAt);
      if (count === null) return closeQuietly(to);
      for (let sent = 0; sent < count;) sent += await to.write(chunk.subarray(sent, count));
    };
    written = written.then(step).catch(() => closeQuietly(to));
    if (count === null) return await written;
  }
}

function until(instant: number): Promise<void> {
  const left = instant - performance.now();
  return left <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left));
}
