/** The verbs, on the compiled core: what they print, where, and with which exit code. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { openCore } from "../support/core_terminal.ts";
import { promptSetups } from "../../src/core/prompt_setups.ts";
import { profileKeys, variables } from "../../src/core/own_settings.ts";
import { assertFails } from "../support/failure.ts";
import { mfaActions, verbs, version } from "../../src/cli.ts";

const { alice, bob, carol } = people;
const serial = alice.mfaSerial;
const role = (name: string, more = "source_profile = default") =>
  `[profile ${name}]\nrole_arn = arn:aws:iam::123456789012:role/admin\n${more}\n`;
const withCode = (...words: readonly string[]) => [...words, "--token-code", codeOf()];

/** A bench whose MFA session is there already, so that no call needs a code. */
async function withSession(config = usualConfig()): Promise<Bench> {
  const bench = await startBench({ config });
  const ran = await bench.run(withCode("readonly"));
  assert.equal(ran.code, 0, ran.stderr);
  return bench;
}

/** A program on PATH that keeps what it gets on stdin and in its environment. */
async function addProgram(bench: Bench, name: string, then = ""): Promise<void> {
  const script =
    `#!/bin/sh\ncat >"$HOME/${name}.in"\nprintf '%s ' "$@" >"$HOME/${name}.args"\nenv >"$HOME/${name}.env"\n${then}`;
  await Deno.writeTextFile(`${bench.home}/bin/${name}`, script, { mode: 0o755 });
}

Deno.test("use: one line on stderr, account included; the account alone where no name is known", async () => {
  await using bench = await startBench();
  const admin = await bench.run(withCode("admin"));
  assert.deepEqual([admin.stdout, admin.stderr], ["", "admin as alice@123456789012, 59m\n"]);
  const session = await bench.run(["default"]);
  assert.deepEqual([session.stdout, session.stderr], ["", "default in 123456789012, 11h\n"]);
  assert.equal(session.set.AWS_USE_IDENTITY, "123456789012");
  assert.equal(session.set.AWS_REGION, "eu-central-1");
});

Deno.test("use: a profile named like a verb, and one with a leading dash", async () => {
  await using bench = await withSession([
    `[default]\nmfa_serial = ${serial}\n`,
    role("readonly"),
    role("list"),
    role("exec"),
    role("-odd"),
  ].join("\n"));
  for (const [words, name] of [[["list"], "list"], [["exec"], "exec"], [["--", "-odd"], "-odd"]] as const) {
    const ran = await bench.run(["use", ...words]);
    assert.equal(ran.set.AWS_USE_PROFILE, name, ran.stderr);
  }
  // An error repeats the command in the form that works.
  bench.emulator.faults.add({
    kind: "error",
    action: "AssumeRole",
    status: 500,
    code: "InternalFailure",
    message: "",
    times: "always",
  });
  const failed = await bench.run(["use", "--no-cache", "--token-code", codeOf(alice, 30), "--", "-odd"]);
  assert.match(failed.stderr, /try again in a minute: aws-use use --no-cache -- -odd\n$/);
  const table = (await bench.run(["list"])).stdout;
  assert.match(table, /^list \(aws-use use list\) +admin /m);
  assert.match(table, /^exec \(aws-use use exec\) +admin /m);
  assert.match(table, /^-odd \(aws-use use -- -odd\) +\S/m);
});

Deno.test("use: what the command line adds goes to AWS, and is cached for itself", async () => {
  await using bench = await withSession();
  const policy = `${bench.home}/policy.json`;
  const text = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  await Deno.writeTextFile(policy, text);
  const arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit"];
  const words = [
    "admin",
    "--region",
    "ap-south-1",
    "--duration",
    "45m",
    "--policy",
    policy,
    "--policy-arn",
    arns[0],
    "--policy-arn",
    arns[1],
  ];
  const ran = await bench.run(words);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual([ran.set.AWS_REGION, ran.set.AWS_DEFAULT_REGION], ["ap-south-1", "ap-south-1"]);
  const { params } = bench.emulator.calls.at(-1)!;
  assert.equal(params.DurationSeconds, "2700");
  assert.equal(params.Policy, text);
  assert.deepEqual([params["PolicyArns.member.1.arn"], params["PolicyArns.member.2.arn"]], arns);
  assert.equal(params.ExternalId, undefined);
  const calls = bench.calls().length;
  await bench.run(words);
  assert.equal(bench.calls().length, calls);
  const plain = await bench.run(["admin"]);
  assert.equal(plain.set.AWS_REGION, "eu-west-1");
  assert.equal(bench.calls().length, calls + 1);
});

Deno.test("use --role-arn: one more role at the end", async () => {
  await using bench = await withSession(
    `${usualConfig()}\n${role("hub").replace("role/admin", "role/teams/hub")}`,
  );
  const ran = await bench.run(["hub", "--role-arn", "arn:aws:iam::210987654321:role/spoke"]);
  assert.equal(ran.stderr, "hub as alice@210987654321, 59m\n");
  assertFails(await bench.run(["hub", "--role-arn", "spoke"]), {
    code: 64,
    error: '--role-arn is "spoke", which is not the ARN of a role',
    hint: "write it like: --role-arn arn:aws:iam::123456789012:role/NAME",
  });
});

Deno.test("use --duration: what is no duration is refused, naming it", async () => {
  await using bench = await startBench();
  assertFails(await bench.run(["admin", "--duration", "soon"]), {
    code: 64,
    error: '"soon" is no duration',
    hint: "give seconds, 45m or 2h: --duration 2h",
  });
});

Deno.test("use --no-cache: neither reads nor writes credentials, and the memory of spent codes stays in force", async () => {
  await using bench = await withSession();
  await bench.run(["admin"]);
  const before = await treeOf(bench.cache);
  const code = codeOf(alice, 30);
  const ran = await bench.run(["admin", "--no-cache", "--token-code", code]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(bench.calls().slice(-2), ["GetSessionToken", "AssumeRole"]);
  const changed = [...await treeOf(bench.cache)].filter(([path, text]) => before.get(path) !== text).map(([path]) =>
    path
  );
  assert.deepEqual(changed.filter((path) => !/^(windows|locks)\/|^uses$/.test(path)), []);
  assert.match((await bench.run(["admin", "--no-cache", "--token-code", code])).stderr, /was used already/);
});

Deno.test("use: a profile that wants to be confirmed names role and account, and takes only yes", async () => {
  await using bench = await withSession(
    usualConfig().replace("[profile admin]", "[profile admin]\naws_use_confirm = true"),
  );
  for (const [answer, code] of [["n", 130], ["", 130], ["maybe", 130], ["yes", 0], ["Y", 0]] as const) {
    await using terminal = await openCore(bench, ["admin"]);
    await terminal.waitFor(
      'profile "admin": role arn:aws:iam::123456789012:role/admin in account 123456789012. Go on? [y/N]',
    );
    await terminal.type(answer);
    await terminal.press("Enter");
    assert.equal(await terminal.exitCode(), code, answer);
    assert.equal(/AWS_USE_PROFILE=admin/.test(await terminal.wire()), code === 0);
    if (code === 0) continue;
    assert.match(
      await terminal.screen(),
      /^aws-use: error: profile "admin" was not confirmed, so nothing has changed\naws-use: hint: answer y, or: aws-use admin --yes$/m,
    );
  }
  assertFails(await bench.run(["admin"]), {
    code: 64,
    error: 'profile "admin" wants to be confirmed, and there is no terminal',
    hint: "answer it on the command line: aws-use admin --yes",
  });
  assert.equal((await bench.run(["admin", "--yes"])).code, 0);
});

Deno.test("use: colour only on a terminal and without NO_COLOR", async () => {
  await using bench = await withSession();
  for (const [noColor, colored] of [["", true], ["1", false]] as const) {
    await using terminal = await openCore(bench, ["admin"], { env: { NO_COLOR: noColor } });
    assert.equal(await terminal.exitCode(), 0);
    const screen = await terminal.screen({ colors: true });
    assert.equal(/\x1b\[32madmin as alice@123456789012/.test(screen), colored, JSON.stringify(screen));
  }
  assert.doesNotMatch((await bench.run(["admin"], { env: { NO_COLOR: "" } })).stderr, /\x1b/);
});

/** A name in which every shell and reader finds something to trip over. */
const hostile = `it's "x" $(touch pwned) \`touch pwned\` \\ %s !! é #y`;
const configWith = (name: string) => `${usualConfig()}\n${role(`"${name.replaceAll(/["\\]/g, "\\$&")}"`)}`;
/** Node's reader knows no escape, so one kind of quote must be left to it. */
const nameFor = (format: string) => (format === "dotenv" ? hostile.replaceAll("`", "") : hostile);

interface Reader {
  readonly name: string;
  readonly format: string;
  /** Prints AWS_USE_PROFILE and AWS_SESSION_TOKEN, a line each, then whether AWS_PROFILE is still there. */
  readonly command: (output: string) => readonly string[];
}

const shellReader = (name: string): Reader => ({
  name,
  format: "sh",
  command: (output) => [
    name,
    "-c",
    `eval "$(cat '${output}')"; printf '%s\\n' "$AWS_USE_PROFILE" "$AWS_SESSION_TOKEN" "\${AWS_PROFILE-gone}"`,
  ],
});

const readers: readonly Reader[] = [
  ...["sh", "bash", "zsh"].map(shellReader),
  {
    name: "fish",
    format: "fish",
    command: (output) => [
      "fish",
      "-c",
      `cat '${output}' | source; or exit 1; set -q AWS_PROFILE; or set AWS_PROFILE gone; printf '%s\\n' $AWS_USE_PROFILE $AWS_SESSION_TOKEN $AWS_PROFILE`,
    ],
  },
  {
    name: "node's dotenv",
    format: "dotenv",
    command: (output) => [
      ...["env", "-u", "AWS_PROFILE", "node", `--env-file=${output}`, "-e"],
      "const e = process.env; console.log([e.AWS_USE_PROFILE, e.AWS_SESSION_TOKEN, e.AWS_PROFILE || 'gone'].join('\\n'))",
    ],
  },
  {
    name: "python's json",
    format: "json",
    command: (output) => [
      "python3",
      "-c",
      "import json,sys\ne = json.load(open(sys.argv[1], encoding='utf-8'))\n" +
      "assert all(v is None or isinstance(v, str) for v in e.values())\n" +
      "sys.stdout.reconfigure(encoding='utf-8')\n" +
      "print(e['AWS_USE_PROFILE'], e['AWS_SESSION_TOKEN'], e['AWS_PROFILE'] or 'gone', sep='\\n')",
      output,
    ],
  },
];

for (const { name, format, command } of readers) {
  const program = command("").find((word) => !["env", "-u", "AWS_PROFILE"].includes(word))!;
  const isThere = (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
  Deno.test({
    name: `env --format ${format}: ${name} reads it back to the letter, and runs nothing of it`,
    ignore: !isThere,
    async fn() {
      const profile = nameFor(format);
      await using bench = await withSession(configWith(profile));
      const ran = await bench.run(["env", profile, "--format", format], { plugin: false });
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(ran.stderr, "");
      const output = `${bench.home}/output`;
      await Deno.writeTextFile(output, ran.stdout);
      const [first, ...rest] = command(output);
      const { stdout, stderr } = await new Deno.Command(first, {
        args: rest,
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH") ?? "", HOME: bench.home, LANG: "C.UTF-8", AWS_PROFILE: "former" },
        cwd: bench.home,
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assert.equal(text(stderr), "");
      const { token } = bench.emulator.world.sessions.at(-1)!;
      assert.equal(text(stdout), `${profile}\n${token}\ngone\n`);
      await assert.rejects(Deno.stat(`${bench.home}/pwned`), Deno.errors.NotFound);
    },
  });
}

Deno.test("env: without a format, a known one or a profile, nothing is guessed", async () => {
  await using bench = await startBench();
  assertFails(await bench.run(["env", "admin"]), {
    code: 64,
    error: "env needs a format: sh, fish, json, dotenv",
    hint: "for bash and zsh: aws-use env admin --format sh",
  });
  assertFails(await bench.run(["env", "admin", "--format", "powershell"]), {
    code: 64,
    error: '"powershell" is no format: sh, fish, json, dotenv',
    hint: "for bash and zsh: aws-use env admin --format sh",
  });
  assertFails(await bench.run(["env"]), {
    code: 64,
    error: "env needs a profile",
    hint: "see them with: aws-use list",
  });
});

Deno.test("status: none, live, expiring, expired, each in words and as JSON; 0 whatever the state", async () => {
  await using bench = await startBench();
  const now = Math.floor(Date.now() / 1000);
  const rfc3339 = (at: number) => new Date(at * 1000).toISOString().replace(".000Z", "Z");
  const active = { AWS_USE_PROFILE: "admin", AWS_USE_IDENTITY: "alice@123456789012", AWS_REGION: "eu-west-1" };
  for (
    const [state, left, says] of [
      ["live", 3000, /^admin as alice@123456789012, eu-west-1, (49|50)m left, until \S+Z\n$/],
      ["expiring", 300, /^admin as alice@123456789012, eu-west-1, [45]m left, until \S+Z, expiring\n$/],
      ["expired", -5, /^admin as alice@123456789012, eu-west-1, expired at \S+Z, expired\n$|expired at \S+Z\n$/],
    ] as const
  ) {
    const env = { ...active, AWS_USE_EXPIRES_AT: String(now + left) };
    const words = await bench.run(["status"], { env });
    assert.deepEqual([words.code, words.stderr], [0, ""]);
    assert.match(words.stdout, says);
    const json = JSON.parse((await bench.run(["status", "--json"], { env })).stdout);
    assert.ok(json.seconds_left <= Math.max(0, left) && json.seconds_left >= Math.max(0, left - 10));
    assert.deepEqual({ ...json, seconds_left: 0 }, {
      profile: "admin",
      state,
      expires_at: rfc3339(now + left),
      seconds_left: 0,
      region: "eu-west-1",
    });
  }
  const endless = await bench.run(["status"], { env: active });
  assert.equal(endless.stdout, "admin as alice@123456789012, eu-west-1, does not expire\n");
  const none = await bench.run(["status", "--json"], { env: { AWS_REGION: "eu-west-1" } });
  assert.deepEqual(JSON.parse(none.stdout), {
    profile: null,
    state: "none",
    expires_at: null,
    seconds_left: null,
    region: null,
  });
  const words = await bench.run(["status"]);
  assert.deepEqual([words.code, words.stdout, words.stderr], [0, "nothing is active\n", ""]);
  assert.deepEqual(bench.emulator.calls, []);
});

Deno.test("status --check: 0 only when AWS takes the credentials; arn and account in JSON", async () => {
  await using bench = await withSession();
  const { set } = await bench.run(["admin"]);
  const good = await bench.run(["status", "--check", "--json"], { env: set });
  assert.deepEqual([good.code, good.stderr], [0, ""]);
  const { arn, account, state, ...rest } = JSON.parse(good.stdout);
  assert.deepEqual(
    { arn, account, state },
    { arn: "arn:aws:sts::123456789012:assumed-role/admin/alice", account: "123456789012", state: "live" },
  );
  assert.deepEqual(Object.keys(rest), ["profile", "expires_at", "seconds_left", "region"]);
  const other = await bench.run(["status", "--check"], { env: { ...set, AWS_USE_IDENTITY: "bob@123456789012" } });
  assert.equal(other.code, 0);
  assert.equal(other.stderr, "aws-use: warning: this shell says bob@123456789012, and AWS says alice@123456789012\n");

  const check = async (env: Readonly<Record<string, string>>, code: number, says: string) => {
    const ran = await bench.run(["status", "--check", "--json"], { env });
    assert.equal(ran.code, code, ran.stderr);
    assert.equal(ran.stderr, says);
    assert.deepEqual([JSON.parse(ran.stdout).arn, JSON.parse(ran.stdout).account], [null, null]);
  };
  await check(
    {},
    69,
    "aws-use: error: nothing is active in this shell\naws-use: hint: activate a profile: aws-use PROFILE\n",
  );
  await check(
    { ...set, AWS_USE_EXPIRES_AT: "1000" },
    77,
    'aws-use: error: the credentials of "admin" have expired\naws-use: hint: get new ones: aws-use admin\n',
  );
  bench.emulator.faults.add({ kind: "throttle", action: "GetCallerIdentity", times: 3 });
  const throttled = await bench.run(["status", "--check"], { env: set });
  assert.equal(throttled.code, 75, throttled.stderr);
  bench.emulator.world.sessions.length = 0;
  await check(
    set,
    77,
    'aws-use: error: AWS refuses the credentials of "admin": The security token included in the request is invalid.\n' +
      "aws-use: hint: get new ones: aws-use clear admin; aws-use admin\n",
  );
  const { set: session } = await bench.run(["default"]);
  await check(
    session,
    77,
    'aws-use: error: AWS refuses the credentials of "default": The security token included in the request is invalid.\n' +
      "aws-use: hint: get new ones: aws-use clear; aws-use default\n",
  );
});

Deno.test("list --json: the values of the files, inheritance applied, absent ones null, and until when it is cached", async () => {
  await using bench = await withSession([
    `[default]\nregion = eu-central-1\nmfa_serial = ${serial}\n`,
    role("readonly").replace("role/admin", "role/readonly"),
    role(
      "full",
      `source_profile = default\nregion = eu-west-1\nexternal_id = x-1\nduration_seconds = 7200\nmfa_serial = ${serial}`,
    ),
    "[profile tool]\ncredential_process = /bin/true\n",
    "[profile bare]\noutput = json\n",
    "[sso-session x]\nsso_region = eu-west-1\n",
  ].join("\n"));
  const ran = await bench.run(["list", "--json"]);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  const rows = JSON.parse(ran.stdout);
  const cachedUntil = rows[1].cached_until;
  assert.match(cachedUntil, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Math.abs(Date.parse(cachedUntil) - Date.now() - 3_600_000) < 20_000);
  assert.ok(Math.abs(Date.parse(rows[0].cached_until) - Date.now() - 12 * 3_600_000) < 20_000);
  const absent = {
    role_arn: null,
    account: null,
    source_profile: null,
    mfa_serial: null,
    region: null,
    external_id: null,
    duration_seconds: null,
    source: null,
    cached_until: null,
  };
  assert.deepEqual(rows.map((row: Record<string, unknown>) => ({ ...row, cached_until: null })), [
    { ...absent, name: "default", account: "123456789012", mfa_serial: serial, region: "eu-central-1", source: "keys" },
    {
      ...absent,
      name: "readonly",
      role_arn: "arn:aws:iam::123456789012:role/readonly",
      account: "123456789012",
      source_profile: "default",
      source: "source_profile",
    },
    {
      name: "full",
      role_arn: "arn:aws:iam::123456789012:role/admin",
      account: "123456789012",
      source_profile: "default",
      mfa_serial: serial,
      region: "eu-west-1",
      external_id: "x-1",
      duration_seconds: 7200,
      source: "source_profile",
      cached_until: null,
    },
    { ...absent, name: "tool", source: "credential_process" },
    { ...absent, name: "bare" },
  ]);
});

Deno.test("list: the MFA devices that a profile would be asked for, inherited and several ones too", async () => {
  await using bench = await startBench({
    config: `[default]\nmfa_serial = ${serial}\n` +
      "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n" +
      `[profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\naws_use_mfa_serials = ${serial} arn:aws:iam::123456789012:mfa/spare\nsource_profile = default\n` +
      "[profile 日本]\nmfa_serial = arn:aws:iam::123456789012:mfa/own\n",
  });
  const { code, stdout, stderr } = await bench.run(["list"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(
    stdout,
    [
      "PROFILE  ROLE   ACCOUNT       MFA          CACHED",
      "default  -      123456789012  alice        -",
      "admin    admin  123456789012  alice        -",
      "two      two    123456789012  alice spare  -",
      "日本     -      123456789012  own          -",
      "",
    ].join("\n"),
  );
});

for (const variable of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) {
  Deno.test(`a file that ${variable} names and that is not there is told with a profile that is not found`, async () => {
    await using bench = await startBench({ config: "", credentials: "" });
    const why = `${variable} names /nowhere/file, which is not there`;
    const hint = `correct the path, or: unset ${variable}`;
    const env = { [variable]: "/nowhere/file" };
    assertFails(await bench.run(["admin"], { env }), {
      code: 78,
      error: `there is no profile "admin": ${why}`,
      hint,
    });
    assertFails(await bench.run(["admin"], { env: { [variable]: "" } }), {
      code: 78,
      error: `there is no profile "admin": ${variable} is set, and names no file`,
      hint,
    });
    const listed = await bench.run(["list"], { env });
    assert.deepEqual([listed.code, listed.stdout], [0, ""]);
    assert.equal(listed.stderr, `aws-use: there is no profile: ${why}; ${hint}\n`);
    await using terminal = await openCore(bench, [], { env });
    assert.equal(await terminal.exitCode(), 78);
    assert.match(
      await terminal.screen(),
      new RegExp(`^aws-use: error: there is no profile to pick: ${why}\naws-use: hint: ${hint}$`, "m"),
    );
  });
}

Deno.test("prompt without a name lists the setups with their files, in columns", async () => {
  await using bench = await startBench();
  for (const words of [["prompt"], ["prompt", "--setup"]]) {
    const { code, stdout, stderr } = await bench.run(words);
    assert.deepEqual([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0], /^NAME {11}WHERE$/);
    assert.equal(lines.length, 1 + Object.keys(promptSetups).length);
    for (const line of lines.slice(1)) assert.match(line, /^[a-z0-9-]+ {2,}\S/);
    assert.equal(new Set(lines.map((line) => line.search(/(?<= {2})\S/))).size, 1, stdout);
  }
});

Deno.test("list: a file that is not UTF-8 hides no profile, and its hint mends it as it stands", async () => {
  await using bench = await startBench();
  const path = `${bench.home}/.aws/credentials`;
  const before = await Deno.readTextFile(path);
  await Deno.writeFile(path, Uint8Array.from(`# Schl\xfcssel\n${before}`, (c) => c.charCodeAt(0)));
  await Deno.chmod(path, 0o600);
  const ran = await bench.run(["list"]);
  assert.equal(ran.code, 65);
  assert.match(ran.stdout, /^admin /m);
  const told = /^aws-use: error: (.*)\naws-use: hint: if it is Latin-1: (.*)\n$/.exec(ran.stderr);
  assert.equal(told?.[1], `cannot read ${path}, line 1: it is not UTF-8`);
  await using terminal = await openCore(bench, []);
  await terminal.waitFor(/> default[^]*admin/);
  const pasted = await new Deno.Command("sh", { args: ["-c", told[2]] }).output();
  assert.equal(pasted.code, 0);
  assert.equal(await Deno.readTextFile(path), `# Schl\xfcssel\n${before}`);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.deepEqual(Array.from(Deno.readDirSync(`${bench.home}/.aws`), ({ name }) => name).toSorted(), [
    "config",
    "credentials",
  ]);
  assert.equal((await bench.run(["list"])).code, 0);
});

Deno.test("list: a broken file is told with line and remedy, and what can be read is listed; 65", async () => {
  await using bench = await startBench({ config: `${usualConfig()}[profile broken\n` });
  const line = usualConfig().split("\n").length;
  const path = `${bench.home}/.aws/config`;
  for (const words of [["list"], ["list", "--json"]]) {
    const ran = await bench.run(words);
    assert.equal(ran.code, 65);
    assert.equal(
      ran.stderr,
      `aws-use: error: cannot read ${path}, line ${line}: this line begins a [section] and has no "]"\n` +
        `aws-use: hint: correct the line with: \${EDITOR:-vi} +${line} ${path}\n`,
    );
    assert.match(ran.stdout, /admin/);
    assert.match(ran.stdout, /fresh/);
  }
  const inFish = await bench.run(["list"], { env: { AWS_USE_PLUGIN: "fish/0.1.0", AWS_USE_PLUGIN_FILE: "" } });
  assert.match(inFish.stderr, new RegExp(`hint: correct the line with: vi \\+${line} ${path}\n`));
  for (
    const words of [["admin"], ["env", "admin", "--format", "sh"], ["clear", "admin"], ["token"], [
      "status",
      "--explain",
      "admin",
    ]]
  ) {
    const ran = await bench.run(words);
    assert.equal(ran.code, 65, `${words}: ${ran.stderr}`);
    assert.equal(ran.stdout, "");
  }
});

Deno.test("control characters of a profile's name and values reach no terminal, in no output", async () => {
  const evil = "evil\x1b[2J\x07\u009b31m\u202e";
  await using bench = await startBench({
    config:
      `${usualConfig()}\n[profile ${evil}]\nrole_arn = arn:aws:iam::123456789012:role/\x1b]0;x\x07\nregion = \x1b[31m\n`,
  });
  for (
    const words of [
      ["list"],
      ["list", "--json"],
      [evil],
      ["env", evil, "--format", "sh"],
      ["status", "--explain", evil],
      ["clear", evil],
      ["token", evil],
      [`${evil}x`],
    ]
  ) {
    const { stdout, stderr } = await bench.run(words);
    assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/, JSON.stringify(words));
    assert.notEqual(stdout + stderr, "");
  }
  const status = await bench.run(["status"], {
    env: { AWS_USE_PROFILE: evil, AWS_USE_IDENTITY: evil, AWS_REGION: evil },
  });
  assert.doesNotMatch(status.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("clear: one profile's role credentials and fast-path file; without a name the MFA sessions too, never the windows", async () => {
  await using bench = await withSession();
  await bench.run(["admin"]);
  const folders = async () => {
    const tree = await treeOf(bench.cache);
    const count = (folder: string) => [...tree.keys()].filter((path) => path.startsWith(`${folder}/`)).length;
    return { roles: count("roles"), sessions: count("sessions"), windows: count("windows"), env: count("env") };
  };
  assert.deepEqual(await folders(), { roles: 2, sessions: 1, windows: 1, env: 2 });
  const one = await bench.run(["clear", "admin"]);
  assert.deepEqual([one.code, one.stdout, one.stderr], [0, "", 'aws-use: cleared the role credentials of "admin"\n']);
  assert.deepEqual(await folders(), { roles: 1, sessions: 1, windows: 1, env: 1 });
  assert.ok((await treeOf(bench.cache)).has("env/readonly"));
  assert.equal((await bench.run(["clear", "admin"])).stderr, 'aws-use: nothing of "admin" is cached\n');
  assertFails(await bench.run(["clear", "admni"]), {
    code: 78,
    error: 'there is no profile "admni" (did you mean "admin"?)',
    hint: "see the profiles that there are with: aws-use list",
  });
  const all = await bench.run(["clear"]);
  assert.equal(all.stderr, `aws-use: cleared the credentials of 1 role and 1 MFA session in ${bench.cache}\n`);
  assert.deepEqual(await folders(), { roles: 0, sessions: 0, windows: 1, env: 0 });
  // A profile that has lost its source is cleared too.
  await bench.run(withCodeLater("admin"));
  await bench.writeConfig(usualConfig().replaceAll("source_profile = default", "source_profile = gone"));
  assert.equal((await bench.run(["clear", "admin"])).code, 0);
  assert.deepEqual(await folders(), { roles: 0, sessions: 1, windows: 1, env: 0 });
});

Deno.test("clear: what others have put into a folder that was named as the cache stays", async () => {
  await using bench = await withSession();
  await bench.run(["admin"]);
  const theirs = ["env/pyvenv.cfg", "env/readme", "roles/cook", "sessions/one", "tab/profiles", "devices/phone"];
  for (const path of theirs) await Deno.writeTextFile(`${bench.cache}/${path}`, "home = /usr/bin\n", { mode: 0o600 });
  await Deno.mkdir(`${bench.cache}/env/bin/x`, { recursive: true, mode: 0o700 });
  await Deno.symlink("bin", `${bench.cache}/env/lib64`);
  const all = await bench.run(["clear"]);
  assert.deepEqual([all.code, all.stderr], [
    0,
    `aws-use: cleared the credentials of 2 roles and 1 MFA session in ${bench.cache}\n`,
  ]);
  assert.ok((await Deno.stat(`${bench.cache}/env/lib64/x`)).isDirectory);
  await Deno.remove(`${bench.cache}/env/lib64`);
  const left = [...(await treeOf(bench.cache)).keys()].filter((path) =>
    /^(env|roles|sessions|tab|devices)\//.test(path)
  );
  assert.deepEqual(left.sort(), theirs.sort());
});

Deno.test("clear: of a profile that was renamed since, and of odd but plain names", async () => {
  const odd = ["@a+b", "_x-", ".hid", "+1@c.d", "9"];
  await using bench = await withSession([usualConfig(), ...odd.map((name) => role(name))].join("\n"));
  const envs = () => Array.from(Deno.readDirSync(`${bench.cache}/env`), ({ name }) => name).sort();
  for (const name of ["admin", ...odd]) assert.equal((await bench.run([name])).code, 0, name);
  assert.deepEqual(envs(), ["admin", "readonly", ...odd].sort());
  for (const name of odd) assert.equal((await bench.run(["clear", name])).code, 0, name);
  assert.deepEqual(envs(), ["admin", "readonly"]);

  await bench.run(["admin"]);
  await bench.writeConfig(usualConfig().replace("[profile admin]", "[profile chief]"));
  const renamed = await bench.run(["clear", "admin"]);
  assert.deepEqual([renamed.code, renamed.stderr], [0, 'aws-use: cleared the role credentials of "admin"\n']);
  assert.deepEqual(envs(), ["readonly"]);
  const again = await bench.run(["clear", "admin"]);
  assert.deepEqual([again.code, again.stderr.includes('there is no profile "admin"')], [78, true]);
});

function withCodeLater(...words: readonly string[]): readonly string[] {
  return [...words, "--token-code", codeOf(alice, 30)];
}

Deno.test("token: the code and a newline on stdout, nothing else; a touch is asked for on stderr", async () => {
  await using bench = await startBench();
  const before = codeOf();
  const ran = await bench.run(["token"], { plugin: false });
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok([`${before}\n`, `${codeOf()}\n`].includes(ran.stdout), ran.stdout);
  assert.equal(ran.stderr, 'touch your YubiKey for profile "default" (alice), within 15 s …\n');
  assert.deepEqual(bench.emulator.calls, []);
});

Deno.test("token: whose device: the argument's, the active profile's, the default's, the only one, else they are listed", async () => {
  const spare = "arn:aws:iam::123456789012:mfa/spare";
  const key = (name: string, secretBase32: string) => ({ name, secretBase32, touch: false });
  const keys = [{
    serial: 1,
    accounts: [key(serial, alice.mfaSecret), key(carol.mfaSerial, carol.mfaSecret), key(spare, bobSecret)],
  }];
  const carolProfile = `[profile carol]\nmfa_serial = ${carol.mfaSerial}\n${keysOf(carol)}`;
  const codes = (secret: string) => [codeOf({ mfaSecret: secret }), codeOf({ mfaSecret: secret }, -30)];
  const assertCode = async (bench: Bench, secret: string, words: readonly string[], env = {}) => {
    const ran = await bench.run(["token", ...words], { env });
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(codes(secret).includes(ran.stdout.trim()), `${words}: ${ran.stdout}`);
  };
  await using bench = await startBench({ keys, config: `${usualConfig()}\n${carolProfile}` });
  await assertCode(bench, alice.mfaSecret, []);
  await assertCode(bench, carol.mfaSecret, ["carol"]);
  await assertCode(bench, alice.mfaSecret, ["admin"]);
  await assertCode(bench, carol.mfaSecret, [carol.mfaSerial]);
  await assertCode(bench, bobSecret, [spare]);
  await assertCode(bench, carol.mfaSecret, [], { AWS_USE_PROFILE: "carol" });
  await assertCode(bench, carol.mfaSecret, [], { AWS_USE_PROFILE: "admin", AWS_USE_ACTIVE: "carol" });
  await assertCode(bench, alice.mfaSecret, ["default"], { AWS_USE_PROFILE: "carol" });

  const several = `[profile alice]\nmfa_serial = ${serial}\n${keysOf(alice)}${carolProfile}`;
  await bench.writeConfig(several);
  await Deno.writeTextFile(`${bench.home}/.aws/credentials`, "");
  assertFails(await bench.run(["token"]), {
    code: 78,
    error: `there are several MFA devices: ${serial}, ${carol.mfaSerial}`,
    hint: `name one: aws-token ${serial}`,
  });
  await bench.writeConfig(carolProfile);
  await assertCode(bench, carol.mfaSecret, []);
  // No profile names one, so the keys are looked at.
  await bench.writeConfig(`[default]\nregion = eu-west-1\n${keysOf(bob)}`);
  assertFails(await bench.run(["token"]), {
    code: 78,
    error: `there are several MFA devices: ${serial}, ${carol.mfaSerial}, ${spare}`,
    hint: `name one: aws-token ${serial}`,
  });
  assertFails(await bench.run(["token", "default"]), {
    code: 78,
    error: 'profile "default" has no mfa_serial',
    hint: "name the device: aws-token arn:aws:iam::123456789012:mfa/NAME",
  });
  await using lone = await startBench({
    keys: [{ serial: 1, accounts: [key(spare, bobSecret)] }],
    config: "",
    credentials: "",
  });
  await assertCode(lone, bobSecret, []);
  await using none = await startBench({ keys: [{ serial: 1 }], config: "", credentials: "" });
  assertFails(await none.run(["token"]), {
    code: 78,
    error: "no profile has an mfa_serial, and no YubiKey has an account of AWS",
    hint: "name the device: aws-token arn:aws:iam::123456789012:mfa/NAME",
  });
});

const bobSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

Deno.test("token: a code that was shown may be shown again, and is not sent by us", async () => {
  await using bench = await startBench({
    config: usualConfig().replace("region = eu-central-1", 'region = eu-central-1\nmfa_process = cat "$HOME/code"'),
  });
  const code = codeOf();
  await Deno.writeTextFile(`${bench.home}/code`, code);
  for (let time = 0; time < 2; time++) assert.equal((await bench.run(["token"])).stdout, `${code}\n`);
  const sent = await bench.run(["admin", "--token-code", code]);
  assert.equal(sent.code, 77);
  assert.match(sent.stderr, /this code of "\S+" was used already/);
  assert.deepEqual(bench.calls(), []);
});

Deno.test("token --copy: by the first program that this desktop has, on its stdin; no secret in its environment", async () => {
  const env = { AWS_SECRET_ACCESS_KEY: "mine/EXAMPLEKEY", AWS_SESSION_TOKEN: "mytoken" };
  const cases: readonly { program: string; env: Record<string, string>; args: string }[] = [
    { program: "pbcopy", env: {}, args: "" },
    { program: "wl-copy", env: { WAYLAND_DISPLAY: "wayland-0" }, args: "" },
    { program: "xclip", env: { DISPLAY: ":0" }, args: "-selection clipboard " },
    { program: "xsel", env: { DISPLAY: ":0" }, args: "--clipboard --input " },
    { program: "clip.exe", env: { WSL_DISTRO_NAME: "Debian" }, args: "" },
  ];
  for (const { program, env: desktop, args } of cases) {
    await using bench = await startBench({
      keys: [{ serial: 1, accounts: [{ name: serial, secretBase32: alice.mfaSecret }] }],
    });
    await addProgram(bench, program);
    const ran = await bench.run(["token", "--copy"], { env: { ...env, ...desktop } });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, "");
    const seconds = Number(/lives (\d+) s\n$/.exec(ran.stderr)?.[1]);
    assert.equal(
      ran.stderr,
      `aws-use: the code of ${serial} is on the clipboard (${program}) and lives ${seconds} s\n`,
    );
    assert.ok(seconds >= 0 && seconds <= 30);
    const copied = await Deno.readTextFile(`${bench.home}/${program}.in`);
    assert.ok([codeOf(), codeOf(alice, -30)].includes(copied), copied);
    assert.equal((await Deno.readTextFile(`${bench.home}/${program}.args`)).trimStart(), args);
    assert.doesNotMatch(await Deno.readTextFile(`${bench.home}/${program}.env`), /EXAMPLEKEY|mytoken/);
  }
});

Deno.test("token --copy: a program that fails is passed over, the terminal serves last, and without any it is told", async () => {
  await using bench = await startBench({
    keys: [{ serial: 1, accounts: [{ name: serial, secretBase32: alice.mfaSecret }] }],
  });
  await addProgram(bench, "pbcopy", "exit 1\n");
  assertFails(await bench.run(["token", "admin", "--copy"]), {
    code: 69,
    error: "there is no clipboard: no pbcopy, wl-copy, xclip, xsel or clip.exe, and no terminal",
    hint: "print the code: aws-token admin",
  });
  await using terminal = await openCore(bench, ["token", "--copy"], {
    columns: 200,
    // tmux keeps what a program puts on the clipboard in a buffer of its own.
    script: '/usr/bin/env tmux set -s set-clipboard on; "$@"; /usr/bin/env tmux show-buffer >buffer; true',
    env: { PATH: `${bench.env.PATH}:${Deno.env.get("PATH")}` },
  });
  assert.equal(await terminal.exitCode(), 0);
  assert.match(
    await terminal.screen(),
    /handed to the terminal's clipboard \(OSC 52\) and lives \d+ s; if it is not there: aws-token$/m,
  );
  assert.ok([codeOf(), codeOf(alice, -30)].includes(await Deno.readTextFile(`${bench.home}/buffer`)));
});

Deno.test("init: the plugin of a shell, byte for byte; another one is refused", async () => {
  await using bench = await startBench();
  for (const shell of ["zsh", "bash", "fish"]) {
    const ran = await bench.run(["init", shell]);
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    assert.match(ran.stdout, new RegExp(`^#.*\n(?:.*\n)+`));
    assert.ok(ran.stdout.includes("_aws_use_"));
  }
  assertFails(await bench.run(["init", "powershell"]), {
    code: 64,
    error: 'there is no plugin for "powershell": zsh, bash or fish',
    hint: "aws-use init zsh > ~/.aws-use.zsh",
  });
});

Deno.test("--version and --help, for every verb, on stdout, without touching anything", async () => {
  await using bench = await startBench({ config: "[broken" });
  assert.deepEqual(await bench.run(["--version"]).then(({ code, stdout, stderr }) => ({ code, stdout, stderr })), {
    code: 0,
    stdout: `aws-use ${version}\n`,
    stderr: "",
  });
  const overview = await bench.run(["--help"]);
  assert.deepEqual([overview.code, overview.stderr], [0, ""]);
  for (const name of [...Object.keys(variables), ...Object.keys(profileKeys)]) {
    assert.match(overview.stdout, new RegExp(`^  ${name} +\\S`, "m"));
  }
  assert.match((await bench.run(["prompt", "--help"])).stdout, /^NAME: zsh, bash, fish, powerlevel10k, /m);
  for (const { name, summary, flags } of verbs) {
    assert.ok(overview.stdout.includes(summary), name);
    const ran = await bench.run([name, "--help"]);
    assert.deepEqual([ran.code, ran.stderr], [0, ""], name);
    for (const flag of flags) assert.ok(ran.stdout.includes(`--${flag.name}`), `${name} --${flag.name}`);
  }
  await assert.rejects(Deno.stat(bench.cache), Deno.errors.NotFound);
});

Deno.test("mfa ACTION --help: what the action is, with its own flags and no others", async () => {
  await using bench = await startBench();
  const all = verbs.find(({ name }) => name === "mfa")!.flags.map(({ name }) => name);
  const whole = await bench.run(["mfa", "--help"]);
  for (const [action, { summary, flags, examples }] of Object.entries(mfaActions)) {
    assert.ok(whole.stdout.includes(`  ${action.padEnd(6)}  ${summary}\n`), whole.stdout);
    const { code, stdout, stderr } = await bench.run(["mfa", action, "--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(stdout.startsWith(`usage: aws-use mfa ${action} [PROFILE] [flags]\n\n  ${summary}\n`), stdout);
    const own = flags.map(({ name }) => name);
    for (const { name, help } of flags) assert.match(stdout, new RegExp(`^  --${name}\\b.*  `, "m"), help);
    const foreign = all.filter((name) => !own.includes(name));
    for (const name of foreign) assert.doesNotMatch(stdout, new RegExp(`^  --${name}\\b`, "m"));
    for (const example of examples) assert.ok(stdout.includes(`  ${example}\n`));
  }
});

Deno.test("off: without a plugin it is told what to type", async () => {
  await using bench = await startBench();
  assertFails(await bench.run(["off"], { plugin: false }), {
    code: 64,
    error: "this shell has not loaded the aws-use plugin, so nothing can be taken out of it",
    hint: "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
  });
});

/** Texts of the files below `folder`, by their path in it. */
async function treeOf(folder: string): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory) tree.set(entry.name, await Deno.readTextFile(path));
    else for (const [inner, text] of await treeOf(path)) tree.set(`${entry.name}/${inner}`, text);
  }
  return tree;
}
