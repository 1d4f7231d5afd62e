/**
 * What each verb may do to the world, tried by a dependency that is hostile: a build of aws-use in which everything behind
 * `main.ts` first tries to connect, to start programs, to write files and to load libraries, when it is loaded and when it
 * is run. The build is that of install.sh, and every call has a terminal on which it could ask "Allow?".
 */
import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { type Powers, powersOf, verbOf, verbs } from "../../src/cli.ts";
import { type Bench, startBench } from "../support/bench.ts";
import { openCore } from "../support/core_terminal.ts";
import type { Prey } from "../support/intruder/attempts.ts";

const repository = new URL("../..", import.meta.url).pathname;

/** Every verb as it is, with each flag that brings powers, and what is no verb. */
const calls: readonly (readonly string[])[] = [
  ...verbs.flatMap((verb) => [
    [verb.name, ...(verb.argument ? ["admin"] : [])],
    ...Object.keys(verb.powersWith ?? {}).map((flag) => [verb.name, `--${flag}`]),
  ]),
  ["admin"],
  ["--version"],
  ["--help"],
  ["use", "--help"],
  ["status", "--", "--check"],
];

/** Those that the documentation promises to be harmless. */
const promised: readonly (readonly string[])[] = [
  ["list"],
  ["status"],
  ["clear", "admin"],
  ["init", "admin"],
  ["--help"],
  ["use", "--help"],
  ["status", "--", "--check"],
];

Deno.test("what the documentation promises to be harmless has no network and starts no process", () => {
  for (const words of promised) {
    assert.ok(calls.some((call) => call.join(" ") === words.join(" ")), `${words.join(" ")} is tried below`);
    const { network, processes } = powersFor(words);
    assert.deepEqual([network, processes], [undefined, undefined], words.join(" "));
  }
});

async function runOnTerminal(bench: Bench, program: string, words: readonly string[], prey: Prey): Promise<void> {
  await using terminal = await openCore(bench, words, {
    env: { AWS_USE_TEST_INTRUDER: JSON.stringify(prey) },
    script: `shift; '${program}' "$@"`,
  });
  await terminal.exitCode();
  assert.doesNotMatch(await terminal.screen(), /Deno requests|Allow\?|Uncaught/);
}

function assertWithin(powers: Powers, seen: Seen): void {
  const made = (kind: string) => seen.marks.some((mark) => mark.startsWith(`${kind}-`));
  assert.deepEqual(
    {
      network: seen.connections > 0 || seen.datagrams > 0,
      processes: made("process") || !seen.bystanderLives,
      writes: made("write") || seen.changed.length > 0,
      libraries: made("library"),
    },
    {
      network: powers.network === true,
      processes: powers.processes === true,
      writes: powers.writes === true,
      libraries: false,
    },
    `${seen.marks} ${seen.changed}`,
  );
  // To Deno a Unix socket is a file, so who may write may reach one.
  if (!powers.network && !powers.writes) assert.equal(seen.unixConnections, 0);
  // Nothing of this is so because the attempts ended early.
  for (const time of ["load", "run"]) {
    if (powers.writes || powers.processes) assert.ok(seen.marks.some((mark) => mark.endsWith(`-${time}`)), time);
  }
}

function powersFor(words: readonly string[]): Powers {
  const { verb, rest } = verbOf(words);
  return powersOf(verb, rest);
}

Deno.test("no verb can do more than the command table says, whatever a dependency tries", async (t) => {
  await using bench = await startBench();
  const intruded = await buildWithIntruder();
  try {
    await t.step("with all rights every attempt leaves its mark", async () => {
      const seen = await observe(bench, async (prey) => {
        const attempts = `${repository}tests/support/intruder/attempts.ts`;
        const code = `import { attemptEverything } from ${JSON.stringify(attempts)};` +
          `await attemptEverything(${JSON.stringify(prey)}, "run", 2000); Deno.exit(0)`;
        const { stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["eval", "--quiet", "--no-config", "--no-lock", code],
          stdin: "null",
        }).output();
        assert.equal(new TextDecoder().decode(stderr), "");
      });
      assert.deepEqual(ways(seen.marks), allWays);
      assert.equal(seen.connections >= 11, true, `${seen.connections} connections`);
      assert.deepEqual([seen.datagrams, seen.unixConnections, seen.bystanderLives], [1, 2, false]);
      assert.deepEqual(seen.changed, ["movable", "removable", "truncatable"]);
    });
    // Four at a time: most of it is waiting for what was refused and never ends.
    const seen: Seen[] = [];
    for (let from = 0; from < calls.length; from += 4) {
      const some = calls.slice(from, from + 4);
      seen.push(
        ...await Promise.all(
          some.map((words) => observe(bench, (prey) => runOnTerminal(bench, intruded, words, prey))),
        ),
      );
    }
    for (const [index, words] of calls.entries()) {
      const powers = powersFor(words);
      const may = Object.keys(powers).join(", ") || "nothing";
      await t.step(`aws-use ${words.join(" ")}: ${may}`, () => assertWithin(powers, seen[index]));
    }
  } finally {
    await Deno.remove(intruded.slice(0, intruded.lastIndexOf("/build/")), { recursive: true });
  }
});

/** Kind and way of each mark; the time of the attempt and the random part of a temporary name left out. */
function ways(marks: readonly string[]): readonly string[] {
  return [...new Set(marks.map((mark) => mark.split("-").slice(0, 2).join("-")))].sort();
}

const allWays = [
  ...["byName", "worker"].map((way) => `library-${way}`),
  ...[
    "command",
    "commandSpawn",
    "commandSync",
    "exec",
    "execFile",
    "execFileSync",
    "execSync",
    "spawn",
    "spawnSync",
    "worker",
  ]
    .map((way) => `process-${way}`),
  ...[
    ...[
      "appendFile",
      "copyFile",
      "link",
      "makeTempFile",
      "mkdir",
      "mkdtemp",
      "open",
      "rename",
      "sqlite",
      "stream",
      "symlink",
    ],
    ...["unixListen", "worker", "writeFileSync", "writeTextFile", "writeTextFileSync"],
  ].map((way) => `write-${way}`),
].sort();

interface Seen {
  readonly connections: number;
  readonly datagrams: number;
  readonly unixConnections: number;
  readonly bystanderLives: boolean;
  /** Names of the files that an attempt has left. */
  readonly marks: readonly string[];
  /** Which of the files that were there are not as they were. */
  readonly changed: readonly string[];
}

/** What happened to the world while `action` ran. */
async function observe(bench: Bench, action: (prey: Prey) => Promise<void>): Promise<Seen> {
  const folder = await Deno.makeTempDir({ dir: bench.home, prefix: "prey-" });
  const files = ["movable", "removable", "truncatable"];
  for (const name of files) await Deno.writeTextFile(`${folder}/${name}`, "whole", { mode: 0o600 });
  const tcp = countConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const unix = countConnections(Deno.listen({ transport: "unix", path: `${folder}/socket` }));
  const udp = await countDatagrams();
  const bystander = new Deno.Command("/bin/sleep", { args: ["600"] }).spawn();
  let bystanderLives = true;
  void bystander.status.then(() => bystanderLives = false);
  try {
    await action({
      tcpPort: (tcp.listener.addr as Deno.NetAddr).port,
      udpPort: udp.port,
      unixSocket: `${folder}/socket`,
      folder,
      bystander: bystander.pid,
    });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    return {
      connections: await tcp.stop(),
      unixConnections: await unix.stop(),
      datagrams: await udp.stop(),
      bystanderLives,
      marks: names.filter((name) => /^(process|write|library)-/.test(name)),
      changed: files.filter((name) => !names.includes(name) || isChanged(`${folder}/${name}`)),
    };
  } finally {
    if (bystanderLives) bystander.kill("SIGKILL");
    await bystander.status;
  }
}

function isChanged(path: string): boolean {
  return Deno.readTextFileSync(path) !== "whole" || (Deno.statSync(path).mode! & 0o777) !== 0o600;
}

/** Every connection ends at once; `stop` tells how many there were, those that still wait to be taken included. */
function countConnections(listener: Deno.Listener) {
  let count = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      count++;
      connection.close();
    }
  })();
  return {
    listener,
    async stop() {
      const last = await Deno.connect(listener.addr as Deno.ConnectOptions);
      // Taken in order: once this one is closed, all before it were counted.
      await last.read(new Uint8Array(1));
      last.close();
      listener.close();
      await accepting;
      return count - 1;
    },
  };
}

async function countDatagrams() {
  let count = 0;
  const ended = Promise.withResolvers<void>();
  const socket = dgram.createSocket("udp4", (message) => message.toString() === "end" ? ended.resolve() : count++);
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  return {
    port,
    async stop() {
      socket.send("end", port, "127.0.0.1");
      await ended.promise;
      await new Promise<void>((resolve) => socket.close(resolve));
      return count;
    },
  };
}

/** The path of a build of this repository whose `run.ts` is the intruder's, made by install.sh. */
async function buildWithIntruder(): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "intruder-" });
  const parts = ["src", "shell", "completions", "install.sh", "deno.json", "deno.lock", "tests/support/intruder"];
  await Deno.mkdir(`${copy}/tests/support`, { recursive: true });
  for (const part of parts) {
    const { success } = await new Deno.Command("cp", { args: ["-R", repository + part, `${copy}/${part}`] }).output();
    assert.ok(success, part);
  }
  const config = JSON.parse(await Deno.readTextFile(`${copy}/deno.json`));
  const intruder = "./tests/support/intruder/";
  config.imports["./src/run.ts"] = `${intruder}run.ts`;
  config.scopes = { [intruder]: { "./src/run.ts": "./src/run.ts" } };
  await Deno.writeTextFile(`${copy}/deno.json`, JSON.stringify(config, null, 2));
  const { success, stderr } = await new Deno.Command(`${copy}/install.sh`, {
    args: ["--build-only"],
    env: { AWS_USE_DENO: Deno.execPath() },
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return `${copy}/build/aws-use`;
}
