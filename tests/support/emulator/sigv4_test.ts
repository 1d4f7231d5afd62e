import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { type BotocoreCall, callWithBotocore, hasBotocore } from "./botocore_client.ts";
import { startEmulator } from "./emulator.ts";
import { clientsFor } from "./sdk_client.ts";
import { alice, chen, grace, seed } from "./seed.ts";

const ignore = !hasBotocore();
const keys = [alice.accessKeyId, alice.secretAccessKey] as const;
const identity: BotocoreCall = { service: "sts", operation: "GetCallerIdentity", credentials: keys };
const doesNotMatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
  "signing method. Consult the service documentation for details.";

Deno.test({
  name: "verifySignature() takes what botocore signs, whatever the parameters hold",
  ignore,
  async fn() {
    await using emulator = await startEmulator(seed);
    const tags = [{ Key: "a b", Value: "ü*~'()!+%=&/?" }, { Key: "empty", Value: "" }];
    const results = await callWithBotocore(emulator.url, [
      identity,
      { ...identity, region: "ap-southeast-2" },
      { service: "iam", operation: "ListMFADevices", credentials: keys, region: "us-east-1" },
      {
        service: "sts",
        operation: "AssumeRole",
        credentials: keys,
        params: {
          RoleArn: "arn:aws:iam::123456789012:role/readonly",
          RoleSessionName: "a=b,c.d@e-f",
          Tags: tags,
          Policy: '{"Statement": []}',
        },
      },
    ]);
    assert.deepEqual(results.map(({ code }) => code), [undefined, undefined, undefined, undefined]);
    assert.equal(results[0].answer?.Arn, "arn:aws:iam::123456789012:user/alice");
    assert.deepEqual(emulator.world.sessions[0].tags, { "a b": "ü*~'()!+%=&/?", empty: "" });
    assert.deepEqual(emulator.calls.map(({ region }) => region), [
      "eu-central-1",
      "ap-southeast-2",
      "us-east-1",
      "eu-central-1",
    ]);
  },
});

Deno.test({
  name: "verifySignature() refuses a request in which anything signed was changed",
  ignore,
  async fn() {
    await using emulator = await startEmulator(seed);
    const cases: [Partial<BotocoreCall>, code: string, message: string | RegExp][] = [
      [{ body: ["2011", "2011"] }, "", ""],
      [
        { body: ["GetCallerIdentity", "GetCallerIdentitz"] },
        "InvalidAction",
        /Could not find operation GetCallerIdentitz/,
      ],
      [
        { operation: "GetSessionToken", params: { DurationSeconds: 3600 }, body: ["3600", "3601"] },
        "SignatureDoesNotMatch",
        doesNotMatch,
      ],
      [{ query: "?x=1" }, "SignatureDoesNotMatch", doesNotMatch],
      [{ headers: { "Host": "sts.example" } }, "SignatureDoesNotMatch", doesNotMatch],
      [{ headers: { "X-Amz-Unsigned": "1" } }, "SignatureDoesNotMatch", /'x-amz-unsigned' must be a 'SignedHeader'/],
      [
        { headers: { "X-Amz-Date": "20010101T000000Z" } },
        "SignatureDoesNotMatch",
        /Date in Credential scope does not match/,
      ],
      [
        { headers: { "X-Amz-Security-Token": "x" } },
        "InvalidClientTokenId",
        /token included in the request is invalid\.$/,
      ],
      [
        { headers: { "Authorization": "AWS4-HMAC-SHA256 Credential=A" } },
        "IncompleteSignature",
        /requires 'Signature'/,
      ],
      [{ credentials: [keys[0], `${keys[1]}x`] }, "SignatureDoesNotMatch", doesNotMatch],
      [
        { credentials: ["AKIANOBODY", keys[1]] },
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
      ],
    ];
    const results = await callWithBotocore(emulator.url, cases.map(([change]) => ({ ...identity, ...change })));
    for (const [index, [change, code, message]] of cases.entries()) {
      assert.equal(results[index].code ?? "", code, JSON.stringify([change, results[index]]));
      if (typeof message === "string") assert.equal(results[index].message ?? "", message);
      else assert.match(results[index].message ?? "", message);
    }
  },
});

Deno.test({
  name: "verifySignature() holds AWS's clock against the time of the signature, and says both",
  ignore,
  async fn() {
    await using emulator = await startEmulator(seed);
    for (const minutes of [14, -14]) {
      emulator.setClockOffset(minutes * 60);
      assert.equal((await callWithBotocore(emulator.url, [identity]))[0].code, undefined);
    }
    emulator.setClockOffset(16 * 60);
    const [late] = await callWithBotocore(emulator.url, [identity]);
    assert.equal(late.code, "SignatureDoesNotMatch");
    assert.match(
      late.message!,
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    );
    emulator.setClockOffset(-16 * 60);
    const [early] = await callWithBotocore(emulator.url, [identity]);
    assert.match(early.message!, /^Signature not yet current: \S+ is still later than \S+ \(\S+ \+ 15 min\.\)$/);
  },
});

Deno.test("authenticate() takes signing regions of the account's partition only", async () => {
  await using emulator = await startEmulator(seed);
  const arnIn = async (person: typeof alice | typeof chen | typeof grace, region: string) => {
    const { sts } = clientsFor(emulator, person, region);
    return await sts.send(new GetCallerIdentityCommand()).then(({ Arn }) => Arn, ({ message }) => message);
  };
  assert.equal(await arnIn(chen, "cn-northwest-1"), "arn:aws-cn:iam::111122223333:user/chen");
  assert.equal(await arnIn(grace, "us-gov-east-1"), "arn:aws-us-gov:iam::444455556666:user/grace");
  assert.equal(await arnIn(alice, "cn-north-1"), "Credential should be scoped to a valid region, not 'cn-north-1'. ");
  assert.equal(await arnIn(chen, "us-east-1"), "Credential should be scoped to a valid region, not 'us-east-1'. ");
});

Deno.test("startEmulator() answers an unsigned HEAD with 302 and the Date of its clock", async () => {
  await using emulator = await startEmulator({ ...seed, now: () => 1_700_000_000_000, clockOffsetSeconds: 95 });
  const response = await fetch(emulator.url, { method: "HEAD", redirect: "manual" });
  await response.body?.cancel();
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("date"), "Tue, 14 Nov 2023 22:14:55 GMT");
  assert.equal(response.headers.get("location"), "https://aws.amazon.com/iam");
  const unsigned = await fetch(emulator.url, {
    method: "POST",
    body: new URLSearchParams({ Action: "x", Version: "y" }),
  });
  assert.match(await unsigned.text(), /<Code>InvalidAction<\/Code>/);
});
