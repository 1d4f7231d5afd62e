/** Runs a table of cases in a shell: one process a case, in a folder of its own. */
import assert from "node:assert/strict";
import { pluginFile, quoteWords, script, type Shell, shellsOf } from "./adapters.ts";
import type { Case, World } from "./case.ts";
import { atNow, callsOf, installFakeCore, parseEnvironment } from "./fake_core.ts";
import type { Family } from "./adapters.ts";
import { quietFish } from "../support/quiet_home.ts";
import { removeFolder } from "../support/remove.ts";

/** Registers a test for each case in each mode of each shell of the family. */
export function testContract(family: Family, cases: readonly Case[]): void {
  for (const shell of shellsOf(family)) {
    for (const each of cases.filter((each) => applies(shell, each))) {
      Deno.test(`${shell.name}: ${each.name}`, () => runCase(shell, each));
    }
  }
}

function applies(shell: Shell, { type, only }: Case): boolean {
  if (shell.wordsOnly && type.some((line) => !Array.isArray(line))) return false;
  return only?.(shell) ?? true;
}

/** A fresh world with a fake core; the folder is the test's to remove. */
export async function makeWorld(family: Family, each: Pick<Case, "core" | "arrange">): Promise<World> {
  const folder = await Deno.makeTempDir({ prefix: "aws-use-shell-" });
  const world = {
    folder,
    home: `${folder}/home`,
    bin: `${folder}/bin`,
    cache: `${folder}/cache`,
    plugin: pluginFile(family),
  };
  for (const path of [world.home, world.bin, `${folder}/core`]) Deno.mkdirSync(path);
  await quietFish(world.home);
  installFakeCore(`${world.bin}/aws-use`, `${folder}/core`, each.core ?? [{}]);
  each.arrange?.(world, family);
  return world;
}

/** The whole environment of a shell in that world. */
export function environmentOf(world: World): Record<string, string> {
  return {
    HOME: world.home,
    PATH: `${world.bin}:/usr/local/bin:/usr/bin:/bin`,
    LANG: "C.UTF-8",
    TERM: "xterm",
    HISTFILE: "/dev/null",
    AWS_USE_CACHE_DIR: world.cache,
    FAKE_CORE: `${world.folder}/core`,
    PLUGIN: world.plugin,
  };
}

/** Runs one case in a shell; throws where it differs. */
export async function runCase(shell: Shell, each: Case): Promise<void> {
  const world = await makeWorld(shell.family, each);
  try {
    const dump = `${world.folder}/environment`;
    const lines = each.type.map((line) => lineIn(shell, line));
    Deno.writeTextFileSync(`${world.folder}/script`, script(shell, lines, { plugin: world.plugin, dump }));
    const child = new Deno.Command(shell.program, {
      args: [...shell.flags, ...(each.isInteractive ? ["-i"] : []), `${world.folder}/script`],
      clearEnv: true,
      env: { ...environmentOf(world), ...beforeOf(each, world) },
      cwd: world.folder,
      stdin: each.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (each.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(each.stdin));
      await writer.close();
    }
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const seen = { stdout: text(stdout), stderr: text(stderr), status: code };
    const { after } = each;
    const context = JSON.stringify(seen);
    matches(seen.stderr, after.stderr ?? "", context);
    matches(seen.stdout, after.stdout ?? "", context);
    assert.equal(code, after.status ?? 0, context);
    // A zsh that ends at a failing function runs no trap, and there is no shell left to look at.
    if (shell.family !== "zsh" || !shell.name.endsWith("strict") || code === 0) {
      assertVariables(parseEnvironment(Deno.readTextFileSync(dump)), after.env ?? {}, "the shell's environment");
    }
    if (after.calls) {
      const calls = callsOf(`${world.folder}/core`);
      assert.deepEqual(calls.map(({ argv }) => argv), after.calls.map(({ argv }) => argv));
      after.calls.forEach(({ env = {} }, i) => {
        const wanted = Object.entries(env).map((
          [name, value],
        ) => [name, value && value.replace("{folder}", world.folder)]);
        assertVariables(calls[i].env, Object.fromEntries(wanted), `the environment of call ${i + 1}`);
      });
    }
    const found = [...Deno.readDirSync(world.folder)].map(({ name }) => name);
    assert.ok(!found.includes("pwned"), "something was executed that is data");
  } finally {
    await removeFolder(world.folder);
  }
}

function beforeOf({ before = {} }: Case, { folder }: World): Record<string, string> {
  const valueOf = (value: string) => atNow(value).replace("{folder}", folder);
  return Object.fromEntries(Object.entries(before).map(([name, value]) => [name, valueOf(value)]));
}

function lineIn(shell: Shell, line: Case["type"][number]): string {
  if (typeof line === "string") return line;
  if (Array.isArray(line)) return quoteWords(shell.family, line);
  return (line as Readonly<Record<Family, string>>)[shell.family];
}

function matches(actual: string, expected: string | RegExp, context: string): void {
  if (typeof expected === "string") assert.equal(actual, expected, `${JSON.stringify(expected)} wanted in ${context}`);
  else assert.match(actual, expected);
}

function assertVariables(
  actual: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string | null>>,
  what: string,
): void {
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, actual[name] ?? null]));
  assert.deepEqual(seen, expected, what);
}
