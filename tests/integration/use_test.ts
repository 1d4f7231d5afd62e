/** The main job on the compiled core: one touch, and the wire holds the role's credentials. */
import assert from "node:assert/strict";
import { keysOf, people, startBench } from "../support/bench.ts";
import { unsetKeys } from "../../src/core/wire.ts";

const { alice, chen, grace } = people;

Deno.test("use: one touch, one session and one role; every further role of the day is one call without a touch", async () => {
  await using bench = await startBench({ touch: "manual" });
  const running = bench.start(["admin"]);
  assert.ok(await bench.keys.touch());
  const admin = await running.ended();
  assert.deepEqual([admin.code, admin.stdout], [0, ""]);
  assert.equal(
    admin.stderr,
    'touch your YubiKey for profile "admin" (alice), within 15 s …\nadmin as alice@123456789012, 59m\n',
  );
  assert.deepEqual(bench.calls(), ["GetSessionToken", "AssumeRole"]);
  for (const { action, userAgent } of bench.emulator.calls.filter(({ action }) => action !== "HEAD")) {
    assert.match(userAgent!, /^aws-use\/\d+\.\d+\.\d+( api\/sts#\S+)?( m\/\S+)?$/, action);
  }
  const session = bench.emulator.world.sessions.at(-1)!;
  const expiresAt = session.expiresAt / 1000;
  assert.deepEqual(admin.wire.split("\n"), [
    `AWS_ACCESS_KEY_ID=${session.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${session.secret}`,
    `AWS_SESSION_TOKEN=${session.token}`,
    `AWS_CREDENTIAL_EXPIRATION=${new Date(expiresAt * 1000).toISOString().replace(".000Z", "Z")}`,
    "AWS_REGION=eu-west-1",
    "AWS_DEFAULT_REGION=eu-west-1",
    "AWS_USE_PROFILE=admin",
    "AWS_USE_IDENTITY=alice@123456789012",
    `AWS_USE_EXPIRES_AT=${expiresAt}`,
    ...unsetKeys,
    "",
  ]);
  for (
    const [profile, account] of [["readonly", "123456789012"], ["prod", "210987654321"], ["deploy", "123456789012"]]
  ) {
    const ran = await bench.run([profile]);
    assert.equal(ran.stderr, `${profile} as alice@${account}, 59m\n`);
    assert.equal(ran.set.AWS_REGION, undefined);
  }
  const again = await bench.run(["admin"]);
  assert.equal(again.wire, admin.wire);
  assert.deepEqual(bench.calls().slice(2), ["AssumeRole", "AssumeRole", "AssumeRole"]);
  assert.equal(bench.keys.touchesAsked, 1);
});

Deno.test("use: what is left of cached credentials decides, and AWS_USE_MARGIN how much that must be", async () => {
  await using bench = await startBench();
  await bench.run(["readonly"]);
  const calls = () => bench.calls().filter((call) => call === "AssumeRole").length;
  assert.equal((await bench.run(["readonly"], { env: { AWS_USE_MARGIN: "50m" } })).code, 0);
  assert.equal(calls(), 1);
  assert.equal((await bench.run(["readonly"], { env: { AWS_USE_MARGIN: "3600" } })).code, 0);
  assert.equal(calls(), 2);
  const wrong = await bench.run(["readonly"], { env: { AWS_USE_MARGIN: "long" } });
  assert.equal(wrong.code, 64);
  assert.equal(
    wrong.stderr,
    'aws-use: error: AWS_USE_MARGIN is "long", which is no duration\naws-use: hint: export AWS_USE_MARGIN=10m\n',
  );
});

for (
  const [partition, person, account, region] of [
    ["aws-cn", chen, "111122223333", "cn-northwest-1"],
    ["aws-us-gov", grace, "444455556666", "us-gov-west-1"],
  ] as const
) {
  Deno.test(`use: in ${partition} ARNs, signing region and session name are that partition's`, async () => {
    await using bench = await startBench({
      config: `[default]\nregion = ${region}\nmfa_serial = ${person.mfaSerial}\n` +
        `[profile admin]\nrole_arn = arn:${partition}:iam::${account}:role/admin\nsource_profile = default\n`,
      credentials: `[default]\n${keysOf(person)}`,
      keys: [{ serial: 1, accounts: [{ name: person.mfaSerial, secretBase32: person.mfaSecret }] }],
    });
    const ran = await bench.run(["admin"]);
    const name = person.mfaSerial.split("/")[1];
    assert.equal(ran.stderr, `admin as ${name}@${account}, 59m\n`);
    assert.ok(bench.emulator.calls.every((call) => call.region === undefined || call.region === region));
  });
}

Deno.test("use: keys of the environment serve a profile that has none, and only while nothing of ours is active", async () => {
  await using bench = await startBench({
    config: `[profile bare]\nregion = eu-west-1\nmfa_serial = ${alice.mfaSerial}\n`,
    credentials: "",
  });
  const keys = { AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: alice.secretAccessKey };
  const ran = await bench.run(["bare"], { env: keys });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.set.AWS_ACCESS_KEY_ID, /^ASIA/);
  const active = await bench.run(["bare"], { env: { ...keys, AWS_USE_PROFILE: "bare" } });
  assert.equal(active.code, 78);
  assert.match(active.stderr, /^aws-use: error: profile "bare" has no keys\n/);
});

Deno.test("a plugin of another version is told with what to source, and hears that it was told", async () => {
  await using bench = await startBench();
  const told = await bench.run(["list"], {
    env: { AWS_USE_PLUGIN: "zsh/0.0.9", AWS_USE_PLUGIN_FILE: "/my files/aws-use.zsh" },
  });
  assert.match(
    told.stderr,
    /^aws-use: this shell runs the zsh plugin 0\.0\.9 and the core is [\d.]+: open a new shell, or type: source '\/my files\/aws-use\.zsh'\n$/,
  );
  assert.equal(told.wire, "# told\n");
  const again = await bench.run(["list"], { env: { AWS_USE_PLUGIN: "zsh/0.0.9" } });
  assert.deepEqual([again.stderr, again.wire], ["", ""]);
});

Deno.test("status tells what is active although AWS_USE_MARGIN is no duration, and says so", async () => {
  await using bench = await startBench();
  const expiresAt = Math.floor(Date.now() / 1000) + 900;
  const env = { AWS_USE_MARGIN: "long", AWS_USE_PROFILE: "admin", AWS_USE_EXPIRES_AT: `${expiresAt}` };
  const { code, stdout, stderr } = await bench.run(["status", "--json"], { env });
  assert.deepEqual([code, JSON.parse(stdout).state], [0, "live"]);
  assert.equal(stderr, 'aws-use: warning: AWS_USE_MARGIN is "long", which is no duration; 10m is used\n');
});

Deno.test("renew: --margin goes before AWS_USE_MARGIN, also before one that is no duration", async () => {
  await using bench = await startBench();
  const { code, stderr, set } = await bench.run(["renew", "--margin", "600", "--", "admin"], {
    env: { AWS_USE_ACTIVE: "admin", AWS_USE_MARGIN: "long" },
  });
  assert.equal(code, 0, stderr);
  assert.equal(set.AWS_USE_PROFILE, "admin");
});
