/** Ctrl-C in a real terminal, wherever aws-use may be waiting: told, 130, and nothing goes on. */
import assert from "node:assert/strict";
import { type Bench, type BenchOptions, people, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { assertNothingRuns, type CoreTerminal, openCore, until } from "../support/core_terminal.ts";
import { formatSpent } from "../../src/core/totp_window.ts";
import { cacheKey } from "../../src/core/session.ts";

const { alice } = people;

interface Stage {
  readonly name: string;
  readonly options?: BenchOptions;
  readonly words?: readonly string[];
  readonly prepare?: (bench: Bench) => Promise<void> | void;
  /** What stands on the screen when Ctrl-C is pressed. */
  readonly shows: RegExp;
  /** What runs by then: a shell that is just starting a program loses the signal. */
  readonly runs?: string;
  /** How often AWS had been called by then. */
  readonly calls?: readonly string[];
  readonly hint?: string;
}

const withMfaProcess = (command: string) =>
  usualConfig().replace("region = eu-central-1", `region = eu-central-1\nmfa_process = ${command}`);

const stages: readonly Stage[] = [
  { name: "the touch", options: { touch: "manual" }, shows: /touch your YubiKey for profile "admin" \(alice\)/ },
  {
    name: "the touch of a code to show",
    words: ["token", "admin", "--copy"],
    options: { touch: "manual" },
    shows: /touch your YubiKey for profile "admin" \(alice\)/,
    hint: "aws-token admin --copy",
  },
  { name: "ykman looking for a key", options: { keys: [] }, shows: /waiting for ykman to find the YubiKey/ },
  { name: "the typed code", options: { ykman: null }, shows: /MFA code of \S+alice for profile "admin":/ },
  {
    name: "the OATH password",
    options: {
      keys: [{ serial: 1, password: "secret", accounts: [{ name: alice.mfaSerial, secretBase32: alice.mfaSecret }] }],
    },
    shows: /OATH password of the YubiKey:/,
  },
  {
    name: "mfa_process",
    options: { config: withMfaProcess("sleep 50; echo 123456") },
    shows: /mfa_process gives the code/,
    runs: "sleep 50",
  },
  {
    name: "the next window",
    prepare: async (bench) => {
      const name = await cacheKey({ mfaSerial: alice.mfaSerial });
      await Deno.mkdir(`${bench.cache}/windows`, { recursive: true, mode: 0o700 });
      await Deno.chmod(bench.cache, 0o700);
      const spent = formatSpent(alice.mfaSerial, { window: Math.floor(Date.now() / 30_000) + 1, digests: [] });
      await Deno.writeTextFile(`${bench.cache}/windows/${name}`, spent, { mode: 0o600 });
    },
    shows: /the code of this 30 s window is spent; the next one comes in \d+ s/,
  },
  {
    name: "a slow AWS",
    words: ["admin", "--token-code", codeOf()],
    prepare: ({ emulator }) => emulator.faults.add({ kind: "silence", action: "GetSessionToken" }),
    shows: /waiting for 127\.0\.0\.1:\d+ \(GetSessionToken\), for at most 6 s/,
    calls: ["GetSessionToken"],
  },
  {
    name: "the question of a profile that wants to be confirmed",
    options: { config: usualConfig().replace("[profile admin]", "[profile admin]\naws_use_confirm = true") },
    shows: /profile "admin": role \S+ in account 123456789012\. Go on\? \[y\/N\]/,
  },
  { name: "the picker", words: [], shows: /profile:\s*\n> default/, hint: "aws-use" },
];

for (const { name, options, words = ["admin"], prepare, shows, runs, calls = [], hint = "aws-use admin" } of stages) {
  Deno.test(`Ctrl-C at ${name}: 130, told, nothing left running`, async () => {
    await using bench = await startBench(options);
    await prepare?.(bench);
    await using terminal = await openCore(bench, words);
    await terminal.waitFor(shows);
    if (runs) await until(() => terminal.running().some((line) => line.endsWith(runs)));
    await terminal.press("C-c");
    assert.equal(await terminal.exitCode(), 130);
    await assertCancelled(terminal, hint);
    // The keys are checked while a window is waited for, and Ctrl-C may come before that.
    assert.deepEqual(bench.calls().filter((call) => call !== "GetCallerIdentity"), calls);
  });
}

Deno.test("Ctrl-C at the touch: the next call says that the key still waits for it, and then asks for a touch of its own", async () => {
  await using bench = await startBench({ touch: "manual", touchTimeoutMs: 5000 });
  await using first = await openCore(bench, ["admin"]);
  await first.waitFor("touch your YubiKey");
  await until(() => bench.keys.isWaiting() && noteOfTouch(bench) !== null);
  await first.press("C-c");
  assert.equal(await first.exitCode(), 130);

  await using second = await openCore(bench, ["admin"]);
  await second.waitFor(/^the YubiKey still waits for the touch that was cancelled; at most 1[0-5] s …$/m);
  await second.waitFor("touch your YubiKey");
  await bench.keys.touch();
  assert.equal(await second.exitCode(), 0, await second.screen());
  assert.equal(noteOfTouch(bench), null);
});

function noteOfTouch({ cache }: Bench): string | null {
  try {
    return Deno.readTextFileSync(`${cache}/devices/touch`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

Deno.test("Ctrl-C while another aws-use has the device: only the one that waits ends", async () => {
  await using bench = await startBench({ touch: "manual" });
  await using first = await openCore(bench, ["admin"]);
  await first.waitFor("touch your YubiKey");
  await using second = await openCore(bench, ["admin"]);
  await second.waitFor(/waiting for another aws-use, which asks AWS for "\w+", for at most 120 s/);
  await second.press("C-c");
  assert.equal(await second.exitCode(), 130);
  await bench.keys.touch();
  assert.equal(await first.exitCode(), 0);
});

async function assertCancelled(terminal: CoreTerminal, again: string): Promise<void> {
  const screen = await terminal.screen();
  const lines = screen.split("\n").slice(-3);
  assert.deepEqual(lines, [
    "aws-use: error: cancelled",
    `aws-use: hint: nothing has changed in this shell; once more: ${again}`,
    "[exit 130]",
  ]);
  assert.equal(await terminal.wire(), "");
  await assertNothingRuns(terminal);
}
