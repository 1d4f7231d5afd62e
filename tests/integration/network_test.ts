/** Networks that are down, slow, or in the hands of a proxy: told within 10 s, never in silence, and no code is lost. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, type Ran, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { makeCertificates } from "../support/emulator/certificates.ts";
import { connectProxy } from "../support/emulator/connect_proxy.ts";
import { closingPort, droppingPort, type Port, refusingPort, silentPort } from "../support/emulator/network.ts";
import { assertFails } from "../support/failure.ts";

const { bob } = people;

/** Of a user without a device, so that no code is in the way. */
const withoutMfa = { config: usualConfig().replace(/mfa_serial.*\n/, ""), credentials: `[default]\n${keysOf(bob)}` };

interface Down {
  readonly name: string;
  readonly port: () => Port | Promise<Port>;
  readonly error: (host: string) => string;
  readonly hint: string;
}

const downs: readonly Down[] = [
  {
    name: "refused",
    port: refusingPort,
    error: (host) => `cannot reach ${host}: connection refused`,
    hint: "check the network and HTTPS_PROXY",
  },
  {
    name: "closed at once",
    port: closingPort,
    error: (host) => `no answer from ${host}: the connection broke`,
    hint: "check the network and HTTPS_PROXY",
  },
  {
    name: "dropped",
    port: droppingPort,
    error: (host) => `no answer from ${host}: silent for 6 s`,
    hint: "check the network, VPN and HTTPS_PROXY",
  },
  {
    name: "accepted and never answered",
    port: silentPort,
    error: (host) => `no answer from ${host}: silent for 6 s`,
    hint: "check the network, VPN and HTTPS_PROXY",
  },
];

for (const down of downs) {
  Deno.test(`no network (${down.name}): told within 10 s, not in silence, whoever gives the code`, () =>
    assertTold(down));
}

/** By hand, by a key that nobody touches, without a code, and of what is active. */
async function assertTold({ name, port, error, hint }: Down): Promise<void> {
  await using bench = await startBench();
  await using keyed = await startBench({ touch: "manual" });
  await using without = await startBench(withoutMfa);
  await using down = await port();
  const env = { AWS_ENDPOINT_URL: down.url };
  const timed = async (running: Promise<Ran>) => {
    const started = Date.now();
    const ran = await running;
    const seconds = (Date.now() - started) / 1000;
    assert.ok(seconds < 10, `${name}: ${seconds} s`);
    const said =
      /^waiting for (an answer of AWS|127\.0\.0\.1:\d+ \(\w+\)|ykman .*), for at most \d+ s …$|^touch |trying again/m;
    if (seconds > 4) assert.match(ran.stderr, said, name);
    return ran;
  };
  const told = { code: 69, error: error(new URL(down.url).host) };
  const assertGiven = async () => {
    const ran = await timed(bench.run(["admin", "--token-code", codeOf()], { env }));
    assertFails(ran, { ...told, hint: `${hint}; then: aws-use admin` });
  };
  const assertTouch = async () => {
    const ran = await timed(keyed.run(["admin"], { env }));
    const before = ran.stderr.split("\n").filter((line) => /touch your YubiKey/.test(line));
    assertFails(ran, { ...told, hint: `${hint}; then: aws-use admin`, before });
  };
  const assertFree = async () => {
    const ran = await timed(without.run(["readonly"], { env }));
    const before = name === "closed at once" ? ["ListMFADevices: the connection broke; trying again (1 of 2) …"] : [];
    assertFails(ran, { ...told, hint: `${hint}; then: aws-use readonly`, before });
  };
  const assertCheck = async () => {
    const active = { AWS_USE_PROFILE: "gone", AWS_ACCESS_KEY_ID: "ASIAX", AWS_SECRET_ACCESS_KEY: "x" };
    const ran = await timed(bench.run(["status", "--check"], { env: { ...env, ...active } }));
    const lines = `aws-use: error: ${told.error}\naws-use: hint: ${hint}; then: aws-use status --check\n`;
    assert.equal(ran.code, 69);
    assert.ok(ran.stderr.endsWith(lines), ran.stderr);
  };
  await Promise.all([assertGiven(), assertTouch(), assertFree(), assertCheck()]);
  assert.equal(await spentWindows(bench), 0);
}

async function spentWindows({ cache }: Bench): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(`${cache}/windows`))).length;
}

Deno.test("no such host: told within 10 s", async () => {
  await using bench = await startBench();
  const started = Date.now();
  const ran = await bench.run(["admin", "--token-code", codeOf()], {
    env: { AWS_ENDPOINT_URL: "https://sts.nowhere.invalid" },
  });
  assertFails(ran, {
    code: 69,
    error: "cannot reach sts.nowhere.invalid: the name cannot be resolved",
    hint: "check the network, the name server and the region; then: aws-use admin",
  });
  assert.ok(Date.now() - started < 10_000);
});

Deno.test("AWS is silent only when it has the code: told within 10 s, and the code counts as spent", async () => {
  await using bench = await startBench();
  bench.emulator.faults.add({ kind: "silence", action: "GetSessionToken" });
  const started = Date.now();
  const ran = await bench.run(["admin", "--token-code", codeOf()]);
  assertFails(ran, {
    code: 69,
    error: `no answer from 127.0.0.1:${bench.emulator.port}: silent for 6 s`,
    hint: "check the network, VPN and HTTPS_PROXY; then: aws-use admin",
  });
  assert.ok(Date.now() - started < 10_000);
  assert.match(ran.stderr, /^waiting for 127\.0\.0\.1:\d+ \(GetSessionToken\), for at most 6 s …$/m);
  assert.equal(await spentWindows(bench), 1);
  assert.deepEqual(bench.calls(), ["GetSessionToken"]);
});

Deno.test("a slow AWS is waited for, and said after a second", async () => {
  await using bench = await startBench();
  bench.emulator.faults.add({ kind: "latency", ms: 1500, action: "AssumeRole" });
  const ran = await bench.run(["admin", "--token-code", codeOf()]);
  assert.equal(
    ran.stderr,
    `waiting for 127.0.0.1:${bench.emulator.port} (AssumeRole), for at most 6 s …\nadmin as alice@123456789012, 59m\n`,
  );
});

Deno.test("a connection that breaks once, and an AWS that throttles twice, are got over by calls without a code", async () => {
  for (const fault of [{ kind: "reset" }, { kind: "throttle", times: 2 }, { kind: "unavailable" }] as const) {
    await using bench = await startBench();
    bench.emulator.faults.add({ ...fault, action: "AssumeRole" });
    const ran = await bench.run(["admin", "--token-code", codeOf()]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /^AssumeRole: .*; trying again \(1 of 2\) …$/m);
    assert.equal(bench.calls().filter((call) => call === "GetSessionToken").length, 1);
  }
});

Deno.test("a first request that comes to nothing is no error by itself", async () => {
  for (const kind of ["reset", "noise", "garbage", "unavailable", "silence"] as const) {
    await using bench = await startBench();
    bench.emulator.faults.add({ kind, action: "HEAD", times: "always" });
    const ran = await bench.run(["admin", "--token-code", codeOf()]);
    assert.equal(ran.code, 0, ran.stderr);
  }
});

Deno.test("behind a proxy that breaks TLS open: told with the remedy, which works", async () => {
  const host = "sts.eu-central-1.amazonaws.com";
  const certificates = await makeCertificates([host, "iam.amazonaws.com"]);
  await using bench = await startBench({ tls: certificates });
  await using proxy = connectProxy(() => bench.emulator.port);
  const env = { AWS_ENDPOINT_URL: "", HTTPS_PROXY: proxy.url };
  assertFails(await bench.run(["readonly", "--region", "eu-central-1", "--token-code", codeOf()], { env }), {
    code: 69,
    error: `cannot reach ${host}: TLS failed: UnknownIssuer`,
    hint: "behind a company proxy name its certificate: export AWS_CA_BUNDLE=/path/to/ca.pem; " +
      "then: aws-use readonly --region eu-central-1",
  });
  assert.deepEqual(bench.emulator.calls, []);
  const bundle = `${bench.home}/company.pem`;
  await Deno.writeTextFile(bundle, certificates.ca);
  const trusting = { env: { ...env, AWS_CA_BUNDLE: bundle } };
  const ran = await bench.run(["readonly", "--region", "eu-central-1", "--token-code", codeOf()], trusting);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(new Set(proxy.hosts), new Set([host]));
  const active = { ...trusting.env, ...ran.set };
  const check = await bench.run(["status", "--check"], { env: active });
  assert.equal(check.code, 0, check.stderr);
  assert.match(check.stdout, /: arn:aws:sts::123456789012:assumed-role\/readonly\/alice\n$/);
});

Deno.test("the profile's own ca_bundle, and NO_PROXY, count", async () => {
  const certificates = await makeCertificates();
  await using bench = await startBench({ tls: certificates });
  await Deno.writeTextFile(`${bench.home}/company.pem`, certificates.ca);
  await bench.writeConfig(usualConfig().replace("[profile admin]", "[profile admin]\nca_bundle = ~/company.pem"));
  const env = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.1" };
  const ran = await bench.run(["admin", "--token-code", codeOf()], { env });
  assert.equal(ran.code, 0, ran.stderr);
});

Deno.test("a proxy that is down, and one that refuses the host", async () => {
  await using bench = await startBench();
  await using refusing = connectProxy(() => undefined);
  const endpoint = "https://sts.example.com";
  const words = ["admin", "--token-code", codeOf()];
  assertFails(await bench.run(words, { env: { AWS_ENDPOINT_URL: endpoint, HTTPS_PROXY: "http://127.0.0.1:1" } }), {
    code: 69,
    error: "cannot reach sts.example.com: connection refused",
    hint: "check the network and HTTPS_PROXY; then: aws-use admin",
  });
  assertFails(await bench.run(words, { env: { AWS_ENDPOINT_URL: endpoint, HTTPS_PROXY: refusing.url } }), {
    code: 69,
    error: "cannot reach sts.example.com: the proxy refused the connection",
    hint: "check HTTPS_PROXY and NO_PROXY; then: aws-use admin",
  });
});
