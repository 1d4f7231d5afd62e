import { randomUUID } from "node:crypto";
import type { Action } from "./action.ts";
import { authenticate, type Caller, type Service } from "./authenticate.ts";
import { AwsError } from "./aws_error.ts";
import { type Fault, type Faults, makeFaults } from "./faults.ts";
import { type Answer, headerOf, type HttpRequest, type HttpResponse, startHttpServer } from "./http_server.ts";
import { iamActions } from "./iam.ts";
import { type Params, parseParams } from "./params.ts";
import { stsActions } from "./sts.ts";
import type { World } from "./world.ts";
import { makeWorld, type WorldSeed } from "./world_seed.ts";
import { toXml } from "./xml.ts";

export interface EmulatorOptions extends WorldSeed {
  /** How far AWS's clock is ahead of this machine's, in seconds. */
  readonly clockOffsetSeconds?: number;
  /** PEM texts; makes the URL an https one. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** This machine's clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** A free port unless given. */
  readonly port?: number;
  /** Answers requests that are not AWS's, before anything is checked. */
  readonly intercept?: (request: HttpRequest) => HttpResponse | undefined;
}

/** One request that came in, with no secret and no code in it. */
export interface Call {
  readonly service: Service | undefined;
  /** `HEAD` for the unsigned request that only opens a connection. */
  readonly action: string;
  readonly accessKeyId: string | undefined;
  readonly region: string | undefined;
  readonly userAgent: string | undefined;
  /** Token codes read `******`. */
  readonly params: Readonly<Record<string, string>>;
  /** The window of the token code, when it was accepted. */
  readonly window: number | undefined;
  /** Milliseconds since 1970, AWS's clock. */
  readonly at: number;
  /** 0 when the answer was withheld. */
  readonly status: number;
  readonly errorCode: string | undefined;
}

export interface Emulator extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly world: World;
  readonly faults: Faults;
  /** In the order of answers. */
  readonly calls: Call[];
  /** Milliseconds of work for all calls so far; waiting is not work. */
  readonly busyMs: () => number;
  /** How many connections were opened. */
  readonly connections: () => number;
  setClockOffset(seconds: number): void;
  stop(): Promise<void>;
}

const services: Readonly<Record<Service, { version: string; actions: Readonly<Record<string, Action>> }>> = {
  sts: { version: "2011-06-15", actions: stsActions },
  iam: { version: "2010-05-08", actions: iamActions },
};

const codeParams: ReadonlySet<string> = new Set(["TokenCode", "AuthenticationCode1", "AuthenticationCode2"]);

/** Starts STS and IAM on one loopback URL. It ends with `stop()`, also in the middle of an answer. */
export function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const machineNow = options.now ?? Date.now;
  let clockOffsetMs = (options.clockOffsetSeconds ?? 0) * 1000;
  const world = makeWorld(options, () => machineNow() + clockOffsetMs);
  const faults = makeFaults();
  const calls: Call[] = [];
  let busyMs = 0;
  const stopping = new AbortController();

  const server = startHttpServer(options, async (request) => {
    const intercepted = options.intercept?.(request);
    if (intercepted !== undefined) return intercepted;
    const params = paramsOf(request);
    const action = params.get("Action") ?? request.method;
    const { latencyMs, fault } = faults.take(action);
    if (latencyMs > 0) await sleep(latencyMs, stopping.signal);
    const startedMs = performance.now();
    const answered = fault !== undefined && fault.when !== "after"
      ? nothingDone
      : answerRequest(request, params, world);
    busyMs += performance.now() - startedMs;
    const answer = fault === undefined ? answered.response : faultyAnswer(fault, world, params);
    calls.push({
      service: serviceOf(params),
      action,
      userAgent: headerOf(request, "user-agent"),
      accessKeyId: answered.caller?.accessKeyId ??
        /Credential=(\w+)/.exec(headerOf(request, "authorization") ?? "")?.[1],
      region: answered.caller?.region,
      params: recordedParams(params),
      window: answered.window,
      at: world.now(),
      status: typeof answer === "string" ? 0 : answer.status,
      errorCode: typeof answer === "string" ? undefined : /<Code>(.*?)<\/Code>/.exec(answer.body)?.[1],
    });
    return answer;
  });

  const stop = async () => {
    stopping.abort();
    await server.stop();
  };
  return Promise.resolve({
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`,
    port: server.port,
    world,
    faults,
    calls,
    busyMs: () => busyMs,
    connections: server.connections,
    setClockOffset: (seconds) => void (clockOffsetMs = seconds * 1000),
    stop,
    [Symbol.asyncDispose]: stop,
  });
}

interface Answered {
  readonly response: HttpResponse;
  readonly caller?: Caller;
  readonly window?: number;
}

const nothingDone: Answered = { response: { status: 500, headers: {}, body: "" } };

function answerRequest(request: HttpRequest, params: Params, world: World): Answered {
  if (request.target.split("?")[0] !== "/") return { response: plain(404, world, {}) };
  // What AWS answers to an unsigned GET or HEAD of STS's root: good for opening a connection and for its Date.
  if (request.method !== "POST" && !params.has("Action") && headerOf(request, "authorization") === undefined) {
    return { response: plain(302, world, { Location: "https://aws.amazon.com/iam" }) };
  }
  let caller: Caller | undefined;
  let window: number | undefined;
  try {
    const { service, name, action } = actionOf(params);
    caller = authenticate(request, service, world);
    const result = action({ world, caller, params, noteWindow: (accepted) => window = accepted });
    const content = result === undefined ? "" : `<${name}Result>${toXml(result)}</${name}Result>`;
    return { response: xmlAnswer(200, world, params, `${name}Response`, content), caller, window };
  } catch (error) {
    const told = error instanceof AwsError
      ? error
      : new AwsError("InternalFailure", 500, `bug in the emulator: ${error}`);
    return { response: errorAnswer(told, world, params), caller, window };
  }
}

function paramsOf(request: HttpRequest): Map<string, string> {
  const query = parseParams(request.target.split("?")[1] ?? "");
  const isForm = headerOf(request, "content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  if (isForm) parseParams(new TextDecoder().decode(request.body)).forEach((value, name) => query.set(name, value));
  return query;
}

function serviceOf(params: Params): Service | undefined {
  return (["sts", "iam"] as const).find((service) => services[service].version === params.get("Version"));
}

function actionOf(params: Params): { service: Service; name: string; action: Action } {
  const name = params.get("Action");
  if (name === undefined) {
    throw new AwsError("MissingAction", 400, "The request is missing an action or a required parameter.");
  }
  const service = serviceOf(params);
  const action = service === undefined ? undefined : services[service].actions[name];
  if (service === undefined || action === undefined) {
    throw new AwsError("InvalidAction", 400, `Could not find operation ${name} for version ${params.get("Version")}`);
  }
  return { service, name, action };
}

function faultyAnswer(fault: Exclude<Fault, { kind: "latency" }>, world: World, params: Params): Answer {
  switch (fault.kind) {
    case "error":
      return errorAnswer(new AwsError(fault.code, fault.status, fault.message), world, params);
    case "unavailable":
      return errorAnswer(
        new AwsError("ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."),
        world,
        params,
      );
    case "throttle":
      return errorAnswer(new AwsError("Throttling", 400, "Rate exceeded"), world, params);
    case "garbage":
      return { ...plain(200, world, { "Content-Type": "text/xml" }), body: "<<<\u0007 not XML at all" };
    case "noise":
      return "garbage";
    default:
      return fault.kind;
  }
}

function errorAnswer(error: AwsError, world: World, params: Params): HttpResponse {
  const type = error.status < 500 ? "Sender" : "Receiver";
  const content = `<Error>${toXml({ Type: type, Code: error.code, Message: error.message })}</Error>`;
  return xmlAnswer(error.status, world, params, "ErrorResponse", content);
}

function xmlAnswer(status: number, world: World, params: Params, element: string, content: string): HttpResponse {
  const id = randomUUID();
  const namespace = serviceOf(params) === "iam"
    ? "https://iam.amazonaws.com/doc/2010-05-08/"
    : "https://sts.amazonaws.com/doc/2011-06-15/";
  const requestId = `<RequestId>${id}</RequestId>`;
  const metadata = element === "ErrorResponse" ? requestId : `<ResponseMetadata>${requestId}</ResponseMetadata>`;
  return {
    ...plain(status, world, { "Content-Type": "text/xml", "x-amzn-RequestId": id }),
    body: `<${element} xmlns="${namespace}">${content}${metadata}</${element}>`,
  };
}

function plain(status: number, world: World, headers: Readonly<Record<string, string>>): HttpResponse {
  return { status, headers: { Date: new Date(world.now()).toUTCString(), ...headers }, body: "" };
}

function recordedParams(params: Params): Record<string, string> {
  return Object.fromEntries([...params].map(([name, value]) => [name, codeParams.has(name) ? "******" : value]));
}

/** Ends early when `signal` fires. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
