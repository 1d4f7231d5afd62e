import assert from "node:assert/strict";
import { startBench } from "../support/bench.ts";
import { hasMoto, startMoto } from "../support/moto.ts";

Deno.test({
  name: "moto, an AWS by somebody else: the main job, with the real ykman",
  ignore: !await hasMoto(),
  async fn() {
    await using moto = await startMoto();
    await using bench = await startBench();
    const env = { AWS_ENDPOINT_URL: moto.url };

    const first = await bench.run(["admin"], { env });
    assert.equal(first.stderr.split("\n").at(-2), "admin as alice@123456789012, 59m");
    assert.equal(first.code, 0);
    assert.match(first.set.AWS_ACCESS_KEY_ID, /^ASIA/);
    assert.equal(bench.keys.touchesAsked, 1);

    const second = await bench.run(["prod"], { env });
    assert.equal(second.stderr, "prod as alice@210987654321, 59m\n");
    assert.equal(bench.keys.touchesAsked, 1);

    const check = await bench.run(["status", "--check", "--json"], { env: { ...env, ...first.set } });
    assert.equal(check.code, 0, check.stderr);
    assert.match(JSON.parse(check.stdout).arn, /assumed-role\/admin\/alice$/);

    // moto knows no MFA device of this user, and says so in its own words.
    await bench.writeConfig("[default]\nregion = eu-central-1\n");
    const plain = await bench.run(["default"], { env });
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stderr, /calls to IAM will be refused/);
  },
});
