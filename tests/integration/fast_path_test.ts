/** The file env/NAME of the cache, from which a shell switches by itself: what it says, when it is written, how old it is. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, startBench, usualConfig } from "../support/bench.ts";

const { alice } = people;

const roleOf = (more = "") =>
  `role_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\nregion = eu-west-1\n${more}`;

/** The text of env/NAME with TIME for the time in its first line. */
async function envFile(bench: Bench, name: string): Promise<string | null> {
  const text = await Deno.readTextFile(`${bench.cache}/env/${name}`).catch(() => null);
  return text && text.replace(/\t\d+\n/, "\tTIME\n");
}

function modifiedMs(path: string): number {
  return Deno.statSync(path).mtime!.getTime();
}

Deno.test("env/NAME is a line with the circumstances under which it was made, then the lines of the wire", async () => {
  await using bench = await startBench();
  const named = {
    AWS_CONFIG_FILE: `${bench.home}/.aws/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${bench.home}/.aws/credentials`,
    AWS_ENDPOINT_URL_STS: bench.emulator.url,
    AWS_ENDPOINT_URL_IAM: `${bench.emulator.url}/`,
    AWS_USE_COMPAT: "aws-vault",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
  };
  const first = await bench.run(["admin"]);
  const header = ["# " + bench.home, "", "", bench.emulator.url, "", "", "", "", "TIME"].join("\t");
  assert.equal(await envFile(bench, "admin"), `${header}\n${first.wire}`);
  const second = await bench.run(["admin"], { env: named });
  assert.equal(second.code, 0, second.stderr);
  assert.equal(second.set.AWS_VAULT, "admin");
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_IAM } = named;
  const values = [bench.home, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, bench.emulator.url];
  const more = [AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_IAM, "aws-vault", "false", "TIME"];
  assert.equal(await envFile(bench, "admin"), `# ${[...values, ...more].join("\t")}\n${second.wire}`);
});

Deno.test("env/NAME names the second in which the config was read; a time to come is made new", async () => {
  await using bench = await startBench();
  const path = `${bench.cache}/env/admin`;
  const startedMs = Date.now();
  assert.equal((await bench.run(["admin"])).code, 0);
  const text = await Deno.readTextFile(path);
  const at = Number(text.match(/\t(\d+)\n/)![1]);
  assert.equal(at, Math.floor(modifiedMs(path) / 1000));
  assert.ok(at >= Math.floor(startedMs / 1000) - 1 && at * 1000 <= Date.now(), `${startedMs} ${at}`);
  // As a clock leaves it that was an hour ahead: newer than any edit since.
  const ahead = Math.floor(startedMs / 1000) + 3600;
  await Deno.writeTextFile(path, text.replace(/\t\d+\n/, `\t${ahead}\n`));
  await Deno.utime(path, ahead, ahead);
  assert.equal((await bench.run(["admin"])).code, 0);
  assert.ok(Number((await Deno.readTextFile(path)).match(/\t(\d+)\n/)![1]) <= Date.now() / 1000);
  assert.ok(modifiedMs(path) <= Date.now());
});

Deno.test("env/NAME is not written where a path is empty or holds a $", async () => {
  await using bench = await startBench();
  const names = () => [...Deno.readDirSync(`${bench.cache}/env`)].map(({ name }) => name);
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) {
    const file = name === "AWS_CONFIG_FILE" ? "config" : "credentials";
    const { code, stderr } = await bench.run(["admin"], { env: { [name]: `$HOME/.aws/${file}` } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(), [], name);
  }
  await bench.writeConfig(usualConfig().replace("[default]\n", `[default]\n${keysOf(alice)}`));
  const { code, stderr } = await bench.run(["admin"], { env: { AWS_SHARED_CREDENTIALS_FILE: "" } });
  assert.equal(code, 0, stderr);
  assert.deepEqual(names(), []);
});

Deno.test("env/NAME is that of the profile alone: a call with additions leaves it as it is", async () => {
  await using bench = await startBench();
  const policy = `${bench.home}/policy.json`;
  await Deno.writeTextFile(policy, '{"Version":"2012-10-17","Statement":[]}');
  const additions = [
    ["--region", "us-east-1"],
    ["--duration", "20m"],
    ["--policy", policy],
    ["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    ["--role-arn", "arn:aws:iam::123456789012:role/readonly"],
  ];
  const plain = await bench.run(["admin"]);
  const before = await envFile(bench, "admin");
  for (const flags of additions) {
    const { code, stderr, wire } = await bench.run(["admin", ...flags]);
    assert.equal(code, 0, stderr);
    assert.notEqual(wire, plain.wire, flags[0]);
    assert.equal(await envFile(bench, "admin"), before, flags[0]);
  }
  await Deno.remove(`${bench.cache}/env/admin`);
  for (const flags of additions) {
    assert.equal((await bench.run(["admin", ...flags])).code, 0);
    assert.equal(await envFile(bench, "admin"), null, flags[0]);
  }
});

Deno.test("env/NAME is not written for what a shell must not switch to by itself", async () => {
  const odd = ["my admin", "list", "mfa", "-x", "a/b", "ädmin", "$(touch x)", "a*", "~admin", ".."];
  const config = [
    usualConfig(),
    `[profile careful]\n${roleOf("aws_use_confirm = true\n")}`,
    ...odd.map((name) => `[profile "${name}"]\n${roleOf()}`),
    `[profile ${"x".repeat(251)}]\n${roleOf()}`,
    `[profile ${"y".repeat(250)}]\n${roleOf()}`,
  ].join("\n");
  await using bench = await startBench({ config });
  const names = () => [...Deno.readDirSync(`${bench.cache}/env`)].map(({ name }) => name);
  for (const name of [...odd, "x".repeat(251)]) {
    const { code, stderr, set } = await bench.run(["use", "--", name]);
    assert.equal(code, 0, `${name}: ${stderr}`);
    assert.doesNotMatch(stderr, /warning/);
    assert.equal(set.AWS_USE_PROFILE, name);
    assert.deepEqual(names(), [], name);
  }
  assert.equal((await bench.run(["careful", "--yes"])).code, 0);
  assert.deepEqual(names(), []);
  // A path with a line break cannot stand in a line.
  const linked = `${bench.home}/odd\nconfig`;
  await Deno.symlink(`${bench.home}/.aws/config`, linked);
  assert.equal((await bench.run(["admin"], { env: { AWS_CONFIG_FILE: linked } })).code, 0);
  assert.deepEqual(names(), []);
  const longest = "y".repeat(250);
  assert.equal((await bench.run([longest])).code, 0);
  assert.deepEqual(names(), [longest]);
});

Deno.test("env/NAME is not written for keys of the environment, which another shell does not have", async () => {
  await using bench = await startBench({ config: "[default]\nregion = eu-west-1\n", credentials: "" });
  const env = { AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: alice.secretAccessKey };
  const { code, stderr } = await bench.run(["default"], { env });
  assert.equal(code, 0, stderr);
  assert.deepEqual([...Deno.readDirSync(`${bench.cache}/env`)], []);
});

Deno.test("env/NAME counts as made when the config was read: an edit meanwhile makes it old", async () => {
  await using bench = await startBench({ touch: "manual", config: `${usualConfig()}\n[profile x]\n${roleOf()}` });
  const path = `${bench.home}/.aws/config`;
  const startedMs = Date.now();
  const running = bench.start(["x"]);
  assert.ok(await bench.keys.waitTouch());
  const editedMs = Date.now();
  await bench.writeConfig(`${usualConfig()}\n[profile x]\n${roleOf("role_session_name = later\n")}`);
  assert.ok(await bench.keys.touch());
  const first = await running.ended();
  assert.equal(first.set.AWS_USE_IDENTITY, "alice@123456789012");
  const madeMs = modifiedMs(`${bench.cache}/env/x`);
  assert.ok(madeMs >= startedMs - 20 && madeMs < editedMs, `${startedMs} ${madeMs} ${editedMs}`);
  assert.ok(madeMs < modifiedMs(path), "older than the edit");
  const second = await bench.run(["x"]);
  assert.equal(second.set.AWS_USE_IDENTITY, "later@123456789012");
  assert.ok(modifiedMs(`${bench.cache}/env/x`) > modifiedMs(path), "newer than the edit");
  assert.ok((await envFile(bench, "x"))!.endsWith(second.wire));
});

Deno.test("env/NAME that says the same is left alone while it is newer than both files and their folder, else made new", async () => {
  await using bench = await startBench();
  const path = `${bench.cache}/env/admin`;
  assert.equal((await bench.run(["admin"])).code, 0);
  const { ino } = Deno.statSync(path);
  assert.equal((await bench.run(["admin"])).code, 0);
  assert.equal(Deno.statSync(path).ino, ino);
  for (const file of ["/config", "/credentials", ""]) {
    const future = new Date(modifiedMs(path) + 1);
    await Deno.utime(`${bench.home}/.aws${file}`, future, future);
    assert.equal((await bench.run(["admin"])).code, 0);
    assert.ok(modifiedMs(path) > modifiedMs(`${bench.home}/.aws${file}`), file);
  }
});

Deno.test("a changed profile is served anew although env/NAME is there", async () => {
  await using bench = await startBench({ config: `${usualConfig()}\n[profile x]\n${roleOf()}` });
  const first = await bench.run(["x"]);
  assert.equal(first.set.AWS_REGION, "eu-west-1");
  await bench.writeConfig(`${usualConfig()}\n[profile x]\n${roleOf().replace("eu-west-1", "eu-north-1")}`);
  const second = await bench.run(["x"]);
  assert.deepEqual([second.set.AWS_REGION, second.set.AWS_SESSION_TOKEN], ["eu-north-1", first.set.AWS_SESSION_TOKEN]);
});

Deno.test("env prints what env/NAME says where a shell would believe it, and only there", async () => {
  await using bench = await startBench();
  const path = `${bench.cache}/env/admin`;
  const aws = `${bench.home}/.aws`;
  const region = async (env: Record<string, string> = {}, ...flags: string[]) => {
    const { code, stdout, stderr } = await bench.run(["env", "admin", "--format", "json", ...flags], { env });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).AWS_REGION;
  };
  /** Puts a file there that says something else than the config, so that it shows who is believed. */
  const plant = async (change: (text: string) => string = (text) => text) => {
    await Deno.remove(path).catch(() => {});
    assert.equal((await bench.run(["admin"])).code, 0);
    const text = change((await Deno.readTextFile(path)).replace("AWS_REGION=eu-west-1", "AWS_REGION=planted-1"));
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, text);
    await Deno.utime(path, atime!, mtime!);
  };
  await plant();
  assert.equal(await region(), "planted-1");
  assert.equal(await region({ AWS_USE_MARGIN: "58m" }), "planted-1");

  const doubts: Record<string, () => Promise<unknown>> = {
    "not enough time left": () => region({ AWS_USE_MARGIN: "60m" }),
    "another endpoint": () => region({ AWS_ENDPOINT_URL_STS: bench.emulator.url }),
    "a flag": () => region({}, "--yes"),
    "an addition": () => region({}, "--region", "eu-west-1"),
    "a relative path": () => region({ AWS_CONFIG_FILE: `${aws}/config`.replace(/^\//, "../../../../../../../../") }),
    "a path over ..": () => region({ AWS_CONFIG_FILE: `${aws}/../.aws/config` }),
  };
  for (const [name, ask] of Object.entries(doubts)) {
    await plant((text) => name.endsWith("path") ? text.replace("\t\t", `\t${aws}\t`) : text);
    assert.equal(await ask(), "eu-west-1", name);
  }
  const changes: Record<string, (text: string) => string> = {
    "another profile's": (text) => text.replace("AWS_USE_PROFILE=admin", "AWS_USE_PROFILE=other"),
    "a variable that is none of ours": (text) => `${text}LD_PRELOAD=/tmp/x\n`,
    "a name to unset that is none of ours": (text) => `${text}PATH\n`,
    "cut off": (text) => text.slice(0, -1),
    "of a time to come": (text) => text.replace(/\t\d+\n/, "\t9999999999\n"),
    "without an end": (text) => text.replace(/AWS_USE_EXPIRES_AT=\d+\n/, ""),
    "empty": () => "",
  };
  for (const [name, change] of Object.entries(changes)) {
    await plant(change);
    assert.equal(await region(), "eu-west-1", name);
  }
  for (const file of ["/config", "/credentials", ""]) {
    await plant();
    const now = new Date(modifiedMs(path));
    await Deno.utime(aws + file, now, now);
    assert.equal(await region(), "eu-west-1", `of the same time: ${file}`);
  }
  await Deno.mkdir(`${bench.home}/real-folder/sub`, { recursive: true });
  await Deno.copyFile(`${aws}/config`, `${bench.home}/real-folder/sub/config`);
  await Deno.symlink("real-folder", `${bench.home}/linked`);
  for (const path of ["/sub/config", "/sub"]) await Deno.utime(`${bench.home}/real-folder${path}`, 1e9, 1e9);
  for (const [folder, wanted] of [["real-folder", "planted-1"], ["linked", "eu-west-1"]]) {
    const AWS_CONFIG_FILE = `${bench.home}/${folder}/sub/config`;
    await plant((text) => text.replace(/^(# [^\t]*\t)[^\t]*/, `$1${AWS_CONFIG_FILE}`));
    assert.equal(await region({ AWS_CONFIG_FILE }), wanted, folder);
  }
  await Deno.rename(`${aws}/config`, `${bench.home}/real`);
  await Deno.symlink(`${bench.home}/real`, `${aws}/config`);
  await Deno.utime(aws, 1e9, 1e9);
  await plant();
  assert.equal(await region(), "eu-west-1", "a link");
  await Deno.chmod(path, 0o644);
  const { code, stdout } = await bench.run(["env", "admin", "--format", "json"]);
  assert.deepEqual([code, stdout], [73, ""], "open to others");
});

Deno.test("env and use give nothing out of env/NAME when the AWS files are gone, with their folder or without", async () => {
  const removals: Record<string, (home: string) => Promise<void>> = {
    "with their folder": (home) => Deno.rename(`${home}/.aws`, `${home}/elsewhere`),
    "without": async (home) => {
      const { atime, mtime } = await Deno.stat(`${home}/.aws`);
      for (const file of ["config", "credentials"]) await Deno.rename(`${home}/.aws/${file}`, `${home}/${file}`);
      await Deno.utime(`${home}/.aws`, atime!, mtime!);
    },
  };
  for (const [what, remove] of Object.entries(removals)) {
    await using bench = await startBench();
    const longAgo = new Date(Date.now() - 60_000);
    for (const path of ["/config", "/credentials", ""]) await Deno.utime(`${bench.home}/.aws${path}`, longAgo, longAgo);
    assert.equal((await bench.run(["admin"])).code, 0);
    const calls = bench.calls().length;
    await remove(bench.home);
    for (const args of [["env", "admin", "--format", "json"], ["admin"]]) {
      const { code, stdout, stderr, wire } = await bench.run(args);
      assert.deepEqual([code, stdout, wire], [78, "", ""], `${what}: ${stderr}`);
      assert.match(stderr, /^aws-use: error: .*"admin"/, what);
    }
    assert.equal(bench.calls().length, calls);
  }
});
