import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { answerControl } from "./control.ts";
import { type Emulator, startEmulator } from "./emulator.ts";
import { seed } from "./seed.ts";
import type { WorldSeed } from "./world_seed.ts";

/**
 * The emulator as a program: `deno run -A tests/support/emulator/main.ts [--port N] [--state FILE]
 * [--cert FILE --key FILE] [--clock-offset SECONDS] [--until-stdin-closes]`.
 *
 * Once it listens it prints its URL on the first line, and on the second the token for `POST /_control`. It ends on SIGTERM
 * and SIGINT; with `--until-stdin-closes`, instead of on SIGINT, with the program that started it, however that one ends.
 */
const { values } = parseArgs({
  options: {
    "port": { type: "string", default: "0" },
    "state": { type: "string" },
    "cert": { type: "string" },
    "key": { type: "string" },
    "clock-offset": { type: "string", default: "0" },
    "until-stdin-closes": { type: "boolean", default: false },
  },
});

const token = randomUUID();
const state: WorldSeed = values.state === undefined ? seed : JSON.parse(await Deno.readTextFile(values.state));
const emulator: Emulator = await startEmulator({
  ...state,
  port: Number(values.port),
  clockOffsetSeconds: Number(values["clock-offset"]),
  tls: values.cert === undefined || values.key === undefined
    ? undefined
    : { cert: await Deno.readTextFile(values.cert), key: await Deno.readTextFile(values.key) },
  intercept: (request) => answerControl(emulator, token, request),
});
console.log(`${emulator.url}\n${token}`);

const ended = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", ended.resolve);
// A person's Ctrl-C in the shell that the emulator serves reaches it too, and must not end it.
Deno.addSignalListener("SIGINT", values["until-stdin-closes"] ? () => {} : ended.resolve);
if (values["until-stdin-closes"]) Deno.stdin.readable.pipeTo(new WritableStream()).then(ended.resolve, ended.resolve);
await ended.promise;
await emulator.stop();
Deno.exit(0);
