import assert from "node:assert/strict";
import { alice } from "./seed.ts";
import { callWithBotocore, hasBotocore } from "./botocore_client.ts";

const program = new URL("main.ts", import.meta.url).pathname;

async function startProgram(...args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", program, "--until-stdin-closes", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  while (output.split("\n").length < 3) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the emulator ended: ${output}`);
    output += value;
  }
  const [url, token] = output.split("\n");
  const control = async (body: unknown, bearer = token) => {
    const init = { method: "POST", headers: { Authorization: `Bearer ${bearer}` }, body: JSON.stringify(body) };
    const response = await fetch(`${url}/_control`, init);
    return { status: response.status, text: await response.text() };
  };
  const stop = async () => {
    await child.stdin.close();
    await reader.cancel();
    return (await child.status).code;
  };
  return { url, control, stop };
}

Deno.test("main.ts serves its control endpoint to the holder of the token, and ends with its starter", async () => {
  const { control, stop } = await startProgram("--clock-offset", "1000");
  const answer = await control({ faults: [{ kind: "throttle" }], settings: { mfaEnableDelaySeconds: 5 } });
  const { now, settings, calls } = JSON.parse(answer.text);
  assert.ok(Math.abs(now - Date.now() - 1_000_000) < 60_000);
  assert.equal(settings.mfaEnableDelaySeconds, 5);
  assert.deepEqual(calls, []);
  assert.equal((await control({}, "wrong")).status, 403);
  assert.equal(await stop(), 0);
});

Deno.test({
  name: "main.ts serves a world from a file, and control changes it",
  ignore: !hasBotocore(),
  async fn() {
    const state = await Deno.makeTempFile({ suffix: ".json" });
    const user = { name: "zoe", keys: [{ id: alice.accessKeyId, secret: alice.secretAccessKey }] };
    await Deno.writeTextFile(state, JSON.stringify({ users: [user], roles: [] }));
    const { url, control, stop } = await startProgram("--state", state);
    try {
      const call = {
        service: "sts",
        operation: "GetCallerIdentity",
        credentials: [alice.accessKeyId, alice.secretAccessKey],
      } as const;
      const [first] = await callWithBotocore(url, [call]);
      assert.equal(first.answer?.Arn, "arn:aws:iam::123456789012:user/zoe");
      await control({ users: { zoe: { keyStatus: "Inactive" } } });
      assert.equal((await callWithBotocore(url, [call]))[0].code, "InvalidClientTokenId");
      const { calls } = JSON.parse((await control({})).text);
      assert.deepEqual(calls.map(({ errorCode }: { errorCode?: string }) => errorCode), [
        undefined,
        "InvalidClientTokenId",
      ]);
    } finally {
      await stop();
      await Deno.remove(state);
    }
  },
});
