/**
 * What a command may do to the world, as small interfaces: tests hand in their own, `main.ts` builds the real one.
 * Instants are milliseconds since 1970 (`…Ms`) or whole seconds since 1970 (`…At`), spans are milliseconds.
 */
import type { Aws } from "./aws.ts";

export interface Clock {
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the reason of `signal`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The environment of this process; an empty value counts as unset, as it does for botocore's lookups. */
export interface Environment {
  get(name: string): string | undefined;
  all(): Readonly<Record<string, string>>;
}

export interface FileStatus {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isLink: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly modifiedMs: number;
}

export interface Lock {
  /** The lock's file, in which a note for the next holder may stand; null where there is no lock to be had. */
  readonly path: string | null;
  /** Notes `text` in place of what was noted before. */
  note(text: string): Promise<void>;
  /** Empties the note. */
  clear(): Promise<void>;
  release(): void;
}

export interface Files {
  /** Text of a file, or null where there is none. Throws what the system says otherwise. */
  readText(path: string): Promise<string | null>;
  /** Bytes of a file, or null where there is none. Throws what the system says otherwise. */
  readBytes(path: string): Promise<Uint8Array | null>;
  /** Status, without following a link unless told to `follow` it, or null where there is nothing. */
  status(path: string, options?: { readonly follow?: boolean }): Promise<FileStatus | null>;
  /** Where `path` leads when every link is followed, or null where there is nothing. */
  realPath(path: string): Promise<string | null>;
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Names in a directory; empty where there is none. */
  names(path: string): Promise<string[]>;
  /**
   * Writes a new file `~NAME` beside `path` with `mode` and renames it over `path`, which then was modified `modifiedMs`
   * (milliseconds since 1970) or now. Two at once must be kept apart.
   */
  replace(path: string, text: string, mode: number, modifiedMs?: number): Promise<void>;
  append(path: string, text: string, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
  /**
   * Takes the advisory lock on `path`, waiting for it, and returns it with what its former holder noted. One on an
   * `existing` file needs no right to write; its note cannot be changed.
   */
  lock(
    path: string,
    options?: { readonly existing?: boolean },
  ): Promise<{ readonly lock: Lock; readonly noted: string }>;
}

export interface Child {
  readonly pid: number;
  readonly stdout: Promise<string>;
  /** Chunks of text as they arrive. */
  readonly stderr: AsyncIterable<string>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: string): void;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of the child. */
  readonly env?: Readonly<Record<string, string>>;
  /** Taken out of the environment of the child. */
  readonly unset?: readonly string[];
  /** Text to hand over, the terminal of the person, or nothing at all. */
  readonly stdin?: { readonly text: string } | "terminal" | "null";
  /** `terminal`: the child speaks to the person itself. */
  readonly stderr?: "piped" | "terminal";
  /** The child's output is thrown away: for one that leaves a process behind, which would keep our pipe open. */
  readonly silent?: true;
  /** A file in which `PID START_TIME` of the program is written before it begins. */
  readonly noteIn?: string;
}

export interface Processes {
  /** Starts a program; throws the system's NotFound where there is none of that name. */
  spawn(options: SpawnOptions): Child;
  /** Start time of a process as the kernel tells it (an opaque text), or null where there is no such process. */
  startTime(pid: number): Promise<string | null>;
  kill(pid: number, signal: string): void;
  /** Those of the programs `names` that run now, whoever started them. */
  running(names: readonly string[]): Promise<readonly string[]>;
}

/** A line on the terminal that is replaced in place and gone in the end; elsewhere each new text is one line. */
export interface Progress {
  show(text: string): void;
  end(): void;
}

export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "up" | "down" | "enter" | "escape" | "backspace" | "interrupt" | "clear" | "pageUp" | "pageDown" };

export interface Terminal {
  /** Whether a person can be asked: there is a terminal to read from and one to write to. */
  readonly interactive: boolean;
  /** Whether stderr is a terminal; where it is none, the person may look elsewhere. */
  readonly inSight: boolean;
  readonly color: boolean;
  readonly columns: number;
  readonly rows: number;
  /** One line for the person: on stderr, or on the controlling terminal where stderr is none. */
  say(line: string): void;
  progress(): Progress;
  /** A typed line, or null at the end of input. `secret` does not echo. */
  ask(question: string, options?: { secret?: boolean }): Promise<string | null>;
  /** Keys as they are pressed from now on, unechoed, until the caller stops iterating; the terminal is put back then. */
  keys(): AsyncIterable<Key>;
  /** Draws raw text, for a widget that owns the lines below the cursor. */
  draw(text: string): void;
}

export interface Output {
  /** The answer: what one would pipe. */
  out(text: string): void;
  /** Everything else, for people and logs. */
  err(line: string): void;
  /** Lines for the shell plugin, or null where none listens. */
  readonly wire: ((lines: string) => void) | null;
}

export interface World {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly files: Files;
  readonly terminal: Terminal;
  readonly output: Output;
  /** Loads what starts other programs; a command that starts none never calls it. */
  processes(): Promise<Processes>;
  /** Aborted by Ctrl-C or a termination signal. */
  readonly signal: AbortSignal;
  /** From now on Ctrl-C leaves this many milliseconds to put things right, in place of the usual few seconds. */
  allowUndoing(limitMs: number): void;
  readonly uid: number | null;
  /** This process as a person finds it: `process 4711 on /dev/pts/3`, without the terminal where that has no name. */
  readonly whereabouts: string;
  loginName(): Promise<string>;
  /** Loads the AWS clients; a command that needs no AWS never calls it. `caCerts` are PEM texts to trust besides. */
  aws(caCerts: readonly string[]): Promise<Aws>;
}
