import { acceptFrom, closeQuietly } from "./http_server.ts";

/** A loopback port in some bad state. */
export interface Port extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** A port that nobody listens on: connections are refused at once. */
export function refusingPort(): Port {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  listener.close();
  return portOf(port, () => Promise.resolve());
}

/** A port that accepts connections and never says a word. */
export function silentPort(): Port {
  return listeningPort(() => {});
}

/** A port that accepts connections and closes them at once. */
export function closingPort(): Port {
  return listeningPort(closeQuietly);
}

/**
 * A port whose backlog is full, so that the kernel drops new connections as a firewall would: they hang until the caller
 * gives up. Linux only: elsewhere a full backlog refuses.
 */
export async function droppingPort(): Promise<Port> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const port = (listener.addr as Deno.NetAddr).port;
  const fillers: Deno.Conn[] = [];
  const hanging = new AbortController();
  // Nothing is accepted, so a handful of connections fills a backlog of one; the first that hangs proves it full.
  for (let isFull = false; !isFull;) {
    const connecting = connect(port, hanging.signal).then((connection) => connection && fillers.push(connection));
    isFull = await Promise.race([connecting.then(() => false), after(250)]);
  }
  return portOf(port, async () => {
    hanging.abort();
    fillers.forEach(closeQuietly);
    listener.close();
    await after(0);
  });
}

function listeningPort(onConnection: (connection: Deno.Conn) => void): Port {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for (;;) {
      const connection = await acceptFrom<Deno.Conn>(listener);
      if (connection === undefined) return;
      connections.push(connection);
      onConnection(connection);
    }
  })();
  return portOf((listener.addr as Deno.NetAddr).port, async () => {
    listener.close();
    connections.forEach(closeQuietly);
    await accepting;
  });
}

function portOf(port: number, stop: () => Promise<void>): Port {
  return { port, url: `http://127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop };
}

async function connect(port: number, signal: AbortSignal): Promise<Deno.Conn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port, signal });
  } catch {
    return undefined;
  }
}

function after(ms: number): Promise<true> {
  return new Promise((resolve) => setTimeout(() => resolve(true), ms));
}
