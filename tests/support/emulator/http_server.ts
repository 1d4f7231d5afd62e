/** An HTTP request, unparsed as far as a signature covers it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** In the order sent; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer; `reset` closes the connection without one, `silence` never gives one, `garbage` is no HTTP at all. */
export type Answer = HttpResponse | "reset" | "silence" | "garbage";

export interface HttpServer {
  readonly port: number;
  /** How many connections were accepted. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

const maximumHeadBytes = 32_768;
const maximumBodyBytes = 1_048_576;

/**
 * Starts an HTTP/1.1 server on a free loopback port unless `port` names one.
 *
 * Ours rather than `Deno.serve` because it must see headers as they were signed, and be able to break off or never answer.
 */
export function startHttpServer(
  options: { port?: number; tls?: { cert: string; key: string } },
  handle: (request: HttpRequest) => Promise<Answer>,
): HttpServer {
  const address = { hostname: "127.0.0.1", port: options.port ?? 0 };
  const listener = options.tls === undefined ? Deno.listen(address) : Deno.listenTls({ ...address, ...options.tls });
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  let accepted = 0;

  const accepting = (async () => {
    for (;;) {
      const connection = await acceptFrom<Deno.Conn>(listener);
      if (connection === undefined) return;
      accepted++;
      open.add(connection);
      const serving = serve(connection, handle)
        // A client that goes away, or fails the TLS handshake, is no error of the server.
        .catch(() => {})
        .finally(() => {
          open.delete(connection);
          running.delete(serving);
          closeQuietly(connection);
        });
      running.add(serving);
    }
  })();

  return {
    port: (listener.addr as Deno.NetAddr).port,
    connections: () => accepted,
    async stop() {
      listener.close();
      for (const connection of open) closeQuietly(connection);
      await accepting;
      await Promise.all(running);
    },
  };
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // Closed by the other side of a race: what was wanted.
  }
}

/** The next connection, or undefined once the listener is closed. */
export async function acceptFrom<Connection>(
  listener: { accept(): Promise<Connection> },
): Promise<Connection | undefined> {
  try {
    return await listener.accept();
  } catch (error) {
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return undefined;
    throw error;
  }
}

async function serve(connection: Deno.Conn, handle: (request: HttpRequest) => Promise<Answer>): Promise<void> {
  const input = new Input(connection);
  for (;;) {
    const head = await input.readHead();
    if (head === undefined) return;
    const request = await readRequest(head, input, connection);
    if (typeof request === "number") return await writeAll(connection, plainAnswer(request));
    const answer = await handle(request);
    if (answer === "reset") return;
    if (answer === "silence") return await input.drain();
    if (answer === "garbage") return await writeAll(connection, "\u0000\u0001 this is not HTTP\r\n\r\n");
    await writeAll(connection, render(answer, request.method));
    if (headerOf(request, "connection")?.toLowerCase() === "close") return;
  }
}

/** The value of a header that occurs once; undefined where there is none. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  return request.headers.find(([header]) => header === name)?.[1];
}

/** The request that `head` begins, or the status that refuses it. */
async function readRequest(head: string, input: Input, connection: Deno.Conn): Promise<HttpRequest | number> {
  const [requestLine, ...lines] = head.split("\r\n");
  const [method, target, version] = requestLine.split(" ");
  if (version !== "HTTP/1.1" || !target.startsWith("/")) return 400;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1)];
  });
  const request = { method, target, headers: headers.map(([name, value]): [string, string] => [name, value.trim()]) };
  const length = Number(headerOf({ ...request, body: new Uint8Array() }, "content-length") ?? 0);
  if (headers.some(([name]) => name === "transfer-encoding")) return 411;
  if (!Number.isInteger(length) || length < 0) return 400;
  if (length > maximumBodyBytes) return 413;
  if (headers.some(([name]) => name === "expect")) await writeAll(connection, "HTTP/1.1 100 Continue\r\n\r\n");
  return { ...request, body: await input.readBytes(length) };
}

function plainAnswer(status: number): string {
  return `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
}

function render(response: HttpResponse, method: string): string {
  const length = new TextEncoder().encode(response.body).length;
  const headers = { ...response.headers, "Content-Length": String(length) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${response.status} ${response.status < 400 ? "OK" : "Error"}\r\n${lines}\r\n` +
    (method === "HEAD" ? "" : response.body);
}

async function writeAll(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

/** The bytes of a connection, buffered so that a head can be told from what follows it. */
class Input {
  readonly #connection: Deno.Conn;
  #buffer = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Everything before the next empty line; undefined when the connection ends first. */
  async readHead(): Promise<string | undefined> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#buffer = this.#buffer.slice(end + 4);
        return text.slice(0, end);
      }
      if (this.#buffer.length > maximumHeadBytes || !await this.#fill()) return undefined;
    }
  }

  /** The next `length` bytes. Throws UnexpectedEof when the connection ends first. */
  async readBytes(length: number): Promise<Uint8Array> {
    while (this.#buffer.length < length) {
      if (!await this.#fill()) throw new Deno.errors.UnexpectedEof("request body is cut off");
    }
    const bytes = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return bytes;
  }

  /** Reads and forgets until the other side closes. */
  async drain(): Promise<void> {
    while (await this.#fill()) this.#buffer = new Uint8Array();
  }

  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(16_384);
    const count = await this.#connection.read(chunk);
    if (count === null) return false;
    const joined = new Uint8Array(this.#buffer.length + count);
    joined.set(this.#buffer);
    joined.set(chunk.subarray(0, count), this.#buffer.length);
    this.#buffer = joined;
    return true;
  }
}
