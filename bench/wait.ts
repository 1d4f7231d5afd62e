/**
 * What a person waits for after the touch, over TLS with 100 ms of round trip: from the code to the credentials, beside two
 * bare round trips on a warm connection.
 *
 *     ./install.sh --build-only && deno run -A bench/wait.ts
 */
import { core, keysOf, startBench } from "../tests/support/bench.ts";
import { makeCertificates } from "../tests/support/emulator/certificates.ts";
import { delayProxy } from "../tests/support/emulator/delay_proxy.ts";
import { alice } from "../tests/support/emulator/seed.ts";
import { totpCode, windowAt } from "../tests/support/emulator/totp.ts";
import { print, timesOf } from "./measure.ts";

const rounds = Number(Deno.args[0] ?? 10);
const roundTripMs = 100;

const tls = await makeCertificates();
await using bench = await startBench({
  tls,
  credentials: `[default]\n${keysOf(alice)}mfa_serial = ${alice.mfaSerial}\nmfa_process = $HOME/code\n`,
});
await using proxy = delayProxy(bench.emulator.url, { roundTripMs });
await Deno.writeTextFile(`${bench.home}/ca.pem`, tls.ca);
// A person needs about as long as this to reach for the key.
await Deno.writeTextFile(`${bench.home}/code`, `#!/bin/sh\nsleep 1.5\n: >"$HOME/printed"\ncat "$HOME/next"\n`, {
  mode: 0o755,
});
const env = { ...bench.env, AWS_ENDPOINT_URL: proxy.url, AWS_CA_BUNDLE: `${bench.home}/ca.pem` };

const client = Deno.createHttpClient({ caCerts: [tls.ca] });
const bare = async () => {
  const response = await fetch(proxy.url, { method: "HEAD", redirect: "manual", client });
  await response.body?.cancel();
};
await bare();

const floor: number[] = [];
const waits: number[] = [];
const wholes: number[] = [];
for (let round = 0; round < rounds; round++) {
  const startedBare = performance.now();
  await bare();
  await bare();
  floor.push(performance.now() - startedBare);

  for (const device of bench.emulator.world.devices.values()) device.spentWindows.clear();
  await Deno.remove(bench.cache, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(`${bench.home}/next`, `${totpCode(alice.mfaSecret, windowAt(Date.now()))}\n`);
  const started = performance.now();
  const { success, stderr } = await new Deno.Command(core, {
    args: ["env", "admin", "--format", "sh"],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  wholes.push(performance.now() - started);
  // The moment at which mfa_process printed the code.
  const codeAt = (await Deno.stat(`${bench.home}/printed`)).mtime!.getTime();
  waits.push(performance.timeOrigin + performance.now() - codeAt);
}

console.log(`${rounds} rounds over TLS, ${roundTripMs} ms of round trip`);
const ok = print([
  timesOf("two bare round trips, warm connection", floor),
  { ...timesOf("from the code to the credentials", waits), budget: 1.25 },
  timesOf("whole program, with 1.5 s for the touch", wholes),
]);
Deno.exit(ok ? 0 : 1);
