/** What a person reads when a command fails: two lines, the last on stderr, and nothing on stdout or for the shell. */
import assert from "node:assert/strict";
import type { Ran } from "./bench.ts";

export interface Told {
  readonly code: number;
  readonly error: string;
  readonly hint: string;
  /** What stands on stderr before the two lines, without line ends in between; nothing unless said. */
  readonly before?: readonly string[];
}

/** What is told only on a machine that takes longer than a second for it. */
const waiting = /^waiting for .*, for at most \d+ s …$/;

/** What AWS's Date header tells of an offset is a second more or less: it has whole seconds, and takes time to arrive. */
function likeClock(line: string, wanted: string | undefined): string {
  const clock = /(?<=clock is )\d+(?= s)/;
  const [is, should] = [line, wanted ?? ""].map((text) => Number(clock.exec(text)?.[0]));
  return Math.abs(is - should) === 1 ? line.replace(clock, String(should)) : line;
}

/** Asserts that `ran` failed with exactly these lines, lines about waiting aside. */
export function assertFails(ran: Ran, { code, error, hint, before = [] }: Told): void {
  const lines = [...before, `aws-use: error: ${error}`, `aws-use: hint: ${hint}`];
  const stderr = ran.stderr.split("\n").filter((line) => !waiting.test(line));
  assert.deepEqual(
    {
      stderr: stderr.map((line, index) => likeClock(line, lines[index])),
      stdout: ran.stdout,
      wire: ran.wire,
      code: ran.code,
    },
    { stderr: [...lines, ""], stdout: "", wire: "", code },
  );
}
