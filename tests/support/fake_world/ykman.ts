import { totpCode } from "../../../src/core/totp.ts";
import { windowAt } from "../../../src/core/totp_window.ts";
import type { Child, Clock, Processes, SpawnOptions } from "../../../src/world/world.ts";

export interface FakeKey {
  readonly serial: string;
  /** Seeds in base32 by the account's name; a touch is wanted for those of `touch`. */
  readonly accounts: Map<string, string>;
  readonly touch: Set<string>;
  password?: string;
  capacity?: number;
  isPluggedIn: boolean;
}

export interface FakeYkman extends Processes {
  readonly keys: FakeKey[];
  /** Every run: its arguments. */
  readonly runs: (readonly string[])[];
  /** Codes that were handed out. */
  readonly codes: string[];
  /** Milliseconds from the request of a touch to the touch; Infinity for nobody. */
  touchMs: number;
  /** Answers in place of ykman, before it does anything or afterwards. */
  intercept: (args: readonly string[], when: "before" | "after") => Answer | undefined;
}

export interface Answer {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

export function fakeKey(serial: string, more: Partial<FakeKey> = {}): FakeKey {
  return { serial, accounts: new Map(), touch: new Set(), isPluggedIn: true, ...more };
}

/** A key waits that long for a touch. */
const touchTimeoutMs = 15_000;

/** ykman 4.0.9 as far as our calls go, at the time of `clock`: its words, its exit codes, its order of lines on stdin. */
export function fakeYkman(clock: Clock, keys: FakeKey[]): FakeYkman {
  const runs: (readonly string[])[] = [];
  const codes: string[] = [];
  let pid = 100;

  const ykman: FakeYkman = {
    keys,
    runs,
    codes,
    touchMs: 500,
    intercept: () => undefined,
    startTime: () => Promise.resolve(null),
    kill() {},
    running: () => Promise.resolve([]),
    spawn(options: SpawnOptions): Child {
      if (options.command !== "ykman") throw new Error(`unexpected program: ${options.command}`);
      runs.push(options.args);
      const stderr = channel();
      const ended = new AbortController();
      const lines = typeof options.stdin === "object" ? options.stdin.text.split("\n") : [];
      const answer = (async (): Promise<Answer> => {
        const before = ykman.intercept(options.args, "before");
        if (before) return before;
        const real = await run(options.args, lines, stderr.send, ended.signal);
        return ykman.intercept(options.args, "after") ?? real;
      })();
      const status = answer.then(
        ({ code, stderr: text }) => {
          if (text) stderr.send(text);
          stderr.end();
          return { code, signal: null };
        },
        () => {
          stderr.end();
          return { code: 143, signal: "SIGTERM" };
        },
      );
      return {
        pid: pid++,
        stdout: answer.then(({ stdout }) => stdout ?? "", () => ""),
        stderr: stderr.chunks(),
        status,
        kill: () => ended.abort(new Error("killed")),
      };
    },
  };

  async function run(
    args: readonly string[],
    lines: readonly string[],
    err: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Answer> {
    if (args.join(" ") === "list --serials") {
      return { code: 0, stdout: plugged().map(({ serial }) => `${serial}\n`).join("") };
    }
    const at = args.indexOf("--device");
    const words = (at < 0 ? args : args.toSpliced(at, 2)).filter((word) => word !== "--" && word !== "--force");
    if (at < 0 && plugged().length > 1) {
      return failed("Multiple YubiKeys detected. Use --device SERIAL to specify which one to use.");
    }
    const key = at < 0 ? plugged()[0] : plugged().find(({ serial }) => serial === args[at + 1]);
    if (key === undefined) {
      return failed(at < 0 ? "No YubiKey detected!" : `Failed connecting to a YubiKey with serial: ${args[at + 1]}.`);
    }
    if (words[0] === "info") return { code: 0, stdout: "Device type: YubiKey 5A\nFirmware version: 5.4.3\n" };
    const isAdding = words[2] === "add";
    const password = lines[isAdding ? 1 : 0];
    if (key.password !== undefined && password !== key.password) {
      return failed("Authentication to the YubiKey failed. Wrong password?");
    }
    const name = words.at(-1)!;
    switch (words.slice(0, 3).join(" ")) {
      case "oath accounts list":
        return { code: 0, stdout: [...key.accounts.keys()].map((each) => `${each}\n`).join("") };
      case "oath accounts add":
        if (key.accounts.size >= (key.capacity ?? 32)) return failed("No space left on the YubiKey for OATH accounts.");
        if (key.accounts.has(name)) return { code: 1, stderr: "Do you want to overwrite it? [y/N]:Aborted!\n" };
        key.accounts.set(name, lines[0]);
        if (words.includes("--touch")) key.touch.add(name);
        return { code: 0 };
      case "oath accounts delete": {
        const found = matching(key, name);
        if (found !== undefined) key.accounts.delete(found);
        return { code: 0, stdout: found === undefined ? "No matches, nothing to be done.\n" : `Deleted ${found}.\n` };
      }
      case "oath accounts code": {
        const found = matching(key, name);
        if (found === undefined) return { code: 0 };
        // The key fixes the time before it waits for the touch.
        const window = windowAt(clock.nowMs());
        if (key.touch.has(found)) {
          err("Touch your YubiKey...\n");
          await clock.sleep(Math.min(ykman.touchMs, touchTimeoutMs), signal);
          if (ykman.touchMs > touchTimeoutMs) return failed("Touch account timed out!");
        }
        codes.push(await totpCode(key.accounts.get(found)!, window));
        return { code: 0, stdout: `${found}  ${codes.at(-1)}\n` };
      }
      default:
        return { code: 2, stderr: `Usage: ykman\n\nError: unknown: ${words.join(" ")}\n` };
    }
  }

  const plugged = () => keys.filter(({ isPluggedIn }) => isPluggedIn);
  return ykman;
}

function failed(text: string): Answer {
  return { code: 1, stderr: `Error: ${text}\n` };
}

/** The whole name, else one that contains it, without regard to case: ykman's trap. */
function matching({ accounts }: FakeKey, name: string): string | undefined {
  if (accounts.has(name)) return name;
  return [...accounts.keys()].find((each) => each.toLowerCase().includes(name.toLowerCase()));
}

function channel() {
  const waiting: string[] = [];
  let notify = Promise.withResolvers<void>();
  let isOver = false;
  return {
    send(text: string) {
      waiting.push(text);
      notify.resolve();
    },
    end() {
      isOver = true;
      notify.resolve();
    },
    async *chunks() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (isOver) return;
        await notify.promise;
        notify = Promise.withResolvers<void>();
      }
    },
  };
}
