/**
 * `mfa enroll` with real parts: the core as it is installed, both lines of ykman, real windows of 30 s. It waits most of the
 * time, so all of it runs at once.
 */
import assert from "node:assert/strict";
import { keysOf, people, startBench } from "../support/bench.ts";
import { openCore, until } from "../support/core_terminal.ts";
import { hasMoto, startMoto } from "../support/moto.ts";
import { processes } from "../support/proc.ts";
import { totpCode } from "../support/emulator/totp.ts";
import { isInstalled, ykmans } from "../support/ykmans.ts";
import type { KeySeed } from "../support/yubikey/virtual_keys.ts";

const bobsDevice = "arn:aws:iam::123456789012:mfa/bob";
const config = "[default]\nregion = eu-central-1\n";
const credentials = `[default]\n${keysOf(people.bob)}`;
const password = "correct horse";

const cases: readonly { readonly name: string; readonly ignore?: boolean; readonly fn: () => Promise<void> }[] = [
  ...ykmans.map((ykman) => ({
    name: `device, seed on two keys, codes, config, proof; then removed (ykman ${ykman.major})`,
    ignore: !isInstalled(ykman),
    fn: () => enrolled(ykman.path, ykman.major === 5 ? { password } : {}),
  })),
  { name: "Ctrl-C during a touch: undone, although the key goes on waiting", fn: interrupted },
  { name: "moto, an AWS by somebody else", ignore: !await hasMoto(), fn: atMoto },
];

Deno.test("mfa enroll with real parts", async (t) => {
  const unsanitized = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
  await Promise.all(cases.map((each) => t.step({ ...each, ...unsanitized })));
});

async function enrolled(ykman: string, key: Partial<KeySeed>): Promise<void> {
  const keys = [{ serial: 11111111, ...key }, { serial: 22222222, ...key }];
  await using bench = await startBench({ config, credentials, keys, ykman });
  const env = { AWS_USE_YKMAN_PASSWORD_COMMAND: `echo '${password}'` };
  const seen = watchProcesses(bench.home);
  const { code, stdout, stderr } = await bench.run(["mfa", "enroll", "--keys", "2", "--yes"], { env });
  const seenWords = seen.end();
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const device = bench.emulator.world.devices.find(({ serial }) => serial === bobsDevice);
  assert.equal(device?.user, "bob");
  for (const { serial } of keys) assert.deepEqual(bench.keys.accountNames({ serial }), [bobsDevice]);
  assert.equal(await Deno.readTextFile(`${bench.home}/.aws/config`), `${config}mfa_serial = ${bobsDevice}\n`);
  assert.equal(bench.keys.touchesAsked, 4, "one to compare, two to enable, one to prove");
  const changing = bench.calls().filter((name) => name !== "GetCallerIdentity");
  assert.deepEqual(changing.slice(-3), ["CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken"]);

  const secret = device!.secret!;
  const window = Math.floor(Date.now() / 30_000);
  const secrets = [secret, ...Array.from({ length: 12 }, (_, back) => totpCode(secret, window - back))];
  assert.ok(seenWords.size > 20, "processes were seen");
  for (const word of [...seenWords, ...stderr.split(/\s/)]) {
    assert.ok(!secrets.some((each) => word === each || word.includes(secret)), "a secret is seen");
  }
  for await (const path of filesBelow(bench.home)) {
    const text = await Deno.readTextFile(path);
    assert.ok(!text.includes(secret) && !text.includes(password), `a secret is in ${path}`);
  }

  const removed = await bench.run(["mfa", "remove", "--last", "--yes"], { env });
  assert.equal(removed.code, 0, removed.stderr);
  for (const { serial } of keys) assert.deepEqual(bench.keys.accountNames({ serial }), []);
  assert.ok(!bench.emulator.world.devices.some(({ serial }) => serial === bobsDevice));
  assert.equal(await Deno.readTextFile(`${bench.home}/.aws/config`), config);
}

async function interrupted(): Promise<void> {
  await using bench = await startBench({
    config,
    credentials,
    keys: [{ serial: 11111111 }],
    touch: "manual",
    touchTimeoutMs: 6_000,
  });
  await using terminal = await openCore(bench, ["mfa", "enroll", "--yes"], { columns: 300 });
  assert.ok(await bench.keys.waitTouch({ waitMs: 60_000 }));
  await terminal.waitFor("touch YubiKey 11111111 for the first of two codes (bob)");
  await terminal.press("C-c");
  await terminal.waitFor("cancelled; removing what was made, for at most 60 s");
  assert.equal(await terminal.exitCode(), 130);
  const screen = await terminal.screen();
  assert.match(screen, /removed again: the MFA device arn:aws:iam::123456789012:mfa\/bob/);
  assert.match(screen, /removed again: the account on YubiKey 11111111/);
  assert.match(screen, /hint: what was made is removed again; once more: aws-use mfa enroll --yes$/m);
  assert.deepEqual(bench.keys.accountNames(), []);
  assert.ok(!bench.emulator.world.devices.some(({ serial }) => serial === bobsDevice));
  assert.equal(await Deno.readTextFile(`${bench.home}/.aws/config`), config);
  await until(() => terminal.running().length === 0);
}

async function atMoto(): Promise<void> {
  await using moto = await startMoto();
  const keys = await iamOfMoto(moto.url);
  await using bench = await startBench({ config, credentials: `[default]\n${keys}`, keys: [{ serial: 11111111 }] });
  const env = { AWS_ENDPOINT_URL: moto.url };
  const { code, stderr } = await bench.run(["mfa", "enroll", "--yes"], { env });
  assert.equal(code, 0, stderr);
  assert.deepEqual(bench.keys.accountNames(), [bobsDevice]);
  const list = await bench.run(["mfa", "list", "--json"], { env });
  assert.deepEqual(JSON.parse(list.stdout), [
    { serial: bobsDevice, kind: "virtual", at_aws: true, keys: ["11111111"], state: "ok" },
  ]);
  const removed = await bench.run(["mfa", "remove", "--last", "--yes"], { env });
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(JSON.parse((await bench.run(["mfa", "list", "--json"], { env })).stdout), []);
  assert.equal(await Deno.readTextFile(`${bench.home}/.aws/config`), config);
}

/** Makes the user bob at moto, whom it takes at his word, and returns the lines of his keys. */
async function iamOfMoto(url: string): Promise<string> {
  const ask = async (action: string) => {
    const authorization = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request, " +
      "SignedHeaders=host, Signature=0";
    const body = new URLSearchParams({ Action: action, Version: "2010-05-08", UserName: "bob" });
    return await (await fetch(url, { method: "POST", body, headers: { authorization } })).text();
  };
  await ask("CreateUser");
  const answer = await ask("CreateAccessKey");
  const part = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)![1];
  return keysOf({ accessKeyId: part("AccessKeyId"), secretAccessKey: part("SecretAccessKey") });
}

/** Collects every argument and every value in the environment of whatever runs in this home. */
function watchProcesses(home: string): { end(): ReadonlySet<string> } {
  const words = new Set<string>();
  const timer = setInterval(() => {
    for (const { argv, environment } of processes()) {
      if (environment.HOME !== home) continue;
      for (const word of [...argv, ...Object.values(environment)]) words.add(word);
    }
  }, 25);
  return {
    end() {
      clearInterval(timer);
      return words;
    },
  };
}

async function* filesBelow(folder: string): AsyncIterable<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* filesBelow(`${folder}/${entry.name}`);
    else if (entry.isFile) yield `${folder}/${entry.name}`;
  }
}
