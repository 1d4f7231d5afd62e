/** One thing that the test run does: a check of all sources, or one test file. */
import { type Counts, readJunit } from "./junit.ts";
import { removeFolder } from "../remove.ts";

export interface Job {
  readonly name: string;
  /** Measures time, and so must have the machine for itself. */
  readonly isAlone: boolean;
  readonly args: readonly string[];
  /** Whether it writes a JUnit report; else its exit code counts as one test. */
  readonly isTestFile: boolean;
}

export interface Outcome extends Counts {
  readonly seconds: number;
  /** What it said, for people: empty unless something failed. */
  readonly output: string;
  /** What a test file says it leaves out here, each on a line that begins with "not tried: ". */
  readonly notes: readonly string[];
}

/** A file that takes longer hangs. */
const limitMs = 480_000;

/** Runs a job with this Deno; never throws for what the job does wrong. */
export async function runJob(
  job: Job,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "test-" });
  // Open to all as /tmp is, for tests that run something as another user.
  await Deno.chmod(folder, 0o1777);
  try {
    const report = `${folder}/report.xml`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [...job.args, ...job.isTestFile ? [`--junit-path=${report}`, job.name] : []],
      clearEnv: true,
      env: { ...env, TMPDIR: folder, NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    const { success, signal: endedBy, stdout, stderr } = await child.output();
    const xml = await Deno.readTextFile(report).catch(() => "");
    const counts = job.isTestFile ? readJunit(xml) : { passed: success ? 1 : 0, failed: [], skipped: [] };
    const trouble = endedBy === null ? "did not end well" : `was ended by ${endedBy} (limit ${limitMs / 1000} s)`;
    const failed = success || counts.failed.length > 0 ? counts.failed : [trouble];
    const seconds = (performance.now() - began) / 1000;
    const text = new TextDecoder();
    const said = text.decode(stdout);
    const notes = said.split("\n").filter((line) => line.startsWith("not tried: "));
    return { ...counts, failed, seconds, notes, output: success ? "" : essence(said + text.decode(stderr)) };
  } finally {
    await removeFolder(folder);
  }
}

/** The reasons alone, where Deno has told them: not the tests that passed, nor the names that the run prints itself. */
function essence(output: string): string {
  return /\n ERRORS \n([\s\S]*?)\n FAILURES \n/.exec(output)?.[1].trim() ?? output.trim();
}
