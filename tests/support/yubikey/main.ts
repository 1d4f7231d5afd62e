/**
 * Virtual YubiKeys as a program of their own:
 *
 *     deno run -A tests/support/yubikey/main.ts SOCKET CONTROL_SOCKET SEED.json &
 *     PCSCLITE_CSOCK_NAME=SOCKET ykman list
 *
 * SEED.json is a `KeysSeed`. Prints `ready` when both sockets are there; SIGTERM or SIGINT ends it and removes them.
 */
import { serveControl } from "./control.ts";
import { type KeysSeed, startVirtualKeysAt } from "./virtual_keys.ts";

const [socket, controlSocket, seedFile] = Deno.args;
if (seedFile === undefined) {
  console.error("usage: main.ts SOCKET CONTROL_SOCKET SEED.json");
  Deno.exit(64);
}

const seed: KeysSeed = JSON.parse(await Deno.readTextFile(seedFile));
const keys = startVirtualKeysAt(socket, seed);
const control = serveControl(controlSocket, keys);

async function stop(): Promise<void> {
  control.close();
  await keys.stop();
  Deno.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => void stop());
console.log("ready");
