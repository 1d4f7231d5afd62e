import { acceptFrom, closeQuietly } from "./http_server.ts";

export interface ConnectProxy extends AsyncDisposable {
  /** For HTTPS_PROXY. */
  readonly url: string;
  readonly port: number;
  /** Host names that were asked for, in order. */
  readonly hosts: string[];
  stop(): Promise<void>;
}

/**
 * Starts an HTTPS proxy on loopback that leads every `CONNECT host:port` to the loopback port that `route` gives for the
 * host, and refuses with 403 where it gives none. So a client can speak to AWS's own host names and meet the emulator.
 */
export function connectProxy(route: (host: string) => number | undefined): ConnectProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  const hosts: string[] = [];
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();

  const tunnel = async (client: Deno.Conn) => {
    const host = hostOf(await readHead(client));
    hosts.push(host);
    const target = route(host);
    if (target === undefined) return await write(client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(server);
    await write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    await Promise.all([
      client.readable.pipeTo(server.writable).catch(() => closeQuietly(server)),
      server.readable.pipeTo(client.writable).catch(() => closeQuietly(client)),
    ]);
  };
  const accepting = (async () => {
    for (;;) {
      const client = await acceptFrom<Deno.Conn>(listener);
      if (client === undefined) return;
      open.add(client);
      const tunnelling = tunnel(client).catch(() => {}).finally(() => {
        closeQuietly(client);
        running.delete(tunnelling);
      });
      running.add(tunnelling);
    }
  })();
  const stop = async () => {
    listener.close();
    for (const connection of open) closeQuietly(connection);
    await accepting;
    await Promise.all(running);
  };
  return { url: `http://127.0.0.1:${port}`, port, hosts, stop, [Symbol.asyncDispose]: stop };
}

/** Read byte by byte up to the empty line, because what follows it belongs to the tunnel. */
async function readHead(connection: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await connection.read(byte) === null) throw new Deno.errors.UnexpectedEof("request is cut off");
    head += String.fromCharCode(byte[0]);
  }
  return head;
}

function hostOf(head: string): string {
  return /^CONNECT ([^ :]+):\d+ /.exec(head)?.[1] ?? "";
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}
