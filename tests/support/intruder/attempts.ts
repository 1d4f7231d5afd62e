/**
 * What a hostile dependency may try, each in every way that Deno and Node offer. Nothing is reported: whoever runs this
 * looks at the world, because what is refused looks different in every interface, and what succeeds may look like an error.
 */
import { Buffer } from "node:buffer";
import * as childProcess from "node:child_process";
import * as dgram from "node:dgram";
import * as fs from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import process from "node:process";
import * as tls from "node:tls";

/** What the test has set up, as JSON in AWS_USE_TEST_INTRUDER. */
export interface Prey {
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly unixSocket: string;
  /** A folder for marks, named by what was done and how; it holds the files `removable`, `truncatable` and `movable`. */
  readonly folder: string;
  /** A process that shall not be ended. */
  readonly bystander: number;
}

type Attempts = Readonly<Record<string, () => unknown>>;

/** Tries everything; `when` becomes a part of each mark. What was refused may never end and gets `patienceMs`. */
export async function attemptEverything(prey: Prey, when: string, patienceMs = 300): Promise<void> {
  // Node's interfaces may throw where nobody can catch it, which must not spare us the other attempts.
  for (const type of ["error", "unhandledrejection"]) {
    globalThis.addEventListener(type, (event) => event.preventDefault());
  }
  const all = { ...connections(prey), ...starts(prey, when), ...writes(prey, when), ...libraries(prey, when) };
  await Promise.all(Object.values(all).map((action) => attempt(action, patienceMs)));
}

async function attempt(action: () => unknown, patienceMs: number): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, patienceMs);
  try {
    await Promise.race([action(), patience.promise]);
  } catch {
    // Refused, or said to be.
  } finally {
    clearTimeout(timer);
  }
}

function connections({ tcpPort: port, udpPort, unixSocket }: Prey): Attempts {
  const hostname = "127.0.0.1";
  const url = `http://${hostname}:${port}/`;
  const emitter = (target: { on(event: "error", listener: () => void): unknown }) =>
    new Promise<void>((resolve) => target.on("error", () => resolve()));
  return {
    connect: () => Deno.connect({ hostname, port }),
    connectTls: () => Deno.connectTls({ hostname, port }),
    fetch: () => fetch(url),
    proxy: () => fetch("http://example.com/", { client: Deno.createHttpClient({ proxy: { url } }) } as RequestInit),
    webSocket: () => void new WebSocket(`ws://${hostname}:${port}/`),
    eventSource: () => void new EventSource(url),
    remoteModule: () => import(`${url}module.js`),
    worker: () => inWorker(`await Deno.connect({ hostname: "${hostname}", port: ${port} })`),
    netConnect: () => emitter(net.connect(port, hostname)),
    httpGet: () => emitter(http.get(url)),
    http2Connect: () => emitter(http2.connect(url)),
    tlsConnect: () => emitter(tls.connect(port, hostname)),
    datagram: () => {
      const socket = dgram.createSocket("udp4");
      return Promise.race([emitter(socket), new Promise((sent) => socket.send("x", udpPort, hostname, sent))]);
    },
    unix: () => Deno.connect({ transport: "unix", path: unixSocket }),
    unixNet: () => emitter(net.connect(unixSocket)),
  };
}

function starts({ folder, bystander }: Prey, when: string): Attempts {
  const script = (way: string) => `: >'${folder}/process-${way}-${when}'`;
  const args = (way: string) => ["-c", script(way)];
  const ended = (child: childProcess.ChildProcess) =>
    new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
  return {
    command: () => new Deno.Command("/bin/sh", { args: args("command") }).output(),
    commandSync: () => new Deno.Command("/bin/sh", { args: args("commandSync") }).outputSync(),
    commandSpawn: () => new Deno.Command("/bin/sh", { args: args("commandSpawn") }).spawn().status,
    spawn: () => ended(childProcess.spawn("/bin/sh", args("spawn"))),
    spawnSync: () => childProcess.spawnSync("/bin/sh", args("spawnSync")),
    exec: () => ended(childProcess.exec(script("exec"))),
    execSync: () => childProcess.execSync(script("execSync")),
    execFile: () => ended(childProcess.execFile("/bin/sh", args("execFile"))),
    execFileSync: () => childProcess.execFileSync("/bin/sh", args("execFileSync")),
    commandInWorker: () =>
      inWorker(`await new Deno.Command("/bin/sh", { args: ${JSON.stringify(args("worker"))} }).output()`),
    kill: () => Deno.kill(bystander, "SIGTERM"),
    processKill: () => process.kill(bystander, "SIGTERM"),
  };
}

function writes({ folder }: Prey, when: string): Attempts {
  const mark = (way: string) => `${folder}/write-${way}-${when}`;
  return {
    writeTextFile: () => Deno.writeTextFile(mark("writeTextFile"), ""),
    writeTextFileSync: () => Deno.writeTextFileSync(mark("writeTextFileSync"), ""),
    open: () => Deno.openSync(mark("open"), { write: true, create: true }).close(),
    mkdir: () => Deno.mkdirSync(mark("mkdir")),
    makeTempFile: () => Deno.makeTempFileSync({ dir: folder, prefix: `write-makeTempFile-${when}-` }),
    copyFile: () => Deno.copyFileSync("/etc/passwd", mark("copyFile")),
    symlink: () => Deno.symlinkSync("/etc/passwd", mark("symlink")),
    link: () => Deno.linkSync(`${folder}/movable`, mark("link")),
    rename: () => Deno.renameSync(`${folder}/movable`, mark("rename")),
    remove: () => Deno.removeSync(`${folder}/removable`),
    truncate: () => Deno.truncateSync(`${folder}/truncatable`),
    chmod: () => Deno.chmodSync(`${folder}/truncatable`, 0o777),
    unixListen: () => void Deno.listen({ transport: "unix", path: mark("unixListen") }),
    writeInWorker: () => inWorker(`Deno.writeTextFileSync(${JSON.stringify(mark("worker"))}, "")`),
    writeFileSync: () => fs.writeFileSync(mark("writeFileSync"), ""),
    appendFile: () => fs.promises.appendFile(mark("appendFile"), "x"),
    mkdtemp: () => fs.mkdtempSync(mark("mkdtemp")),
    stream: () =>
      new Promise((resolve) => fs.createWriteStream(mark("stream")).on("error", resolve).end("x", () => resolve(0))),
    sqlite: async () => {
      const { DatabaseSync } = await import("node:sqlite");
      new DatabaseSync(mark("sqlite")).exec("create table t (c)");
    },
  };
}

function libraries({ folder }: Prey, when: string): Attempts {
  const symbols = { mkdir: { parameters: ["buffer", "u32"], result: "i32" } } as const;
  const load = (way: string, library: string) => {
    const path = Buffer.from(`${folder}/library-${way}-${when}\0`);
    Deno.dlopen(library, symbols).symbols.mkdir(path, 0o700);
  };
  return {
    byName: () => load("byName", "libc.so.6"),
    worker: () =>
      inWorker(
        `Deno.dlopen("libc.so.6", ${JSON.stringify(symbols)}).symbols.mkdir(` +
          `new TextEncoder().encode(${JSON.stringify(`${folder}/library-worker-${when}\0`)}), 448)`,
      ),
  };
}

function inWorker(code: string): Promise<void> {
  const source = `try { ${code} } catch {} finally { postMessage("") }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, { type: "module" });
  return new Promise((resolve) => {
    const end = (event: Event) => {
      event.preventDefault();
      worker.terminate();
      resolve();
    };
    worker.addEventListener("message", end);
    worker.addEventListener("error", end);
  });
}

/** Asks for every right that was given up; a person would be asked, if anything could. */
export function askForRights(): void {
  for (const name of ["net", "run", "write", "ffi"] as const) Deno.permissions.requestSync({ name });
}
