/** What went wrong, in the words of the exit-code table: a script branches on the code, a person reads the two lines. */
export type FailureKind = keyof typeof exitCodes;

/**
 * Exit code of each kind of failure. Meanings are those of sysexits(3), so that a shell can tell "try again" from "denied";
 * 130 is 128 + SIGINT, what a shell reports for Ctrl-C.
 */
export const exitCodes = {
  usage: 64,
  data: 65,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  io: 74,
  tryAgain: 75,
  denied: 77,
  config: 78,
  cancelled: 130,
} as const;

/** One sentence for each exit code, for `--help` and the README; a test compares them. */
export const exitCodeMeanings: Readonly<Record<number, string>> = {
  0: "done",
  64: "bad arguments",
  65: "an AWS config file cannot be parsed",
  69: "unavailable: no network, no ykman, no YubiKey; status --check with nothing active",
  70: "a bug, or an unexpected message between core and plugin",
  73: "the cache directory is refused or cannot be made",
  74: "a file cannot be read or written",
  75: "try again: throttled, AWS has trouble, clock skew, or a touch is needed and cannot be asked for",
  77: "denied: wrong token code, access denied, touch not given, expired",
  78: "configuration: no such profile, loop in source_profile, no source of credentials, nothing to renew",
  130: "cancelled: Ctrl-C, Esc, an empty answer, or no to a question",
};

/**
 * An error that a person is expected to meet: what failed, with the value at hand, and a command that fixes it.
 * `message` and `hint` start in lower case, end without a period and never contain a secret.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly hint: string;

  constructor(kind: FailureKind, message: string, options: { hint: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "Failure";
    this.kind = kind;
    this.hint = options.hint;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

const nobodyAsked = { name: "nobodyAsked" } as const;

/** The Failure for a code that is needed where nobody may be asked for one. */
export function unasked(message: string, hint: string): Failure {
  return new Failure("tryAgain", message, { hint, cause: nobodyAsked });
}

/** Whether that is why a command failed. */
export function isUnasked(error: unknown): boolean {
  return error instanceof Failure && error.cause === nobodyAsked;
}

const stateIsTold = { name: "stateIsTold" } as const;

/** The Failure for a command that Ctrl-C has cancelled, where more is to be said than that nothing has changed. */
export function cancelledWith(state: string): Failure {
  return new Failure("cancelled", "cancelled", { hint: state, cause: stateIsTold });
}

/** What has changed and how to go on, where the command that ended with `error` tells. */
export function stateTold(error: unknown): string | undefined {
  return error instanceof Failure && error.cause === stateIsTold ? error.hint : undefined;
}
