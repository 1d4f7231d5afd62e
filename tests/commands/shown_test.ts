/** What stands in a setting or comes from AWS reaches the terminal without control characters. */
import assert from "node:assert/strict";
import { parseArguments } from "../../src/arguments.ts";
import { verbOf } from "../../src/cli.ts";
import { command as clear } from "../../src/commands/clear.ts";
import { command as status } from "../../src/commands/status.ts";
import { seedDisplay } from "../../src/engine/seed_display.ts";
import { fakeWorld, type FakeWorldOptions } from "../support/fake_world.ts";

const hostile = "\x1b]0;title\x07";
const nowMs = Date.UTC(2026, 0, 1);
const files = {
  "/home/tester/.aws/config": "[default]\nregion = eu-central-1\n",
  "/home/tester/.aws/credentials": "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
};

function given(...words: readonly string[]) {
  const { verb, rest } = verbOf(words);
  return parseArguments(verb, rest);
}

function worldWith(options: Partial<FakeWorldOptions>) {
  return fakeWorld({ nowMs, files, ...options });
}

Deno.test("clear shows where the cache is", async () => {
  const fake = worldWith({ env: { AWS_USE_CACHE_DIR: `/ca${hostile}che` } });
  assert.equal(await clear(await given("clear"), fake.world), 0);
  assert.equal(fake.stderr(), "aws-use: cleared the credentials of 0 roles and 0 MFA sessions in /ca]0;titleche\n");
});

Deno.test("status --explain shows where STS is", async () => {
  const fake = worldWith({ env: { AWS_ENDPOINT_URL_STS: `http://sts.example.com/${hostile}` } });
  assert.equal(await status(await given("status", "--explain", "default"), fake.world), 0);
  assert.equal(
    fake.stdout().split("\n").at(-2),
    "  STS: http://sts.example.com/]0;title, region of the answer: eu-central-1",
  );
});

Deno.test("the seed of a device is shown with its name", async () => {
  const drawn: string[] = [];
  const fake = worldWith({ answers: [""] });
  const world = { ...fake.world, terminal: { ...fake.world.terminal, draw: (text: string) => void drawn.push(text) } };
  const show = seedDisplay(world, { qr: false, text: true });
  await show?.({ serial: `arn:aws:iam::123456789012:mfa/a${hostile}`, seed: "JBSWY3DP" });
  const lines = drawn.join("").split("\r\n");
  assert.equal(lines[0], "\x1b[?1049h\x1b[2J\x1b[Harn:aws:iam::123456789012:mfa/a]0;title  JBSWY3DP");
});
