/** The person always sees that a touch is wanted, and never sits before a silent terminal: issue texts, real terminals. */
import assert from "node:assert/strict";
import { type Bench, type BenchOptions, people, startBench, usualKey } from "../support/bench.ts";
import { openCore, until } from "../support/core_terminal.ts";
import { assertFails } from "../support/failure.ts";

const { alice } = people;
const touchWanted = 'touch your YubiKey for profile "admin" (alice)';

/** Programs in the bench's PATH, each with its text. */
async function install(bench: Bench, programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(`${bench.home}/bin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
}

/** A program that notes its arguments, one a line. */
const noting = (name: string, more = "") => `for a; do printf '${name}: %s\\n' "$a"; done >>"$HOME/notified"; ${more}`;

/** What the notifications said; nobody waits for them, so with `text` it is waited for here. */
async function notified({ home }: Bench, text = ""): Promise<string> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const found = await Deno.readTextFile(`${home}/notified`).catch(() => "");
    if (found.includes(text) || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function touchyBench(options: BenchOptions = {}): Promise<Bench> {
  const bench = await startBench({ touch: "manual", ...options });
  await install(bench, { "notify-send": noting("notify-send") });
  return bench;
}

Deno.test("touch: with streams that are no terminal, on the controlling terminal and on the desktop, and again after 5 s", async () => {
  await using bench = await touchyBench();
  await using terminal = await openCore(bench, ["admin"], { script: '"$@" </dev/null >"$HOME/out" 2>"$HOME/err"' });
  await terminal.waitFor(`${touchWanted}, within 15 s …`);
  await terminal.waitFor(`still waiting: ${touchWanted}; it blinks …`);
  assert.ok(await bench.keys.touch());
  assert.equal(await terminal.exitCode(), 0);
  const options = "notify-send: --app-name=aws-use\nnotify-send: --expire-time=15000\nnotify-send: --\n";
  assert.equal(
    await notified(bench, "still"),
    `${options}notify-send: aws-use\nnotify-send: ${touchWanted}\n` +
      `${options}notify-send: aws-use\nnotify-send: still waiting: ${touchWanted}\n`,
  );
  assert.match(await Deno.readTextFile(`${bench.home}/err`), /^admin as alice@123456789012, \d+m\n$/);
  assert.equal(await Deno.readTextFile(`${bench.home}/out`), "");
});

Deno.test("touch: in a terminal there is no notification", async () => {
  await using bench = await touchyBench();
  await using terminal = await openCore(bench, ["env", "admin", "--format", "json"], { script: '"$@" >"$HOME/out"' });
  await terminal.waitFor(touchWanted);
  assert.ok(await bench.keys.touch());
  assert.equal(await terminal.exitCode(), 0);
  assert.equal(await notified(bench), "");
});

Deno.test("touch: without any terminal, on stderr and on the desktop; AWS_USE_NOTIFY switches the latter off", async () => {
  for (const [setting, wanted] of [[undefined, true], ["", false], ["off", false], ["on", true]] as const) {
    await using bench = await touchyBench({ touch: "auto" });
    const ran = await bench.run(["admin"], { env: setting === undefined ? {} : { AWS_USE_NOTIFY: setting } });
    assert.equal(ran.code, 0);
    assert.ok(ran.stderr.startsWith(`${touchWanted}, within 15 s …\n`), ran.stderr);
    assert.equal(
      (await notified(bench, wanted ? touchWanted : "")).includes(touchWanted),
      wanted,
      `AWS_USE_NOTIFY=${setting}`,
    );
  }
});

Deno.test("touch: where there is no notify-send, osascript gets the text as an argument", async () => {
  await using bench = await startBench();
  await install(bench, { osascript: noting("osascript") });
  assert.equal((await bench.run(["admin"])).code, 0);
  const lines = (await notified(bench, "osascript: aws-use\n")).split("\n");
  assert.deepEqual(lines.slice(-3), [`osascript: ${touchWanted}`, "osascript: aws-use", ""]);
  assert.ok(lines.slice(0, -3).every((line) => !line.includes("admin")));
});

Deno.test("touch: a notification is an extra: one that hangs or fails delays nothing and gets no secret", async () => {
  await using bench = await touchyBench({ touch: "auto" });
  await install(bench, { "notify-send": `env >"$HOME/seen"; exec sleep 30` });
  const startedMs = Date.now();
  const secrets = { AWS_SECRET_ACCESS_KEY: "hidden-1", AWS_SESSION_TOKEN: "hidden-2", AWS_SECURITY_TOKEN: "hidden-3" };
  const ran = await bench.run(["admin"], { env: secrets });
  assert.equal(ran.code, 0);
  assert.ok(Date.now() - startedMs < 25_000, "it waited for the notification");
  assert.doesNotMatch(await Deno.readTextFile(`${bench.home}/seen`), /hidden-|AWS_USE_FD/);
});

Deno.test("touch: a hostile profile name is text in the notification", async () => {
  const name = "a<b>&$(touch pwned)`touch pwned`";
  const config = `[default]\nmfa_serial = ${alice.mfaSerial}\n[profile '${name}']\nsource_profile = default\n` +
    "role_arn = arn:aws:iam::123456789012:role/admin\n";
  await using bench = await touchyBench({ touch: "auto", config });
  assert.equal((await bench.run([name])).code, 0);
  const text = 'touch your YubiKey for profile "a&lt;b&gt;&amp;$(touch pwned)`touch pwned`" (alice)';
  assert.ok((await notified(bench, text)).includes(`notify-send: ${text}\n`), await notified(bench));
  await assert.rejects(Deno.stat(`${bench.home}/pwned`));
});

Deno.test("a key that is pulled out in the middle is named, and the next call works", async () => {
  await using bench = await touchyBench();
  const running = bench.start(["admin"]);
  assert.ok(await bench.keys.waitTouch());
  bench.keys.remove();
  assertFails(await running.ended(), {
    code: 69,
    before: [`${touchWanted}, within 15 s …`],
    error: "the YubiKey was pulled out meanwhile",
    hint: "plug it in again, then: aws-use admin",
  });
  bench.keys.insert();
  bench.keys.configureTouch({ touch: "auto", touchDelayMs: 0, touchTimeoutMs: 15_000 });
  assert.equal((await bench.run(["admin"])).code, 0);
});

Deno.test("a key that scdaemon keeps: it is named, and the call goes on when the key is free", async () => {
  await using bench = await startBench();
  // ykman ends every scdaemon by itself; this one stands for one of another user.
  await install(bench, { pkill: "exit 1" });
  await Deno.copyFile("/bin/sleep", `${bench.home}/scdaemon`);
  const scdaemon = new Deno.Command(`${bench.home}/scdaemon`, { args: ["60"] }).spawn();
  try {
    bench.keys.busy(1);
    const { code, stderr } = await bench.run(["admin"]);
    assert.match(stderr, /^scdaemon has the YubiKey; waiting for at most 17 s …$/m);
    assert.equal(code, 0);
  } finally {
    scdaemon.kill();
    await scdaemon.status;
  }
});

Deno.test("a card that another program resets in the middle is asked once more", async () => {
  await using bench = await startBench();
  bench.keys.resetCard(1);
  const { code } = await bench.run(["admin"]);
  assert.equal(code, 0);
  assert.deepEqual(bench.calls(), ["GetSessionToken", "AssumeRole"]);
});

Deno.test("Ctrl-C at the touch gives the prompt back at once, and the next call has its code when the key is free", async () => {
  await using bench = await startBench({ touch: "manual", touchTimeoutMs: 4000, keys: [usualKey()] });
  {
    await using terminal = await openCore(bench, ["admin"]);
    await terminal.waitFor(touchWanted);
    // ykman says so a moment before the key waits, and we note it a moment later.
    await until(() => bench.keys.isWaiting() && isThere(`${bench.cache}/devices/touch`));
    const pressedMs = Date.now();
    await terminal.press("C-c");
    assert.equal(await terminal.exitCode(), 130);
    const tookMs = Date.now() - pressedMs;
    assert.ok(tookMs < 3000, `the prompt came back after ${tookMs} ms`);
    assert.ok(bench.keys.isWaiting(), "the key itself goes on waiting");
  }
  await using terminal = await openCore(bench, ["admin"]);
  // Nobody touches: the former touch runs out, while the person reads what is waited for.
  await terminal.waitFor(/the YubiKey still waits for the touch that was cancelled; at most 1[0-5] s …/);
  await terminal.waitFor(touchWanted);
  assert.ok(await bench.keys.touch());
  assert.equal(await terminal.exitCode(), 0);
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
