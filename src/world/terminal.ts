/** The terminal of the person: prompts, progress and keys. Everything goes to stderr or, where that is none, to the controlling terminal. */
import { shown } from "../core/text.ts";
import type { Channels } from "./channels.ts";
import type { Key, Progress, Terminal } from "./world.ts";

interface Stream {
  readSync(buffer: Uint8Array): number | null;
  read(buffer: Uint8Array): Promise<number | null>;
  setRaw(mode: boolean, options?: Deno.SetRawOptions): void;
}

/** The terminal, and a function that puts it back as it was, to be called before the program ends. */
export function denoTerminal(
  channels: Channels,
  signal: AbortSignal,
  color: boolean,
  /** The shell does not wait for us after Ctrl-C: then what is on the screen is its prompt. */
  isLeftBehind: boolean,
): { terminal: Terminal; restore: () => void } {
  const onTerminal = Deno.stderr.isTerminal();
  const writer = onTerminal ? Deno.stderr : channels.terminal ?? Deno.stderr;
  const reader: Stream | null = Deno.stdin.isTerminal() ? Deno.stdin : channels.terminal;
  const isTerminal = onTerminal || channels.terminal !== null;
  const write = (text: string) => {
    if (!(signal.aborted && isLeftBehind)) writeAll(writer, text);
  };
  let raw = false;
  let unfinished = false;

  const setRaw = (mode: boolean) => {
    if (!reader || raw === mode) return;
    reader.setRaw(mode, { cbreak: mode }); // cbreak: Ctrl-C stays a signal
    raw = mode;
  };
  const size = () => {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: 80, rows: 24 };
    }
  };

  const terminal: Terminal = {
    interactive: reader !== null && isTerminal,
    inSight: onTerminal,
    color,
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
    say: (line) => write(`${shown(line, 2000)}\n`),
    progress: () => isTerminal ? liveProgress() : plainProgress(write),
    async ask(question, options = {}) {
      if (!reader) return null;
      // Before the question: who types ahead shall not see a secret either.
      if (options.secret) setRaw(true);
      if (unfinished) write("\r\x1b[2K");
      write(`${shown(question, 2000)} `);
      try {
        const line = await readLine(reader, signal);
        // Nobody has pressed Enter, and what is told next begins a line.
        if (line === null && !options.secret) write("\n");
        return line;
      } finally {
        if (options.secret) setRaw(false);
        if (signal.aborted && isTerminal) write("\r\x1b[2K");
        else if (options.secret) write("\n");
      }
    },
    keys() {
      // At once, not at the first key: what is typed before would be echoed into what the caller draws.
      setRaw(true);
      return readKeys();
    },
    draw: write,
  };

  async function* readKeys(): AsyncIterable<Key> {
    if (!reader) return;
    const chunks = chunksOf(reader, signal);
    try {
      for (let chunk = await chunks.next(); chunk; chunk = await chunks.next()) {
        let { typed } = chunk;
        // Its rest is on the way, or this was the Esc key: nothing but time tells.
        while (endsInSequence.test(typed)) {
          const rest = await chunks.next(sequencePauseMs);
          if (!rest) break;
          typed += rest.typed;
        }
        yield* keysIn(typed);
      }
    } finally {
      setRaw(false);
    }
  }

  function liveProgress(): Progress {
    let last = "";
    return {
      show(text) {
        const line = shown(text, 2000);
        if (line === last) return;
        last = line;
        unfinished = true;
        write(`\r\x1b[2K${line.slice(0, Math.max(20, size().columns - 1))}`);
      },
      end() {
        if (last) write("\r\x1b[2K");
        last = "";
        unfinished = false;
      },
    };
  }

  return {
    terminal,
    restore() {
      setRaw(false);
      if (unfinished) write("\r\x1b[2K");
    },
  };
}

/** Where there is no terminal each text is a line, once: a countdown differs only in its numbers and is told once. */
export function plainProgress(write: (text: string) => void): Progress {
  const told = new Set<string>();
  return {
    show(text) {
      const line = shown(text, 2000);
      const gist = line.replace(/\d+/g, "0");
      if (told.has(gist)) return;
      told.add(gist);
      write(`${line}\n`);
    },
    end() {},
  };
}

async function readLine(reader: Stream, signal: AbortSignal): Promise<string | null> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(256);
  for (;;) {
    const count = await abortable(reader.read(buffer), signal);
    if (count === null) return bytes.length ? new TextDecoder().decode(Uint8Array.from(bytes)) : null;
    for (const byte of buffer.subarray(0, count)) {
      if (byte === 0x0a || byte === 0x0d) return new TextDecoder().decode(Uint8Array.from(bytes));
      if (byte === 0x04 && bytes.length === 0) return null;
      if (byte === 0x7f || byte === 0x08) bytes.pop();
      else bytes.push(byte);
    }
  }
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** How long the bytes of one key may be apart, on a slow line. */
const sequencePauseMs = 50;

const endsInSequence = /\x1b(?:[[O][0-9;]*)?$/;

/** What is typed, as it arrives: null at the end, undefined where nothing came within `limitMs`. */
function chunksOf(reader: Stream, signal: AbortSignal) {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  let reading: Promise<{ readonly typed: string } | null> | undefined;
  return {
    async next(limitMs?: number): Promise<{ readonly typed: string } | null | undefined> {
      // Half a character gives an empty text, and its other half the whole one.
      reading ??= reader.read(buffer).then((count) =>
        count === null ? null : { typed: decoder.decode(buffer.subarray(0, count), { stream: true }) }
      );
      const limit = Promise.withResolvers<undefined>();
      const timer = limitMs === undefined ? undefined : setTimeout(() => limit.resolve(undefined), limitMs);
      try {
        const chunk = await abortable(Promise.race([reading, limit.promise]), signal);
        if (chunk !== undefined) reading = undefined;
        return chunk;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Keys in what one read returned. A lone ESC is the key; ESC [ starts a sequence of the terminal. */
export function* keysIn(text: string): Iterable<Key> {
  for (const [part] of text.matchAll(/\x1b[[O][0-9;]*[A-Za-z~]|\x1b|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g)) {
    const kind = special[part];
    if (kind) yield { kind };
    else if (part >= " " && part !== "\x7f") yield { kind: "text", text: part };
  }
}

const special: Readonly<Record<string, Exclude<Key["kind"], "text">>> = {
  "\x1b": "escape",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x10": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x0e": "down",
  "\x1b[5~": "pageUp",
  "\x1b[6~": "pageDown",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "interrupt",
  "\x04": "escape",
  "\x15": "clear",
};

function writeAll(writer: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += writer.writeSync(bytes.subarray(at));
  } catch {
    // The reader of our messages is gone; the work goes on.
  }
}
