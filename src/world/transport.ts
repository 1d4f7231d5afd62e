/** HTTP for the AWS clients: one connection pool, the clock of AWS out of every answer, a time-out on every call. */
import { FetchHttpHandler, streamCollector } from "@smithy/fetch-http-handler";
import type { Endpoint } from "../core/plan.ts";
import { AwsError, callTimeoutMs, notOfAws, type Target } from "./aws.ts";

export interface Transport {
  /** The status of the answer to an unsigned HEAD. Throws AwsError or the reason of `signal`. */
  reach(endpoint: Endpoint, signal: AbortSignal): Promise<number>;
  /** As `reach`, but without an answer it says nothing: the call that follows tells what is wrong, if anything still is. */
  warmUp(endpoint: Endpoint, signal: AbortSignal): Promise<void>;
  clockOffset(): number | null;
  /** Settings of an AWS client that sends through this transport and looks at no file or variable by itself. */
  clientSettings(target: Target): Record<string, unknown>;
  /** Runs one call of a client: throws AwsError or the reason of `signal`. */
  call<T>(endpoint: Endpoint, signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

type Handled = Awaited<ReturnType<FetchHttpHandler["handle"]>>;

/** `version` is that of this program. */
export function createTransport(caCerts: readonly string[], version: string): Transport {
  const client = Deno.createHttpClient({ caCerts: [...caCerts] });
  const fetchHandler = new FetchHttpHandler({
    // A Blob, because `fetch` repeats a request whose body is a text or bytes when the server closes the connection
    // before it answers: a token code would go out twice. A redirect is not followed, because the signature and the code
    // are for the host that was asked.
    requestInit: ({ body }) => ({ client, redirect: "manual", ...(body && { body: new Blob([body]) }) }) as RequestInit,
  });
  let offset: number | null = null;

  const noteDate = (date: string | null | undefined) => {
    const theirs = Date.parse(date ?? "");
    if (Number.isNaN(theirs)) return;
    // The header has whole seconds: the middle of its second, against now, because it is written when the answer leaves.
    const seconds = Math.round((theirs + 500 - Date.now()) / 1000);
    // What the header's resolution and a slow call explain is no offset.
    offset = Math.abs(seconds) <= 5 ? 0 : seconds;
  };

  const handler = {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(...[request, options]: Parameters<FetchHttpHandler["handle"]>): Promise<Handled> {
      const result = await fetchHandler.handle(request, options);
      noteDate(result.response.headers["date"]);
      return result;
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };

  async function call<T>(
    endpoint: Endpoint,
    signal: AbortSignal,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(callTimeoutMs);
    try {
      return await send(AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw awsErrorOf(error, new URL(endpoint.url).host, timeout.aborted);
    }
  }

  async function reach(endpoint: Endpoint, signal: AbortSignal): Promise<number> {
    return await call(endpoint, signal, async (signal) => {
      const init = { method: "HEAD", redirect: "manual", client, signal } as RequestInit;
      const response = await fetch(new URL("/", endpoint.url), init);
      noteDate(response.headers.get("date"));
      await response.body?.cancel();
      return response.status;
    });
  }

  return {
    reach,
    warmUp: async (endpoint, signal) => void await reach(endpoint, signal).catch(() => {}),
    clockOffset: () => offset,
    call,

    clientSettings: ({ endpoint, keys }) => ({
      region: endpoint.region,
      endpoint: endpoint.url,
      credentials: { ...keys },
      maxAttempts: 1, // a code must never be sent twice; what may be repeated is repeated by the engine
      requestHandler: handler,
      streamCollector,
      systemClockOffset: (offset ?? 0) * 1000,
      // Given here so that the client does not read the config files by itself, with another dialect than ours.
      retryMode: "standard",
      defaultsMode: "legacy",
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      authSchemePreference: [],
      sigv4aSigningRegionSet: [],
      userAgentAppId: () => Promise.resolve(undefined),
      // What CloudTrail shows: the program, and nothing about this machine.
      defaultUserAgentProvider: () => Promise.resolve([["aws-use", version]]),
      logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    }),
  };
}

/** What the clients call an error in whose answer they find no code, which AWS always gives. */
const namesOfNoCode: ReadonlySet<string> = new Set(["Error", "NotFound", "SyntaxError", "Unknown", "UnknownError"]);

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: unknown;
}

/** What went wrong with a call, in the three kinds that ask for different answers. */
function awsErrorOf(error: unknown, host: string, timedOut: boolean): AwsError {
  const it = error as ServiceError;
  const status = it.$metadata?.httpStatusCode ?? null;
  const options = { cause: error };
  if (timedOut) {
    return new AwsError("unanswered", "timeout", `silent for ${callTimeoutMs / 1000} s`, null, host, options);
  }
  if (status !== null && status >= 300 && status < 400) {
    return new AwsError(
      "unanswered",
      "redirect",
      `it leads elsewhere (${status}), as AWS never does`,
      status,
      host,
      options,
    );
  }
  if (status !== null && status >= 200) {
    const isGarbage = status < 400 || namesOfNoCode.has(it.name);
    if (isGarbage) return new AwsError("trouble", "garbage", notOfAws, status, host, options);
    const isTrouble = status >= 500 || status === 429 ||
      /throttl|TooManyRequests|RequestLimitExceeded|SlowDown/i.test(it.name);
    return new AwsError(isTrouble ? "trouble" : "refused", it.name, it.message, status, host, options);
  }
  const said = [it.message, (it.cause as Error | undefined)?.message].filter(Boolean).join(": ");
  // Behind the URL, whose words are the person's own. It holds no space, so this cannot be a part of it.
  const [, stage, why = ""] = /client error \((\w+)\)(?:: (.*))?/s.exec(said) ?? [];
  // Only without a connection has AWS surely seen nothing: all else may have happened after the code went out.
  if (stage !== "Connect") return new AwsError("unanswered", "broken", "the connection broke", null, host, options);
  const { code, text } = connectReason(why);
  return new AwsError("unreachable", code, text, null, host, options);
}

/** Why there is no connection, out of the texts of Deno's HTTP client. */
function connectReason(why: string): { code: string; text: string } {
  if (/dns error|failed to lookup address|Name or service not known/i.test(why)) {
    return { code: "dns", text: "the name cannot be resolved" };
  }
  if (/certificate|tls|handshake|UnknownIssuer/i.test(why)) {
    const certificate = /certificate[^()]*?(?:: *(\w+))?$/i.exec(why);
    return { code: "tls", text: `TLS failed${certificate?.[1] ? `: ${certificate[1]}` : ""}` };
  }
  if (/connection refused/i.test(why)) return { code: "refused", text: "connection refused" };
  if (/proxy|tunnel/i.test(why)) return { code: "proxy", text: "the proxy refused the connection" };
  if (/network is unreachable|no route to host|host unreachable/i.test(why)) {
    return { code: "unreachable", text: "the network is unreachable" };
  }
  return { code: "connect", text: "no connection" };
}
