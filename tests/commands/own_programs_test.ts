/** Programs of the person's desktop and settings that do not end: told, limited, ended. */
import assert from "node:assert/strict";
import { ykmanFailure } from "../../src/core/ykman_failure.ts";
import { copy } from "../../src/engine/clipboard.ts";
import { unlocked } from "../../src/engine/oath_password.ts";
import { Failure } from "../../src/errors.ts";
import { fakeChild, fakeWorld } from "../support/fake_world.ts";

const nowMs = Date.UTC(2026, 0, 1);

function missing(command: string): never {
  throw new Deno.errors.NotFound(`there is no program ${command}`);
}

Deno.test("copy() ends a program whose desktop does not answer after 5 s, and takes the next one", async () => {
  const killed: string[] = [];
  const fake = fakeWorld({
    nowMs,
    env: { WAYLAND_DISPLAY: "wayland-0", DISPLAY: ":0" },
    spawn({ command, stdin }) {
      assert.deepEqual(stdin, { text: "123456" });
      const onKill = (signal: string) => void killed.push(`${command} ${signal}`);
      if (command === "wl-copy") return fakeChild(null, onKill);
      return command === "xclip" ? fakeChild("", onKill) : missing(command);
    },
  });
  assert.equal(await copy("123456", "aws-token", fake.world), "xclip");
  assert.equal(fake.clock.elapsedMs(), 5000);
  assert.deepEqual(fake.seen, ["waiting for wl-copy, for at most 5 s …"]);
  assert.equal(killed[0], "wl-copy SIGTERM");
});

Deno.test("copy() starts no other program once it is cancelled", async () => {
  const started: string[] = [];
  const killed: string[] = [];
  const fake = fakeWorld({
    nowMs,
    env: { DISPLAY: ":0" },
    spawn({ command }) {
      started.push(command);
      fake.cancel.abort(new DOMException("cancelled", "AbortError"));
      return fakeChild(null, (signal) => void killed.push(signal));
    },
  });
  await assert.rejects(copy("123456", "aws-token", fake.world), { name: "AbortError" });
  assert.deepEqual([started, killed], [["pbcopy"], ["SIGTERM"]]);
});

Deno.test("unlocked() ends a password command after 60 s, and has said so at its start", async () => {
  const killed: string[] = [];
  const fake = fakeWorld({
    nowMs,
    env: { AWS_USE_YKMAN_PASSWORD_COMMAND: "pass yubikey" },
    spawn: () => fakeChild(null, (signal) => void killed.push(signal)),
  });
  const { world } = fake;
  const ykman = { processes: await world.processes(), clock: world.clock, environment: world.environment };
  const ask = () => Promise.reject(ykmanFailure({ name: "passwordMissing" }, { mfaSerial: "arn" }));
  await assert.rejects(
    unlocked({ world, ykman, signal: world.signal, whileAsking: (question) => question() }, ask),
    (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.message, "AWS_USE_YKMAN_PASSWORD_COMMAND gave no password within 60 s");
      return true;
    },
  );
  assert.equal(fake.clock.elapsedMs(), 60_000);
  assert.deepEqual(killed, ["SIGTERM"]);
  assert.deepEqual(fake.seen, ["aws-use: AWS_USE_YKMAN_PASSWORD_COMMAND gives the OATH password, within 60 s"]);
});
