import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { denoProcesses } from "../../src/world/processes.ts";
import type { Child, Clock, SpawnOptions } from "../../src/world/world.ts";
import { codeFromYubiKey, type YkmanWorld } from "../../src/world/ykman.ts";
import { environmentOf, fastClock } from "../support/ykmans.ts";

const mfaSerial = "arn:aws:iam::123456789012:mfa/alice";
const never = new AbortController().signal;

Deno.test("codeFromYubiKey() hands ykman no secret but on stdin", async () => {
  const spawned: SpawnOptions[] = [];
  const world = fakeWorld({
    variables: {
      PATH: "/bin",
      AWS_SECRET_ACCESS_KEY: "hunter2",
      AWS_USE_PROFILE: "admin",
      GITHUB_TOKEN: "hunter2",
      DB_PASSWORD: "hunter2",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus",
    },
    spawn: (options) => {
      spawned.push(options);
      return child({ stdout: `${mfaSerial}  123456\n` });
    },
  });
  const { code } = await codeFromYubiKey(world, { mfaSerial, password: "hunter2", signal: never });
  assert.equal(code, "123456");
  assert.deepEqual(spawned, [{
    command: "ykman",
    args: ["oath", "accounts", "code", "--", mfaSerial],
    unset: ["AWS_SECRET_ACCESS_KEY", "AWS_USE_PROFILE", "GITHUB_TOKEN", "DB_PASSWORD"],
    stdin: { text: "hunter2\n" },
  }]);
});

Deno.test("codeFromYubiKey() runs a ykman that finds no AWS_ variable in its environment", async () => {
  const directory = await Deno.makeTempDir();
  const variables = { AWS_SESSION_TOKEN: "hunter2", AWS_USE_YKMAN: `${directory}/ykman` };
  await Deno.writeTextFile(
    variables.AWS_USE_YKMAN,
    `#!/bin/sh\nenv >"${directory}/env"\necho "${mfaSerial}  123456"\n`,
    { mode: 0o755 },
  );
  const world = { ...fakeWorld({ variables }), processes: denoProcesses };
  try {
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    assert.equal((await codeFromYubiKey(world, { mfaSerial, signal: never })).code, "123456");
    const seen = await Deno.readTextFile(`${directory}/env`);
    assert.match(seen, /^PATH=/m);
    assert.doesNotMatch(seen, /AWS_SESSION_TOKEN|AWS_USE_YKMAN|hunter2/);
  } finally {
    for (const name of Object.keys(variables)) Deno.env.delete(name);
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("codeFromYubiKey() says how to install ykman, or which variable names a wrong one", async () => {
  const missing = "/nonexistent/ykman";
  for (
    const [variables, message] of [
      [{ PATH: "/nonexistent" }, "cannot run ykman: it is not installed"],
      [{ PATH: "/nonexistent", WSL_DISTRO_NAME: "Debian" }, "cannot run ykman: it is not installed"],
      [{ AWS_USE_YKMAN: missing }, `cannot run "${missing}", which AWS_USE_YKMAN names`],
    ] as const
  ) {
    const spawn = (options: SpawnOptions) => denoProcesses.spawn({ ...options, env: { PATH: "/nonexistent" } });
    const error = await failure(codeFromYubiKey(fakeWorld({ variables, spawn }), { mfaSerial, signal: never }));
    assert.equal(error.message, message);
    assert.equal(error.exitCode, 69);
  }
});

Deno.test("codeFromYubiKey() uses the ykman of Windows in WSL", async () => {
  const world = fakeWorld({
    variables: { WSL_DISTRO_NAME: "Debian" },
    spawn: ({ command }) => {
      if (command === "ykman") throw new Deno.errors.NotFound("no ykman");
      assert.equal(command, "ykman.exe");
      return child({ stdout: `${mfaSerial}  123456\r\n` });
    },
  });
  assert.equal((await codeFromYubiKey(world, { mfaSerial, signal: never })).code, "123456");
});

Deno.test("codeFromYubiKey() ends a ykman that says nothing for 30 s", async () => {
  const killed: string[] = [];
  const world = fakeWorld({ clock: fastClock(1_000), spawn: () => child({ isSilent: true, killed }) });
  const error = await failure(codeFromYubiKey(world, { mfaSerial, signal: never }));
  assert.equal(error.message, "ykman gave no answer within 30 s");
  assert.equal(error.exitCode, 69);
  assert.deepEqual(killed, ["SIGTERM"]);
});

Deno.test("codeFromYubiKey() ends a ykman that has waited for its touch for 25 s", async () => {
  const killed: string[] = [];
  const world = fakeWorld({
    clock: fastClock(1_000),
    spawn: () => child({ stderr: ["Touch your ", "YubiKey...\n"], isSilent: true, killed }),
  });
  let touches = 0;
  const error = await failure(codeFromYubiKey(world, { mfaSerial, signal: never, onTouchWanted: () => touches++ }));
  assert.equal(error.message, "ykman gave no answer within 25 s");
  assert.equal(touches, 1);
  assert.deepEqual(killed, ["SIGTERM"]);
});

Deno.test("codeFromYubiKey() starts nothing when it is cancelled before, and ends with what the signal says", async () => {
  const reason = new Failure("cancelled", "cancelled", { hint: "run the command again" });
  const world = fakeWorld({ spawn: () => assert.fail("started") });
  const work = codeFromYubiKey(world, { mfaSerial, signal: AbortSignal.abort(reason) });
  assert.equal(await failure(work), reason);
});

Deno.test("codeFromYubiKey() is cancelled during its pause before it asks a busy key again", async () => {
  const interrupt = new AbortController();
  const world = fakeWorld({ spawn: () => child({ stderr: ["ERROR: Failed to connect to YubiKey.\n"], code: 1 }) });
  const work = codeFromYubiKey(world, { mfaSerial, signal: interrupt.signal, onBusy: () => interrupt.abort() });
  assert.equal((await failure(work)).exitCode, 130);
});

Deno.test("codeFromYubiKey() lets an error through that is none of ykman's", async () => {
  const world = fakeWorld({
    spawn: () => {
      throw new Deno.errors.PermissionDenied("may not run");
    },
  });
  await assert.rejects(codeFromYubiKey(world, { mfaSerial, signal: never }), /may not run/);
});

interface Fake {
  readonly variables?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly spawn?: (options: SpawnOptions) => Child;
}

function fakeWorld({ variables = {}, clock = fastClock(1), spawn }: Fake): YkmanWorld {
  return {
    clock,
    environment: environmentOf(variables),
    processes: { ...denoProcesses, spawn: spawn ?? (() => assert.fail("started")) },
  };
}

interface FakeChild {
  readonly stdout?: string;
  readonly stderr?: readonly string[];
  readonly code?: number;
  /** Neither answers nor ends. */
  readonly isSilent?: boolean;
  readonly killed?: string[];
}

function child({ stdout = "", stderr = [], code = 0, isSilent = false, killed = [] }: FakeChild): Child {
  const pending = Promise.withResolvers<never>().promise;
  return {
    pid: 1,
    stdout: isSilent ? pending : Promise.resolve(stdout),
    stderr: ReadableStream.from(stderr),
    status: isSilent ? pending : Promise.resolve({ code, signal: null }),
    kill: (signal) => void killed.push(signal),
  };
}

async function failure(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(() => undefined, (reason) => reason);
  assert.ok(error instanceof Failure, `a Failure, not ${error}`);
  return error;
}
