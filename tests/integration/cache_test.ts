import assert from "node:assert/strict";
import { type Bench, core, keysOf, people, type Ran, startBench } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";

const { alice, carol } = people;
const isRoot = Deno.uid() === 0;
const nobody = 65534;

/** As before the first call, for AWS and the key too: their memory of spent codes would cost half a minute each time. */
async function startAfresh(bench: Bench): Promise<void> {
  await Deno.remove(bench.cache, { recursive: true }).catch(() => {});
  forgetCodes(bench);
}

function forgetCodes(bench: Bench): void {
  for (const device of bench.emulator.world.devices) device.spentWindows.clear();
}

async function theOnlyFile(bench: Bench, folder: string): Promise<string> {
  const names = await Array.fromAsync(Deno.readDir(`${bench.cache}/${folder}`), ({ name }) => name);
  assert.equal(names.length, 1, `${folder}: ${names}`);
  return `${bench.cache}/${folder}/${names[0]}`;
}

function warningsOf({ stderr }: Ran): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith("aws-use: warning: "));
}

function assertServed(ran: Ran, warnings: number): void {
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.set.AWS_USE_PROFILE, "admin");
  assert.match(ran.set.AWS_SESSION_TOKEN, /^IQo/);
  assert.equal(warningsOf(ran).length, warnings, ran.stderr);
}

async function assertRefused(bench: Bench, error: RegExp, hint: RegExp): Promise<void> {
  const calls = bench.calls().length;
  const { code, wire, stdout, stderr } = await bench.run(["admin"]);
  assert.deepEqual([code, wire, stdout], [73, "", ""], stderr);
  const lines = stderr.trimEnd().split("\n").filter((line) => line.startsWith("aws-use: "));
  assert.match(lines[0], error);
  assert.match(lines[1], hint);
  assert.equal(lines.length, 2, stderr);
  assert.equal(bench.calls().filter((call) => call === "GetSessionToken").length - calls <= 1, true);
}

/** Runs `words` after `prefix`, which is code for sh. */
async function runThrough(bench: Bench, prefix: string, words: readonly string[]): Promise<Ran> {
  const path = `${bench.home}/wire`;
  await Deno.writeTextFile(path, "");
  // Whoever runs it opens it once more.
  await Deno.chmod(path, 0o666);
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", `${prefix}; exec "$@" 3>"$WIRE"`, "sh", ...words],
    clearEnv: true,
    env: { ...bench.env, PATH: `${bench.env.PATH}:/usr/bin:/bin`, AWS_USE_FD: "3", WIRE: path },
    stdin: "null",
  }).output();
  const wire = await Deno.readTextFile(path);
  const set = Object.fromEntries(wire.split("\n").map((line) => line.split(/=(.*)/, 2)));
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr), wire, set };
}

Deno.test("the cache is in AWS_USE_CACHE_DIR, else XDG_RUNTIME_DIR, else XDG_CACHE_HOME, else ~/.cache", async () => {
  await using bench = await startBench();
  const { home } = bench;
  const all = {
    AWS_USE_CACHE_DIR: `${home}/1`,
    XDG_RUNTIME_DIR: `${home}/2`,
    XDG_CACHE_HOME: `${home}/3`,
    HOME: `${home}/4`,
  };
  const files = {
    AWS_CONFIG_FILE: `${home}/.aws/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/.aws/credentials`,
  };
  const roots = [`${home}/1`, `${home}/2/aws-use`, `${home}/3/aws-use`, `${home}/4/.cache/aws-use`];
  for (const [index, root] of roots.entries()) {
    for (const unset of ["empty", "absent"]) {
      await Deno.remove(root, { recursive: true }).catch(() => {});
      const left = Object.entries(all).map(([name, value], at) => [name, at < index ? "" : value] as const);
      const env = Object.fromEntries(unset === "empty" ? left : left.filter(([, value]) => value !== ""));
      const { AWS_USE_CACHE_DIR: _, ...others } = bench.env;
      forgetCodes(bench);
      const { code, stderr } = await new Deno.Command(core, {
        args: ["env", "admin", "--format", "json"],
        clearEnv: true,
        env: { ...others, ...files, ...env },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const made = roots.filter((each) => exists(each));
      assert.deepEqual(made, [root], unset);
    }
    await Deno.remove(root, { recursive: true });
  }
});

for (const umask of ["000", "077", "022"]) {
  Deno.test(`under umask ${umask} directories are 0700 and files 0600`, async () => {
    await using bench = await startBench();
    const ran = await runThrough(bench, `umask ${umask}`, [core, "admin"]);
    assertServed(ran, 0);
    const seen = [...modes(bench.cache)];
    assert.ok(seen.length > 12, String(seen.length));
    for (const [path, isDirectory, mode] of seen) {
      assert.equal(mode, isDirectory ? 0o700 : 0o600, `${path} ${mode.toString(8)}`);
    }
  });
}

Deno.test("no name in the cache tells a secret", async () => {
  await using bench = await startBench();
  assertServed(await bench.run(["admin"]), 0);
  for (const [path] of modes(bench.cache)) {
    const name = path.slice(bench.cache.length);
    assert.match(name, /^\/?(?:[a-z]+)?(?:\/(?:mfa-)?[0-9a-f]{64}|\/admin|\/write|\/ykman)?$/, name);
  }
});

function* modes(path: string): Iterable<readonly [string, boolean, number]> {
  const { isDirectory, mode } = Deno.lstatSync(path);
  yield [path, isDirectory, (mode ?? 0) & 0o7777];
  if (isDirectory) { for (const { name } of Deno.readDirSync(path)) yield* modes(`${path}/${name}`); }
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== null;
  } catch {
    return false;
  }
}

Deno.test("what is cached serves the same request alone: whatever changes the answer is asked anew", async () => {
  const base: Readonly<Record<string, string>> = {
    role_arn: "arn:aws:iam::123456789012:role/admin",
    source_profile: "default",
  };
  const config = (role: Record<string, string> = {}, source: Record<string, string> = {}) => {
    const lines = (all: Record<string, string>) =>
      Object.entries(all).map(([key, value]) => `${key} = ${value}\n`).join("");
    return `[default]\n${lines({ region: "eu-central-1", mfa_serial: alice.mfaSerial, ...source })}\n` +
      `[profile admin]\n${lines({ ...base, ...role })}`;
  };
  await using bench = await startBench({ config: config() });
  assertServed(await bench.run(["admin"]), 0);
  const isCached = async (more: readonly string[] = []) => {
    const { stdout, stderr, code } = await bench.run(["status", "--explain", "admin", "--json", ...more]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout).steps as { cached: boolean }[]).map(({ cached }) => cached);
  };
  assert.deepEqual(await isCached(), [true, true]);

  const ofRole: readonly Record<string, string>[] = [
    { role_arn: "arn:aws:iam::210987654321:role/prod" },
    { external_id: "x" },
    { duration_seconds: "1800" },
    { role_session_name: "other" },
    { source_identity: "alice" },
    { session_tags: "project=x" },
    { session_tags: "project=x", transitive_session_tags: "project" },
  ];
  for (const change of ofRole) {
    await bench.writeConfig(config(change));
    assert.deepEqual(await isCached(), [true, false], JSON.stringify(change));
  }
  const ofBoth: readonly Record<string, string>[] = [
    { mfa_serial: "arn:aws:iam::123456789012:mfa/other" },
    { endpoint_url: "http://127.0.0.1:9" },
  ];
  for (const change of ofBoth) {
    await bench.writeConfig(config(change, change));
    const { AWS_ENDPOINT_URL: _, ...env } = bench.env;
    const { stdout } = await bench.run(["status", "--explain", "admin", "--json"], {
      env: { ...env, AWS_ENDPOINT_URL: "" },
    });
    const steps = JSON.parse(stdout).steps as { cached: boolean }[];
    assert.deepEqual(steps.map(({ cached }) => cached), [false, false], JSON.stringify(change));
  }
  await bench.writeConfig(config());
  const policy = `${bench.home}/policy.json`;
  await Deno.writeTextFile(policy, '{"Version":"2012-10-17","Statement":[]}');
  for (
    const [flags, expected] of [
      [["--duration", "20m"], [true, false]],
      [["--policy", policy], [true, false]],
      [["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"], [true, false]],
      [["--role-arn", "arn:aws:iam::210987654321:role/spoke"], [true, true, false]],
      [["--region", "us-east-1"], [true, true]],
    ] as const
  ) assert.deepEqual(await isCached(flags), expected, flags.join(" "));
  await Deno.writeTextFile(`${bench.home}/.aws/credentials`, `[default]\n${keysOf(carol)}`);
  assert.deepEqual(await isCached(), [false, false], "another access key");
  await Deno.writeTextFile(`${bench.home}/.aws/credentials`, `[default]\n${keysOf(alice)}`);
  assert.deepEqual(await isCached(), [true, true]);
});

Deno.test("--no-cache neither reads nor writes credentials, and still never sends a code twice", async () => {
  await using bench = await startBench();
  assertServed(await bench.run(["admin", "--no-cache"]), 0);
  assert.deepEqual(
    ["sessions", "roles", "env"].map((folder) => [...Deno.readDirSync(`${bench.cache}/${folder}`)].length),
    [
      0,
      0,
      0,
    ],
  );
  assert.equal([...Deno.readDirSync(`${bench.cache}/windows`)].length, 1);
  const spent = await bench.run(["admin", "--no-cache", "--token-code", codeOf(alice)]);
  assert.equal(spent.code, 77, spent.stderr);
  assert.equal(bench.calls().filter((call) => call === "GetSessionToken").length, 1);
});

Deno.test("a file of the cache that is empty, garbage, half or a directory: served, with one warning, and mended", async (t) => {
  await using bench = await startBench();
  assertServed(await bench.run(["admin"]), 0);
  const [session, role, window] = await Promise.all(
    ["sessions", "roles", "windows"].map((each) => theOnlyFile(bench, each)),
  );
  const lockOf = (path: string) => `${bench.cache}/locks/${path.split("/").at(-1)}`;
  const whole = `${bench.home}/whole`;
  await new Deno.Command("cp", { args: ["-a", bench.cache, whole] }).output();
  /** The file, and what has to be gone for it to be looked at. */
  const files: readonly (readonly [string, readonly string[]])[] = [
    [role, []],
    [session, [role]],
    [window, [role, session]],
    [`${bench.cache}/env/admin`, []],
    [`${bench.cache}/uses`, []],
    [lockOf(role), [role]],
    [lockOf(session), [role, session]],
    [`${bench.cache}/locks/ykman`, [role, session, window]],
    [`${bench.cache}/locks/write`, [role]],
  ];
  const contents: Readonly<Record<string, Uint8Array<ArrayBuffer> | null>> = {
    empty: new Uint8Array(),
    garbage: Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256),
    half: new TextEncoder().encode((await Deno.readTextFile(role)).slice(0, 300)),
    directory: null,
  };
  for (const [path, gone] of files) {
    for (const [kind, bytes] of Object.entries(contents)) {
      if (kind === "half" && ![role, session].includes(path)) continue;
      await t.step(`${path.slice(bench.cache.length + 1, bench.cache.length + 18)} is ${kind}`, async () => {
        await Deno.remove(bench.cache, { recursive: true });
        await new Deno.Command("cp", { args: ["-a", whole, bench.cache] }).output();
        forgetCodes(bench);
        // The window of a code that AWS has just seen would be waited out.
        for (const each of [...gone, ...[path, ...gone].includes(session) ? [window] : []]) {
          if (each !== path) await Deno.remove(each).catch(() => {});
        }
        await Deno.remove(path).catch(() => {});
        if (bytes) await Deno.writeFile(path, bytes, { mode: 0o600 });
        else await Deno.mkdir(path, { mode: 0o755 });
        const isTold = bytes === null || [role, session, window].includes(path);
        const ran = await bench.run(["admin"]);
        assertServed(ran, isTold ? 1 : 0);
        if (bytes === null) return;
        assertServed(await bench.run(["admin"]), 0);
      });
    }
  }
});

Deno.test("a file where a folder or the whole cache should be: served, with one warning", async () => {
  await using bench = await startBench();
  for (const path of ["", "/roles", "/locks"]) {
    await startAfresh(bench);
    if (path !== "") await Deno.mkdir(bench.cache, { mode: 0o700 });
    await Deno.writeTextFile(`${bench.cache}${path}`, "", { mode: 0o600 });
    assertServed(await bench.run(["admin"]), 1);
    assert.equal(await Deno.readTextFile(`${bench.cache}${path}`), "");
  }
});

Deno.test("a cached value with a control character never reaches the wire", async () => {
  await using bench = await startBench();
  assertServed(await bench.run(["admin"]), 0);
  const role = await theOnlyFile(bench, "roles");
  const session = JSON.parse(await Deno.readTextFile(role));
  const values: Readonly<Record<string, string>> = {
    accessKeyId: "ASIA\nAWS_REGION=evil-1",
    secretAccessKey: "a\u0000b",
    sessionToken: "x\rAWS_PROFILE",
    identity: "alice\u001b[2J@evil",
  };
  for (const [name, value] of Object.entries(values)) {
    await Deno.writeTextFile(role, JSON.stringify({ ...session, [name]: value }));
    const ran = await bench.run(["admin"]);
    assertServed(ran, 1);
    assert.doesNotMatch(
      `${ran.wire}${ran.stderr}${await Deno.readTextFile(`${bench.cache}/env/admin`)}`,
      /evil|\u0000|\r|\u001b/,
    );
    assert.equal(ran.set.AWS_USE_IDENTITY, "alice@123456789012");
  }
});

Deno.test({
  name: "on a full disk the credentials reach the shell, with one warning",
  ignore: !canMount(),
  fn: async () => {
    await using bench = await startBench();
    await Deno.mkdir(bench.cache, { mode: 0o700 });
    await command("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", bench.cache);
    try {
      const fill = async () => void await Deno.writeFile(`${bench.cache}/fill`, new Uint8Array(70_000)).catch(() => {});
      await fill();
      assertServed(await bench.run(["admin"]), 1);
      await Deno.remove(`${bench.cache}/fill`);
      for (const folder of ["sessions", "roles", "windows", "env"]) {
        await Deno.remove(`${bench.cache}/${folder}`, { recursive: true }).catch(() => {});
      }
      forgetCodes(bench);
      assertServed(await bench.run(["admin"]), 0);
      // Full only now: what is cached serves on, what is not is told.
      await fill();
      assert.equal((await bench.run(["readonly"])).code, 0);
      const next = await bench.run(["prod"]);
      assert.equal(next.code, 0, next.stderr);
      assert.equal(warningsOf(next).length, 1, next.stderr);
      assert.match(warningsOf(next)[0], /^aws-use: warning: nothing is cached in .*: No space left on device/);
      const names = [...modes(bench.cache)].map(([path]) => path).filter((path) => path.includes("/~"));
      assert.deepEqual(names, []);
    } finally {
      await command("umount", bench.cache);
    }
  },
});

Deno.test("where the user may not write or read, the credentials reach the shell, with one warning", async (t) => {
  await using bench = await startBench();
  const program = await asOrdinaryUser(bench);
  const run = async () => {
    await lendTo(bench);
    return await runThrough(bench, ":", [...program, "admin"]);
  };
  const chmod = (path: string, mode: number) => Deno.chmod(path, mode);

  await t.step("a read-only cache that is empty", async () => {
    await Deno.mkdir(bench.cache, { mode: 0o700 });
    await chmod(bench.cache, 0o500);
    assertServed(await run(), 1);
    await chmod(bench.cache, 0o700);
  });
  await t.step("a read-only cache in which everything is", async () => {
    forgetCodes(bench);
    assertServed(await run(), 0);
    const folders = [...modes(bench.cache)].filter(([, isDirectory]) => isDirectory).map(([path]) => path);
    for (const path of folders) await chmod(path, 0o500);
    // Not even the count of switches changes a file's name, so nothing is amiss.
    assertServed(await run(), 0);
    for (const path of folders) await chmod(path, 0o700);
  });
  await t.step("a read-only cache in which the role is not", async () => {
    await Deno.remove(await theOnlyFile(bench, "roles"));
    const folders = [...modes(bench.cache)].filter(([, isDirectory]) => isDirectory).map(([path]) => path);
    for (const path of folders) await chmod(path, 0o500);
    assertServed(await run(), 1);
    for (const path of folders) await chmod(path, 0o700);
  });
  await t.step("a file that may not be read", async () => {
    assertServed(await run(), 0);
    await chmod(await theOnlyFile(bench, "roles"), 0o000);
    const ran = await run();
    assertServed(ran, 1);
    assert.match(warningsOf(ran)[0], /cannot read .*\/roles\/[0-9a-f]{64}: Permission denied/);
    assertServed(await run(), 0);
  });
  await t.step("a cache that may not be looked into", async () => {
    forgetCodes(bench);
    await chmod(bench.cache, 0o000);
    assertServed(await run(), 1);
    await chmod(bench.cache, 0o700);
  });
  await t.step("no cache, and no right to make one", async () => {
    await startAfresh(bench);
    await lendTo(bench);
    await chmod(bench.home, 0o555);
    const ran = await runThrough(bench, ":", [...program, "admin"]);
    assertServed(ran, 1);
    await chmod(bench.home, 0o755);
  });
});

/** The command for the core as somebody for whom modes count: us, or nobody where we are root. */
async function asOrdinaryUser(bench: Bench): Promise<readonly string[]> {
  if (!isRoot) return [core];
  // Where the core was built others may have no access.
  await command("cp", "-rL", core, `${bench.home}/core`);
  await Deno.chmod(bench.home, 0o755);
  return ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", `${bench.home}/core`];
}

async function lendTo({ home }: Bench): Promise<void> {
  if (isRoot) await command("chown", "-R", `${nobody}:${nobody}`, home);
}

Deno.test({
  name: "a cache, folder or file that belongs to somebody else is refused",
  ignore: !isRoot,
  fn: async () => {
    await using bench = await startBench();
    for (const path of await eachKind(bench)) {
      await startAfresh(bench);
      assertServed(await bench.run(["admin"]), 0);
      await command("chown", "-h", `${nobody}:${nobody}`, path);
      const before = await snapshot(bench.cache);
      await assertRefused(bench, /is refused: .* belongs to user 65534 and you are user 0$/, /AWS_USE_CACHE_DIR/);
      assert.deepEqual(await snapshot(bench.cache), before);
    }
  },
});

Deno.test("a cache, folder or file that is open to others is refused", async () => {
  await using bench = await startBench();
  for (const path of await eachKind(bench)) {
    await startAfresh(bench);
    assertServed(await bench.run(["admin"]), 0);
    const isDirectory = Deno.lstatSync(path).isDirectory;
    for (const mode of isDirectory ? [0o755, 0o710, 0o701] : [0o644, 0o620]) {
      await Deno.chmod(path, mode);
      const before = await snapshot(bench.cache);
      const told = mode.toString(8).padStart(4, "0");
      await assertRefused(
        bench,
        new RegExp(`is refused: ${path} is open to others \\(mode ${told}\\)$`),
        new RegExp(`chmod ${isDirectory ? 700 : 600} ${path}$`),
      );
      assert.deepEqual(await snapshot(bench.cache), before);
    }
  }
});

Deno.test("a folder that is no cache of ours is not to be closed: another one is to be named", async () => {
  await using bench = await startBench();
  const hintWith = async (env: Readonly<Record<string, string>>) => {
    const { code, stderr } = await bench.run(["admin"], { env });
    assert.equal(code, 73, stderr);
    return /hint: (.*)/.exec(stderr)?.[1];
  };
  const folder = `${bench.home}/folder`;
  const make = async (path: string, mode: number) => {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(path, { recursive: true });
    await Deno.chmod(folder, mode);
    await Deno.chmod(path, mode);
  };
  const another = "set AWS_USE_CACHE_DIR to a directory of your own";
  const files = { AWS_CONFIG_FILE: `${bench.home}/.aws/config` };
  await make(folder, 0o755);
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: folder }), `chmod 700 ${folder}`, "an empty one");
  assert.equal(await hintWith({ ...files, AWS_USE_CACHE_DIR: folder, HOME: `${folder}/` }), another, "the home");
  await Deno.mkdir(`${folder}/locks`);
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: folder }), `chmod 700 ${folder}`, "one that holds ours alone");
  await Deno.mkdir(`${folder}/photos`);
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: folder }), another, "one that holds something else");
  await Deno.chmod(folder, 0o700);
  await Deno.chmod(`${folder}/locks`, 0o755);
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: folder }), another, "a folder beside something else");
  await make(folder, 0o1777);
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: folder }), another, "one that all may use");
  await make(`${folder}/aws-use`, 0o755);
  assert.equal(
    await hintWith({ AWS_USE_CACHE_DIR: `${folder}/aws-use` }),
    `chmod 700 ${folder}/aws-use`,
    "by its name",
  );
  assert.equal(await hintWith({ AWS_USE_CACHE_DIR: "/" }), another, "the root of the system");
});

Deno.test("a link in the place of the cache, a folder or a file is refused, and nothing is written through it", async () => {
  await using bench = await startBench();
  for (const path of await eachKind(bench)) {
    await startAfresh(bench);
    assertServed(await bench.run(["admin"]), 0);
    const isDirectory = Deno.lstatSync(path).isDirectory;
    for (const target of ["there", "dangling"]) {
      const aim = `${bench.home}/${target}`;
      await Deno.remove(path, { recursive: true });
      if (target === "there") {
        if (isDirectory) await Deno.mkdir(aim, { mode: 0o700 });
        else await Deno.writeTextFile(aim, "precious", { mode: 0o600 });
      }
      await Deno.symlink(aim, path);
      // A link that the person has named may be one of the system, or of their own.
      const hint = path === bench.cache ? /set AWS_USE_CACHE_DIR to a/ : new RegExp(`remove it: rm ${path}$`);
      await assertRefused(bench, new RegExp(`is refused: ${path} is a link$`), hint);
      if (target === "dangling") assert.equal(exists(aim), false);
      else if (isDirectory) assert.deepEqual([...Deno.readDirSync(aim)], []);
      else assert.equal(await Deno.readTextFile(aim), "precious");
      await Deno.remove(aim, { recursive: true }).catch(() => {});
    }
    await Deno.remove(path);
  }
});

Deno.test("a hint names the path to the letter, also one that looks like a secret, to who types and to a guard", async () => {
  await using bench = await startBench();
  for (const name of [`aB3${"x/y+z=_-".repeat(16)}`, `A${"JBSWY3DP".repeat(5)}`]) {
    const cache = `${bench.home}/${name}`;
    await Deno.mkdir(cache, { recursive: true });
    for (let path = cache; path !== bench.home; path = path.replace(/\/[^/]*$/, "")) await Deno.chmod(path, 0o700);
    await Deno.symlink(`${bench.home}/elsewhere`, `${cache}/uses`);
    const env = { AWS_USE_CACHE_DIR: cache };
    const typed = await bench.run(["admin"], { env });
    assert.equal(typed.code, 73, typed.stderr);
    assert.equal(typed.stderr.split("\n").at(-2), `aws-use: hint: remove it: rm ${cache}/uses`);
    const guard = { AWS_USE_ACTIVE: "admin", AWS_USE_ACTIVE_EXPIRES_AT: "1", AWS_USE_GUARDED: "1" };
    const guarded = await bench.run(["renew", "--", "admin"], { env: { ...env, ...guard } });
    assert.equal(guarded.code, 73, guarded.stderr);
    assert.equal(guarded.wire.split("\n").at(-2), `remove it: rm ${cache}/uses`);
  }
});

Deno.test("a link is seen as one also when the setting ends with a slash", async () => {
  await using bench = await startBench();
  await Deno.mkdir(`${bench.home}/there`, { mode: 0o700 });
  await Deno.symlink(`${bench.home}/there`, bench.cache);
  const { code } = await bench.run(["admin"], { env: { AWS_USE_CACHE_DIR: `${bench.cache}//` } });
  assert.equal(code, 73);
  assert.deepEqual([...Deno.readDirSync(`${bench.home}/there`)], []);
});

Deno.test("a link that waits where a file is written beside itself is removed and not followed", async () => {
  await using bench = await startBench();
  assertServed(
    await bench.run(["readonly"]).then((ran) => ({ ...ran, set: { ...ran.set, AWS_USE_PROFILE: "admin" } })),
    0,
  );
  await Deno.writeTextFile(`${bench.home}/precious`, "precious", { mode: 0o600 });
  await Deno.symlink(`${bench.home}/precious`, `${bench.cache}/env/~admin`);
  assertServed(await bench.run(["admin"]), 0);
  assert.equal(await Deno.readTextFile(`${bench.home}/precious`), "precious");
  assert.equal(exists(`${bench.cache}/env/~admin`), false);
});

/** The cache itself, a folder, and a file of each kind that a call looks at. */
async function eachKind(bench: Bench): Promise<readonly string[]> {
  await startAfresh(bench);
  assertServed(await bench.run(["admin"]), 0);
  const role = await theOnlyFile(bench, "roles");
  const { cache } = bench;
  return [cache, `${cache}/roles`, `${cache}/locks`, role, `${cache}/env/admin`, `${cache}/uses`];
}

async function snapshot(path: string): Promise<readonly string[]> {
  const listing = await new Deno.Command("find", { args: [path, "-printf", "%p %m %u %s %T@\n"] }).output();
  return new TextDecoder().decode(listing.stdout).split("\n").sort();
}

async function command(name: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  assert.ok(success, `${name} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

function canMount(): boolean {
  if (!isRoot) return false;
  const folder = Deno.makeTempDirSync();
  const run = (name: string, ...args: string[]) =>
    new Deno.Command(name, { args, stderr: "null" }).outputSync().success;
  const could = run("mount", "-t", "tmpfs", "tmpfs", folder) && run("umount", folder);
  Deno.removeSync(folder);
  return could;
}

Deno.test("a message that cannot be written costs nobody the credentials; an answer that cannot be is an error", async () => {
  await using bench = await startBench();
  const run = async (redirected: string, words: readonly string[]) => {
    const { code, stderr, stdout } = await new Deno.Command("/bin/sh", {
      args: ["-c", `"$@" ${redirected}`, "sh", core, ...words],
      clearEnv: true,
      env: { ...bench.env, AWS_USE_FD: "3" },
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  };
  for (const redirected of ["3>&1 2>/dev/full", "3>&1 2>&-", "3>&1 <&-"]) {
    const { code, stdout } = await run(redirected, ["admin"]);
    assert.equal(code, 0, redirected);
    assert.match(stdout, /^AWS_ACCESS_KEY_ID=ASIA/, redirected);
  }
  for (
    const [redirected, words, what] of [[">/dev/full", ["list"], "stdout"], [
      "3>/dev/full",
      ["admin"],
      "the shell",
    ]] as const
  ) {
    const { code, stderr } = await run(redirected, words);
    assert.equal(code, 74, stderr);
    assert.match(stderr, new RegExp(`^aws-use: error: cannot write to ${what}: No space left on device`));
  }
  assert.equal((await run("| true", ["list"])).stderr, "");
});
