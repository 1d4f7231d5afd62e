/**
 * Everything that must hold, on one command (see tests/run): formatting, lint, types, shell lint, and all test files, two at a
 * time on two cores. Shows how far it is; the last line is `N passed, N failed, N skipped`, and the exit code 1 when one failed.
 *
 *     run.ts [--filter TEXT] [FILE|FOLDER …]        only these tests, without the checks
 */
import { parseArgs } from "node:util";
import { findDenort } from "./support/runner/denort.ts";
import { type Job, type Outcome, runJob } from "./support/runner/job.ts";
import { setUp } from "./support/runner/setup.ts";

const { values, positionals } = argumentsOf(Deno.args);
const isWhole = values.filter === undefined && positionals.length === 0;
const root = new URL("..", import.meta.url).pathname;
const interrupted = new AbortController();

function argumentsOf(args: readonly string[]) {
  const usage = "Usage: tests/run [--filter TEXT] [FILE|FOLDER ...]    all tests, or those";
  try {
    const options = { filter: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    if (parsed.values.help) {
      console.log(usage);
      Deno.exit(0);
    }
    for (const path of parsed.positionals) Deno.statSync(path);
    return parsed;
  } catch (error) {
    console.error(`tests/run: ${(error as Error).message}\n${usage}`);
    Deno.exit(64);
  }
}

/** The slow ones first, so that no core idles at the end. */
const slowFirst = ["tests/integration/", "tests/shell/", "tests/support/"];

const checks: readonly Job[] = [
  check("deno fmt --check", ["fmt", "--check"]),
  check("deno lint", ["lint"]),
  check("deno task check", ["task", "check"]),
  check("deno task lint:shell", ["task", "lint:shell"]),
];

function check(name: string, args: readonly string[]): Job {
  return { name, args, isTestFile: false, isAlone: false };
}

/** A file that measures time says so in its first line, `// Runs alone: it measures time.`, and comes when all others are done. */
function testFile(name: string): Job {
  const filter = values.filter === undefined ? [] : [`--filter=${values.filter}`];
  const isAlone = Deno.readTextFileSync(name).startsWith("// Runs alone: ");
  return { name, args: ["test", "--allow-all", "--no-check", "--frozen", ...filter], isTestFile: true, isAlone };
}

function findTestFiles(path: string): readonly string[] {
  if (!Deno.statSync(path).isDirectory) return [path];
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) => {
    const inside = `${path.replace(/\/$/, "")}/${name}`;
    if (isDirectory) return findTestFiles(inside);
    return name.endsWith("_test.ts") ? [inside] : [];
  });
}

function bySlowness(a: string, b: string): number {
  const rank = (name: string) => (slowFirst.findIndex((folder) => name.startsWith(folder)) + 4) % 4;
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** What the tests see of this environment: nothing that leads to the person's own AWS, and none of our settings. */
function environment(more: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject()).filter(([name]) =>
    // RUST_BACKTRACE makes Deno print its own stack below every failed test.
    !/^(AWS_(?!USE_TEST_)|RUST_BACKTRACE$)/.test(name)
  );
  return { ...Object.fromEntries(entries), ...more };
}

async function build(env: Readonly<Record<string, string>>): Promise<boolean> {
  const child = new Deno.Command("./install.sh", { args: ["--build-only"], env: { ...env }, stdin: "null" }).spawn();
  return (await child.status).success;
}

async function runAll(jobs: readonly Job[], env: Readonly<Record<string, string>>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const take = async (waiting: Job[]) => {
    for (let job = waiting.shift(); job !== undefined && !interrupted.signal.aborted; job = waiting.shift()) {
      const outcome = await runJob(job, env, interrupted.signal);
      outcomes.push(outcome);
      tell(`${String(outcomes.length).padStart(String(jobs.length).length)}/${jobs.length}`, job, outcome);
    }
  };
  const side = jobs.filter((job) => !job.isAlone);
  await Promise.all(Array.from({ length: Math.min(navigator.hardwareConcurrency, 4) }, () => take(side)));
  await take(jobs.filter((job) => job.isAlone));
  return outcomes;
}

function tell(place: string, job: Job, { seconds, passed, failed, skipped, notes, output }: Outcome): void {
  const counts = [
    ...failed.length > 0 ? [`${failed.length} FAILED`] : [],
    `${passed} passed`,
    ...skipped.length > 0 ? [`${skipped.length} skipped`] : [],
  ];
  console.log(`[${place}] ${seconds.toFixed(1).padStart(5)} s  ${job.name}: ${counts.join(", ")}`);
  if (output !== "") console.log(output.split("\n").map((line) => `    ${line}`).join("\n"));
  for (const name of failed) console.log(`    FAILED: ${name}`);
  for (const name of skipped) console.log(`    skipped: ${name}`);
  for (const note of notes) console.log(`    ${note}`);
}

async function main(): Promise<number> {
  Deno.chdir(root);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => interrupted.abort());
  }
  const cache = `${Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`}/aws-use-tests`;
  await Deno.mkdir(cache, { recursive: true });
  const setup = await setUp(cache, (line) => console.log(`setting up: ${line}`));
  for (const line of setup.missing) console.log(`missing, and cannot be installed here: ${line}`);
  const denort = await findDenort(cache);
  const env = environment({
    ...setup.env,
    ...denort === undefined ? {} : { DENORT_BIN: denort },
    AWS_USE_TEST_CORE: `${root}build/aws-use`,
    // For the tests that build: with this very Deno.
    AWS_USE_DENO: Deno.execPath(),
  });
  const paths = positionals.length > 0 ? positionals : ["tests"];
  const files = [...new Set(paths.flatMap(findTestFiles))].toSorted(bySlowness);
  const built = await build(env);
  const outcomes = built ? await runAll([...isWhole ? checks : [], ...files.map(testFile)], env) : [];
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const passed = sum((outcome) => outcome.passed);
  const failed = sum((outcome) => outcome.failed.length) + (built ? 0 : 1);
  console.log(`${passed} passed, ${failed} failed, ${sum((outcome) => outcome.skipped.length)} skipped`);
  if (interrupted.signal.aborted) return 130;
  // A run without a single test proves nothing.
  return failed === 0 && passed > 0 ? 0 : 1;
}

Deno.exit(await main());
