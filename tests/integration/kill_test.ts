import assert from "node:assert/strict";
import { type Bench, core, people, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { processesOf, until, untilSaid } from "../support/proc.ts";

/** What the key of a killed aws-use goes on waiting for; a real one does for 15 s. */
const touchTimeoutMs = 1500;

const ykmansOf = (bench: Bench) => processesOf(bench.home, "/ykman");

async function noteOf(bench: Bench): Promise<string> {
  return await Deno.readTextFile(`${bench.cache}/locks/ykman`);
}

async function assertClean(bench: Bench): Promise<void> {
  await until("no ykman is left", () => ykmansOf(bench).length === 0);
  assert.equal(await noteOf(bench), "");
  assert.deepEqual(await temporaryFiles(bench), []);
}

async function temporaryFiles(bench: Bench): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name: folder, isDirectory } of Deno.readDir(bench.cache)) {
    if (folder.startsWith("~")) found.push(folder);
    if (!isDirectory) continue;
    for await (const { name } of Deno.readDir(`${bench.cache}/${folder}`)) {
      if (name.startsWith("~")) found.push(`${folder}/${name}`);
    }
  }
  return found;
}

Deno.test("killed at any moment, the next call has the credentials and leaves nothing behind", async (t) => {
  await using bench = await startBench({ touchTimeoutMs });
  const startedMs = Date.now();
  assert.equal((await bench.run(["admin"])).code, 0);
  const wholeMs = Date.now() - startedMs;
  const runs = 12;
  for (let run = 0; run < runs; run++) {
    const delayMs = Math.round((run + Math.random()) * wholeMs / runs);
    await t.step(`after ${delayMs} of ${wholeMs} ms`, async () => {
      await Deno.remove(bench.cache, { recursive: true });
      for (const device of bench.emulator.world.devices) device.spentWindows.clear();
      const { child, ended } = bench.start(["admin"]);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      try {
        child.kill("SIGKILL");
      } catch {
        // It was faster this time.
      }
      await ended();
      await forgetWindowIfSpent(bench);
      const { code, stderr } = await bench.run(["admin"]);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /warning|another aws-use/);
      await assertClean(bench);
    });
  }
});

/** A window whose code may have gone out is waited out, up to 30 s; that is seen to happen here and then cut short. */
async function forgetWindowIfSpent(bench: Bench): Promise<void> {
  const names = (folder: string) => {
    try {
      return [...Deno.readDirSync(`${bench.cache}/${folder}`)].filter(({ name }) => !name.startsWith("~")).length;
    } catch {
      return 0;
    }
  };
  if (names("windows") === 0 || names("sessions") > 0) return;
  const { child } = bench.start(["admin"]);
  assert.match(await untilSaid(child, "…\n"), /the code of this 30 s window is spent; the next one comes in \d+ s …\n/);
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  await Deno.remove(`${bench.cache}/windows`, { recursive: true });
  for (const device of bench.emulator.world.devices) device.spentWindows.clear();
}

Deno.test("killed while the key waits: the next call ends the ykman that is left, says so, and waits for the key", async () => {
  await using bench = await startBench({ touch: "manual", touchTimeoutMs });
  const { child, ended } = bench.start(["admin"]);
  assert.ok(await bench.keys.waitTouch());
  const [ykman, ...more] = ykmansOf(bench);
  assert.deepEqual(more, []);
  assert.equal((await noteOf(bench)).split(" ")[0], String(ykman.pid));
  child.kill("SIGKILL");
  await ended();
  assert.deepEqual(ykmansOf(bench).map(({ pid }) => pid), [ykman.pid], "the ykman outlives its aws-use");
  bench.keys.configureTouch({ touch: "auto", touchDelayMs: 0 });
  const { code, stderr } = await bench.run(["admin"]);
  assert.equal(code, 0, stderr);
  const told =
    `aws-use: ended a ykman (process ${ykman.pid}) that a killed aws-use left; the YubiKey may be busy for up to 15 s`;
  assert.equal(stderr.split("\n")[0], told);
  await assertClean(bench);
});

Deno.test("killed while another waits for its lock: the other takes over", async () => {
  await using bench = await startBench({ touch: "manual", touchTimeoutMs });
  const first = bench.start(["admin"]);
  assert.ok(await bench.keys.waitTouch());
  const others = ["admin", "readonly"].map((profile) => bench.start([profile]).ended());
  first.child.kill("SIGKILL");
  await first.ended();
  bench.keys.configureTouch({ touch: "auto", touchDelayMs: 0 });
  for (const { code, stderr } of await Promise.all(others)) assert.equal(code, 0, stderr);
  assert.deepEqual(bench.calls().filter((call) => call === "GetSessionToken").length, 1);
  await assertClean(bench);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} at the touch ends everything at once, and the next call works`, async () => {
    await using bench = await startBench({ touch: "manual", touchTimeoutMs });
    const { child, ended } = bench.start(["admin"]);
    assert.ok(await bench.keys.waitTouch());
    const sentMs = Date.now();
    child.kill(signal);
    const { code, wire, stderr } = await ended();
    assert.ok(Date.now() - sentMs < 1000, `${Date.now() - sentMs} ms`);
    assert.deepEqual([code, wire], [130, ""]);
    assert.match(stderr, /^touch your YubiKey [^\n]*…\naws-use: error: cancelled\naws-use: hint: [^\n]*\n$/);
    await assertClean(bench);
    // The key goes on waiting for that touch. Pulled out and put in again it is free at once.
    bench.keys.remove();
    bench.keys.insert();
    bench.keys.configureTouch({ touch: "auto", touchDelayMs: 0 });
    const next = await bench.run(["admin"]);
    assert.equal(next.code, 0, next.stderr);
    await assertClean(bench);
  });
}

Deno.test("a note about a process that is not that ykman any more harms nobody", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["readonly"])).code, 0);
  const bystander = new Deno.Command("/bin/sleep", { args: ["60"] }).spawn();
  try {
    for (
      const note of [
        `${bystander.pid} 1`,
        `${bystander.pid} `,
        `${bystander.pid}`,
        "1 1",
        "-1 1",
        "x".repeat(2000),
        "\0",
      ]
    ) {
      await Deno.writeTextFile(`${bench.cache}/locks/ykman`, note);
      await Deno.remove(`${bench.cache}/sessions`, { recursive: true });
      await Deno.remove(`${bench.cache}/roles`, { recursive: true });
      await Deno.remove(`${bench.cache}/windows`, { recursive: true });
      for (const device of bench.emulator.world.devices) device.spentWindows.clear();
      const { code, stderr } = await bench.run(["readonly"]);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /ended a ykman/);
    }
    bystander.kill("SIGTERM");
    assert.equal((await bystander.status).signal, "SIGTERM", "it was alive until now");
  } finally {
    await bystander.status;
  }
});

Deno.test("files that a killed writer left half-written are gone after the next call", async () => {
  await using bench = await startBench();
  assert.equal((await bench.run(["readonly"])).code, 0);
  const hash = "0123456789abcdef".repeat(4);
  const named = ["sessions", "roles", "windows", "devices"].map((folder) => `${folder}/~${hash}`);
  const theirs = ["~notes", "roles/~cook"].map((name) => `${bench.cache}/${name}`);
  for (const path of theirs) await Deno.writeTextFile(path, "theirs");
  for (const path of ["~uses", "env/~admin", ...named]) {
    await Deno.writeTextFile(`${bench.cache}/${path}`, "half", { mode: 0o600 });
  }
  const { code, stderr } = await bench.run(["readonly"]);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /warning/);
  for (const path of theirs) {
    assert.equal(await Deno.readTextFile(path), "theirs", "what others have put there is none of ours");
    await Deno.remove(path);
  }
  assert.deepEqual(await temporaryFiles(bench), []);
});

/** The core with a pipe where the plugin listens, as a shell's `$(…)` has it: it ends when nobody holds it any more. */
function startWithPipe(bench: Bench, words: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$@" 3>&1 >/dev/null', "sh", core, ...words],
    clearEnv: true,
    env: { ...bench.env, AWS_USE_FD: "3" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

Deno.test("a shell that waits for its lines does not wait for a ykman that outlives its aws-use", async () => {
  await using bench = await startBench({ touch: "manual", touchTimeoutMs });
  const child = startWithPipe(bench, ["admin"]);
  assert.ok(await bench.keys.waitTouch());
  child.kill("SIGKILL");
  const { stdout } = await child.output();
  assert.equal(stdout.length, 0);
  assert.equal(ykmansOf(bench).length, 1, "the ykman is still there when the shell goes on");
  await until("ykman has given up", () => ykmansOf(bench).length === 0);
});

Deno.test("a shell that waits for its lines does not wait for what an mfa_process leaves in the background", async () => {
  await using bench = await startBench();
  const program = `${bench.home}/code`;
  const script = `#!/bin/sh\nsleep 60 </dev/null >/dev/null 2>&1 &\necho $! >"${bench.home}/pid"\necho ${
    codeOf(people.alice)
  }\n`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  await bench.writeConfig(usualConfig().replace("[default]\n", `[default]\nmfa_process = ${program}\n`));
  const { stdout } = await startWithPipe(bench, ["admin"]).output();
  assert.match(new TextDecoder().decode(stdout), /^AWS_ACCESS_KEY_ID=ASIA/);
  Deno.kill(Number(await Deno.readTextFile(`${bench.home}/pid`)), "SIGKILL");
});
