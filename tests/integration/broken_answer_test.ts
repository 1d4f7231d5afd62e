/** Answers that are none: what a request with a code meets on its way must never make the code go out twice. */
import assert from "node:assert/strict";
import { type Bench, startBench } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { makeCertificates } from "../support/emulator/certificates.ts";
import { delayProxy } from "../support/emulator/delay_proxy.ts";
import { startHttpServer } from "../support/emulator/http_server.ts";
import { closingPort } from "../support/emulator/network.ts";
import { assertFails } from "../support/failure.ts";

const words = () => ["admin", "--token-code", codeOf()];

/** The code counts as sent: the same again is refused before anything goes out. */
async function assertSpent(bench: Bench, again: readonly string[], env: Readonly<Record<string, string>>) {
  const before = bench.calls().length;
  const ran = await bench.run(again, { env });
  assert.equal(ran.code, 77, ran.stderr);
  assert.match(ran.stderr, /was used already, and AWS takes a code once$/m);
  assert.equal(bench.calls().length, before);
}

Deno.test("TLS that ends without its goodbye once the code is out: the code is spent", async () => {
  const certificates = await makeCertificates();
  let cut = () => {};
  await using bench = await startBench({
    tls: certificates,
    intercept({ method }) {
      if (method === "POST") cut();
      return undefined;
    },
  });
  const between = delayProxy(bench.emulator.url, { roundTripMs: 0 });
  let stopped: Promise<void> | undefined;
  await using _stopped = { [Symbol.asyncDispose]: () => stopped ??= between.stop() };
  cut = () => void (stopped ??= between.stop());
  const bundle = `${bench.home}/ca.pem`;
  await Deno.writeTextFile(bundle, certificates.ca);
  const env = { AWS_CA_BUNDLE: bundle, AWS_ENDPOINT_URL: between.url };
  const given = words();
  assertFails(await bench.run(given, { env }), {
    code: 69,
    error: `no answer from 127.0.0.1:${between.port}: the connection broke`,
    hint: "check the network and HTTPS_PROXY; then: aws-use admin",
  });
  assert.deepEqual(bench.calls(), ["GetSessionToken"]);
  await assertSpent(bench, given, { AWS_CA_BUNDLE: bundle });
});

Deno.test("words in an endpoint's path say nothing of what broke", async () => {
  await using bench = await startBench();
  await using closing = closingPort();
  const env = { AWS_ENDPOINT_URL: `${closing.url}/sts-proxy-tls-certificate` };
  assertFails(await bench.run(words(), { env }), {
    code: 69,
    error: `no answer from ${new URL(closing.url).host}: the connection broke`,
    hint: "check the network and HTTPS_PROXY; then: aws-use admin",
  });
});

const page = "<html><body>Blocked by your administrator</body></html>";
for (const [status, body] of [[403, page], [403, ""], [404, page], [502, page], [503, ""], [200, page]] as const) {
  Deno.test(`${status} with ${body ? "a page" : "nothing"} is no answer of AWS: told, and no second code is spent`, async () => {
    await using bench = await startBench({
      intercept: ({ method }) =>
        method === "POST" ? { status, headers: { "Content-Type": "text/html" }, body } : undefined,
    });
    const ran = await bench.run(["admin"]);
    const hint = status < 500
      ? "a proxy or the sign-in page of a network may have answered; check HTTPS_PROXY, then: aws-use admin"
      : "AWS or a proxy on the way has trouble; check HTTPS_PROXY, or try again in a minute: aws-use admin";
    assertFails(ran, {
      code: 75,
      error: `GetSessionToken: 127.0.0.1:${bench.emulator.port} answered ${status} with what is no answer of AWS`,
      hint,
      before: ['touch your YubiKey for profile "admin" (alice), within 15 s …'],
    });
    assert.equal(bench.keys.touchesAsked, 1);
  });
}

for (const source of ["given", "of a key"] as const) {
  Deno.test(`a redirect is not followed, and the code (${source}) is spent`, async () => {
    const seen: string[] = [];
    const other = startHttpServer({}, (request) => {
      seen.push(`${request.method} ${request.target}`);
      return Promise.resolve({ status: 200, headers: {}, body: "" });
    });
    const calls: string[] = [];
    await using bench = await startBench({
      intercept({ method, target }) {
        if (method !== "POST") return undefined;
        calls.push(target);
        const headers = { Location: `http://127.0.0.1:${other.port}/`, Date: new Date().toUTCString() };
        return { status: 307, headers, body: "" };
      },
    });
    try {
      const given = source === "given" ? words() : ["admin"];
      const ran = await bench.run(given);
      assert.equal(ran.code, 69, ran.stderr);
      const host = `127.0.0.1:${bench.emulator.port}`;
      assert.ok(
        ran.stderr.endsWith(
          `aws-use: error: no answer from ${host}: it leads elsewhere (307), as AWS never does\n` +
            "aws-use: hint: check the network and HTTPS_PROXY; then: aws-use admin\n",
        ),
        ran.stderr,
      );
      assert.equal(calls.length, 1);
      assert.deepEqual(seen, []);
      if (source === "given") await assertSpent(bench, given, {});
      assert.equal(calls.length, 1);
    } finally {
      await other.stop();
    }
  });
}
