/** `aws-use doctor` on what the files, the environment, the cache and the shell get wrong; keys and network have their own file. */
import assert from "node:assert/strict";
import { keysOf, people, usualConfig } from "../support/bench.ts";
import { examine, healthyBench } from "../support/doctor.ts";

const { alice, bob } = people;

const checks = [
  ...["plugin", "prompt", "config", "profiles", "environment", "cache", "ykman", "yubikey", "sts", "clock", "keys"],
];

Deno.test("doctor: where all is well it says so of each check, asks for no touch and leaves nothing behind", async () => {
  await using bench = await healthyBench();
  const before = await filesBelow(bench.home);
  const { code, findings, troubles } = await examine(bench);
  assert.deepEqual(troubles, []);
  assert.equal(code, 0);
  assert.deepEqual(findings.map(({ name }) => name), checks);
  assert.equal(bench.keys.touchesAsked, 0);
  assert.deepEqual(bench.calls(), ["ListAccessKeys"]);
  assert.deepEqual((await filesBelow(bench.home)).filter((path) => !path.startsWith("wire-")), before);
});

Deno.test("doctor: text for a person, one finding a line with its remedy below", async () => {
  await using bench = await healthyBench();
  const { code, stdout, stderr } = await bench.run(["doctor"], {
    env: { AWS_USE_PLUGIN: "bash/0.1.0", AWS_USE_PROMPT_SEEN: "0" },
  });
  const lines = stdout.split("\n");
  assert.deepEqual(lines.slice(0, 4), [
    "ok       plugin       bash plugin 0.1.0, as this program",
    "warning  prompt       the prompt does not show which role is active",
    "                      remedy: see the lines to paste: aws-use prompt --setup bash",
    `ok       config       7 profiles in ${bench.home}/.aws/config, ${bench.home}/.aws/credentials`,
  ]);
  assert.deepEqual(lines.slice(-2), ["0 broken, 1 warning", ""]);
  // Told where ykman takes longer than a second.
  assert.match(stderr, /^(waiting for ykman, for at most 30 s …\n)?$/);
  assert.equal(code, 0);
});

Deno.test("doctor: the plugin, its version, what keeps its guards away, and the prompt", async () => {
  // Without ykman, which takes its time and has no part in this.
  await using bench = await healthyBench({ ykman: null, config: "[default]\nregion = eu-central-1\n" });
  const troubles = async (env: Record<string, string>) =>
    (await examine(bench, { env })).troubles.filter((trouble) => !trouble.startsWith("warning ykman"));
  const notLoaded = "warning plugin: the plugin is not loaded in this shell";
  const cases: readonly (readonly [Record<string, string>, readonly string[]])[] = [
    [{ AWS_USE_PLUGIN: "", SHELL: "/usr/bin/fish" }, [
      `${notLoaded} | mkdir -p ${bench.home}/.config/fish/conf.d && aws-use init fish > ` +
      `${bench.home}/.config/fish/conf.d/aws-use.fish && exec fish`,
    ]],
    ...(["bash", "zsh"] as const).map((shell) =>
      [{ AWS_USE_PLUGIN: "", SHELL: `/bin/${shell}` }, [
        `${notLoaded} | aws-use init ${shell} > ~/.aws-use.${shell} && echo 'source ~/.aws-use.${shell}' >> ` +
        `${bench.home}/.${shell}rc && exec ${shell}`,
      ]] as const
    ),
    [{ AWS_USE_PLUGIN: "zsh/0.0.9" }, [
      "warning plugin: this shell runs the zsh plugin 0.0.9, and this program is 0.1.0 | open a new shell; if it stays " +
      "so, install program and plugin again: ./install.sh",
    ]],
    [{ AWS_USE_GUARDS_SKIPPED: "aws kubectl" }, [
      "warning plugin: not renewed before aws, kubectl: your own function or alias of that name goes first | call it " +
      "in there: aws-use renew --margin 10m; or rename yours",
    ]],
    [{ AWS_USE_PROMPT_SEEN: "0", STARSHIP_SHELL: "zsh" }, [
      "warning prompt: the prompt does not show which role is active | see the lines to paste: aws-use prompt --setup " +
      "starship",
    ]],
    [{ AWS_USE_PROMPT_SEEN: "0", STARSHIP_SHELL: "zsh", AWS_USE_COMPAT: "aws-vault" }, []],
    ...([["bash", "PROMPT_COMMAND in ~/.bashrc"], ["zsh", "precmd_functions in ~/.zshrc"]] as const).map((
      [shell, what],
    ) =>
      [{ AWS_USE_PLUGIN: `${shell}/0.1.0`, AWS_USE_PROMPT_SEEN: "stale" }, [
        "warning prompt: the prompt is not brought up to date: something has thrown out the hook of aws-use | let the " +
        `line that loads aws-use come after the one that sets ${what}, then: exec ${shell}`,
      ]] as const
    ),
  ];
  for (const [env, expected] of cases) assert.deepEqual(await troubles(env), expected);
  await Deno.mkdir(`${bench.home}/.config`);
  await Deno.writeTextFile(`${bench.home}/.config/starship.toml`, "[env_var.AWS_USE_PROMPT]\n");
  assert.deepEqual(await troubles({ AWS_USE_PROMPT_SEEN: "0", STARSHIP_SHELL: "zsh" }), []);
});

Deno.test("doctor: a plugin that a start-up file loads already gets no second line there; a comment loads nothing", async () => {
  await using bench = await healthyBench({ ykman: null, config: "[default]\nregion = eu-central-1\n" });
  const remedy = async (shell: string, more: Record<string, string> = {}) =>
    (await examine(bench, { env: { AWS_USE_PLUGIN: "", SHELL: `/bin/${shell}`, ...more } })).findings[0].remedy;
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${bench.home}/${path}`.replace(/[^/]+$/, ""), { recursive: true });
    await Deno.writeTextFile(`${bench.home}/${path}`, text);
    return `${bench.home}/${path} loads it, so open a new shell: exec `;
  };
  await write(".bashrc", "alias ll='ls -l'\n# source ~/.local/share/aws-use/aws-use.bash\n");
  assert.match(await remedy("bash") ?? "", / >> \S+\/\.bashrc && exec bash$/);
  const bash = await write(".bashrc", "alias ll='ls -l'\nsource ~/.local/share/aws-use/aws-use.bash\n");
  assert.equal(await remedy("bash"), `${bash}bash`);
  const zsh = await write("dots/.zshrc", "plugins=(git\n  aws-use)\n");
  assert.equal(await remedy("zsh", { ZDOTDIR: `${bench.home}/dots` }), `${zsh}zsh`);
  assert.match(await remedy("zsh") ?? "", / >> \S+\/\.zshrc && exec zsh$/);
  const fish = await write("xdg/fish/conf.d/aws-use.fish", "# the plugin\nfunction aws-use\n");
  assert.equal(await remedy("fish", { XDG_CONFIG_HOME: `${bench.home}/xdg` }), `${fish}fish`);
});

Deno.test("doctor: a line that cannot be read is a finding, 65, and stops no other check", async () => {
  await using bench = await healthyBench({ config: `${usualConfig()}\n[profile broken]\nno delimiter here\n` });
  const line = usualConfig().split("\n").length + 2;
  const { code, troubles, of, findings } = await examine(bench);
  assert.deepEqual(troubles.slice(0, 1), [
    `broken config: cannot read ${bench.home}/.aws/config, line ${line}: this line is neither a [section] nor "key = ` +
    `value" | correct the line with: \${EDITOR:-vi} +${line} ${bench.home}/.aws/config`,
  ]);
  assert.equal(code, 65);
  assert.deepEqual([...new Set(findings.map(({ name }) => name))], checks);
  assert.deepEqual(of("yubikey", "ok").length, 1);
});

Deno.test("doctor: one file that is not UTF-8 hides nothing of the other", async () => {
  await using bench = await healthyBench();
  await Deno.writeFile(`${bench.home}/.aws/credentials`, Uint8Array.from([0x5b, 0x61, 0x5d, 0x0a, 0xff, 0x0a]));
  const { code, of } = await examine(bench);
  assert.equal(code, 65);
  assert.deepEqual(of("config", "broken"), [`cannot read ${bench.home}/.aws/credentials, line 2: it is not UTF-8`]);
  assert.match(of("profiles", "broken").join(), /profile "default" has no keys; this stops "admin", "readonly"/);
});

Deno.test("doctor: a file that a variable names in vain, and a folder in its place, are named", async () => {
  await using bench = await healthyBench({ ykman: null });
  const config = async (env: Record<string, string> = {}) =>
    (await examine(bench, { env })).troubles.filter((trouble) => / config: /.test(trouble));
  for (const variable of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) {
    const hint = `correct the path, or: unset ${variable}`;
    assert.deepEqual(await config({ [variable]: "/nowhere/file" }), [
      `warning config: ${variable} names /nowhere/file, which is not there | ${hint}`,
    ]);
    assert.deepEqual(await config({ [variable]: bench.home }), [
      `warning config: ${variable} names ${bench.home}, which is a folder and no file | ${hint}`,
    ]);
  }
  const path = `${bench.home}/.aws/config`;
  await Deno.remove(path);
  await Deno.mkdir(path);
  const away = `move it away: mv ${path} ${path}.old`;
  assert.deepEqual(await config(), [`warning config: ${path} is a folder and no file | ${away}`]);
  const { code, stderr } = await bench.run(["admin"]);
  assert.equal(
    stderr,
    `aws-use: error: there is no profile "admin": ${path} is a folder and no file\naws-use: hint: ${away}\n`,
  );
  assert.equal(code, 78);
  await Deno.remove(`${bench.home}/.aws/credentials`);
  assert.match(
    (await config()).join("\n"),
    /^warning config: .* is a folder.*\nbroken config: there is no profile in /,
  );
});

Deno.test("doctor: no profile at all is broken, 78", async () => {
  await using bench = await healthyBench({ config: "", credentials: "" });
  const { code, troubles } = await examine(bench);
  const [config, credentials] = ["config", "credentials"].map((name) => `${bench.home}/.aws/${name}`);
  assert.deepEqual(troubles, [`broken config: there is no profile in ${config} and ${credentials} | aws configure`]);
  assert.equal(code, 78);
});

Deno.test("doctor: every profile is tried; one cause is one finding", async () => {
  const config = [
    usualConfig(),
    "[profile one]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = two",
    "[profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = one",
    "[profile lost]\nrole_arn = arn:aws:iam::123456789012:role/lost\nsource_profile = defautl",
    "[profile orphan]\nrole_arn = arn:aws:iam::123456789012:role/orphan",
    "[profile typo]\nrole_arn = arn:aws:iam::123456789012:role/typo\nsource_profile = default\nexternalid = x",
    "[profile tool]\nrole_arn = arn:aws:iam::123456789012:role/tool\nsource_profile = default\nfrobnicate_mode = x",
    "[profile region-only]\nregion = eu-west-1",
    "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = x\n[sso-session corp]\nsso_region = x",
    "",
  ].join("\n");
  await using bench = await healthyBench({ config });
  const { code, of } = await examine(bench);
  assert.deepEqual(of("profiles", "broken"), [
    'source_profile runs in a loop: "one" → "two" → "one"',
    'source_profile of profile "lost" is "defautl", and there is none (did you mean "default"?)',
    'profile "orphan" has role_arn but no source_profile',
  ]);
  assert.deepEqual(of("profiles", "warning"), [
    'without a source of credentials that aws-use has: "region-only", "sso"',
    '"externalid" of profile "typo" is a key that nobody reads (did you mean "external_id"?)',
    '"frobnicate_mode" of profile "tool" is a key that nobody reads',
  ]);
  assert.equal(code, 78);
});

Deno.test("doctor: a file with keys that others may read is a warning, one that they may write is broken", async () => {
  await using bench = await healthyBench();
  const [config, credentials] = ["config", "credentials"].map((name) => `${bench.home}/.aws/${name}`);
  await Deno.chmod(config, 0o644); // nothing secret in it
  await Deno.chmod(credentials, 0o640);
  const readable = await examine(bench);
  assert.deepEqual(readable.troubles, [
    `warning config: others may read the keys in ${credentials} (mode 0640) | chmod 600 ${credentials}`,
  ]);
  assert.equal(readable.code, 0);
  // Mode bits of the file, not of the link that leads to it.
  await Deno.rename(config, `${bench.home}/real`);
  await Deno.symlink(`${bench.home}/real`, config);
  await Deno.chmod(`${bench.home}/real`, 0o620);
  await Deno.chmod(credentials, 0o600);
  const writable = await examine(bench);
  assert.deepEqual(writable.troubles, [
    `broken config: others may write ${config} (mode 0620) | chmod 600 ${config}`,
  ]);
  assert.equal(writable.code, 78);
});

Deno.test("doctor: the mode of a device in the place of a file is the system's", async () => {
  await using bench = await healthyBench({ ykman: null });
  const { troubles } = await examine(bench, { env: { AWS_CONFIG_FILE: "/dev/null" } });
  assert.deepEqual(troubles.filter((trouble) => /\/dev\/null/.test(trouble)), []);
});

Deno.test("doctor: a folder of the files that others may write is broken, a sticky one is not", async () => {
  await using bench = await healthyBench({ ykman: null });
  const folder = `${bench.home}/.aws`;
  await Deno.chmod(folder, 0o770);
  assert.deepEqual((await examine(bench)).of("config", "broken"), [`others may put files into ${folder} (mode 0770)`]);
  await Deno.chmod(folder, 0o1777);
  assert.deepEqual((await examine(bench)).of("config", "broken"), []);
});

Deno.test("doctor: Ctrl-C ends it at once, 130", async () => {
  await using bench = await healthyBench();
  bench.emulator.faults.add({ kind: "silence", times: "always" });
  const { child, ended } = bench.start(["doctor"]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const pressedMs = Date.now();
  child.kill("SIGINT");
  assert.equal((await ended()).code, 130);
  assert.ok(Date.now() - pressedMs < 2900);
});

Deno.test("doctor: variables that get in the way are warnings, exit 0", async () => {
  await using bench = await healthyBench();
  const { code, troubles } = await examine(bench, {
    env: {
      AWS_PROFILE: "prod",
      AWS_ACCESS_KEY_ID: alice.accessKeyId,
      AWS_SECRET_ACCESS_KEY: alice.secretAccessKey,
      AWS_SECURITY_TOKEN: "old",
      AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z",
      AWS_VAULT: "prod",
      AWS_CONFIG_FILE: `${bench.home}/.aws/config`,
    },
  });
  assert.deepEqual(troubles, [
    'warning environment: AWS_PROFILE is "prod" beside keys in the environment: the AWS CLI takes the keys, other SDKs ' +
    "take the profile | unset AWS_PROFILE",
    "warning environment: AWS_SECURITY_TOKEN is set, which the AWS CLI takes in place of AWS_SESSION_TOKEN | unset " +
    "AWS_SECURITY_TOKEN",
    "warning environment: the credentials in the environment have expired at 2020-01-01T00:00:00Z | unset " +
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION",
    'warning environment: AWS_VAULT is "prod": aws-vault has put credentials into this shell, and prompts show its | ' +
    "leave that shell of aws-vault, or: unset AWS_VAULT",
  ]);
  assert.equal(code, 0);
});

Deno.test("doctor: a cache that is open to others is broken, 73, and the keys are looked at all the same", async () => {
  await using bench = await healthyBench();
  await Deno.mkdir(bench.cache, { mode: 0o755 });
  await Deno.chmod(bench.cache, 0o755);
  const { code, troubles, of } = await examine(bench);
  assert.deepEqual(troubles, [
    `broken cache: the cache is refused: ${bench.cache} is open to others (mode 0755) | chmod 700 ${bench.cache}`,
  ]);
  assert.equal(code, 73);
  assert.equal(of("yubikey", "ok").length, 1);
});

Deno.test("doctor: a cache that one may not write is opened where it is a cache, and the home is left as it is", async () => {
  await using bench = await healthyBench({ ykman: null });
  const remedyFor = async (env: Readonly<Record<string, string>>, folder: string) => {
    await Deno.chmod(folder, 0o500);
    const { findings } = await examine(bench, { env });
    await Deno.chmod(folder, 0o700);
    return findings.find(({ name }) => name === "cache")?.remedy;
  };
  await Deno.mkdir(bench.cache, { mode: 0o700 });
  assert.equal(await remedyFor({}, bench.cache), `chmod 700 ${bench.cache}`);
  const another = "set AWS_USE_CACHE_DIR to a directory of your own";
  assert.equal(await remedyFor({ AWS_USE_CACHE_DIR: bench.home }, bench.home), another);
});

Deno.test("doctor: a cache in which nothing can be kept is broken, 73, and nothing is made to find out", async () => {
  await using bench = await healthyBench({ ykman: null });
  const found = async (cache: string) => {
    const { ran, findings } = await examine(bench, { env: { AWS_USE_CACHE_DIR: cache } });
    assert.equal(ran.stderr, "");
    const { state, message, remedy } = findings.find(({ name }) => name === "cache")!;
    return `${state} ${message} | ${remedy}`;
  };
  const broken = (message: string, remedy: string) => `broken nothing is cached: ${message} | ${remedy}`;
  const another = "set AWS_USE_CACHE_DIR to a directory of your own";
  const file = `${bench.home}/file`;
  for (const mode of [0o700, 0o644]) {
    await Deno.writeTextFile(file, "mine");
    await Deno.chmod(file, mode);
    assert.equal(await found(file), broken(`${file} is no directory`, another));
  }
  assert.equal(
    await found(`${file}/cache`),
    broken(`${file}/cache cannot be made: ${file} is no directory`, another),
  );
  if (Deno.build.os === "linux") {
    assert.equal(
      await found("/proc/nope/cache"),
      broken("/proc/nope/cache cannot be made: you may not write /proc (mode 0555)", another),
    );
  }
  const readOnly = `${bench.home}/read-only`;
  await Deno.mkdir(readOnly);
  await Deno.chmod(readOnly, 0o500);
  assert.equal(await found(readOnly), broken(`you may not write ${readOnly} (mode 0500)`, `chmod 700 ${readOnly}`));
  await Deno.mkdir(bench.cache, { mode: 0o700 });
  await Deno.writeTextFile(`${bench.cache}/roles`, "", { mode: 0o600 });
  assert.equal(
    await found(bench.cache),
    broken(`${bench.cache}/roles is no directory`, `move it away: mv ${bench.cache}/roles ${bench.cache}/roles.old`),
  );
  const deep = `${bench.home}/not/yet/there`;
  assert.equal(await found(deep), `ok ${deep} is not there yet; the first call makes it | null`);
  assert.equal(await Deno.stat(`${bench.home}/not`).catch(() => null), null);
  assert.equal((await examine(bench, { env: { AWS_USE_CACHE_DIR: file, AWS_USE_YKMAN: "" } })).code, 73);
});

Deno.test("doctor: the exit code is that of the first broken check", async () => {
  await using bench = await healthyBench({ ykman: null, config: `${usualConfig()}\nno delimiter\n` });
  await Deno.mkdir(bench.cache, { mode: 0o755 });
  await Deno.chmod(bench.cache, 0o755);
  const { code, findings, of } = await examine(bench);
  assert.deepEqual(findings.filter(({ state }) => state === "broken").map(({ name }) => name), [
    "config",
    "cache",
    "ykman",
  ]);
  assert.equal(code, 65);
  assert.deepEqual([of("profiles", "ok"), of("profiles", "warning")], [[], [
    "7 can be read and lead to credentials; the rest was not looked at",
  ]]);
});

Deno.test("doctor: the age of long-lived keys, by IAM or else by their file", async () => {
  const twoKeys = `[default]\n${keysOf(alice)}\n[bob]\n${keysOf(bob)}`;
  await using bench = await healthyBench({ credentials: twoKeys });
  const credentials = `${bench.home}/.aws/credentials`;
  const dayMs = 86_400_000;
  const key = bench.emulator.world.users.find(({ name }) => name === "alice")!.keys[0] as { createdAt: number };
  key.createdAt = Date.now() - 400.5 * dayMs;
  const told = await examine(bench);
  assert.deepEqual(told.troubles, [
    `warning keys: the access key …MPLE of profile "default" is 400 days old and lies in plain text in ${credentials} | ` +
    "make a new one: aws iam create-access-key --profile default; put it in: aws configure --profile default; switch " +
    "the old one off: aws iam update-access-key --status Inactive --access-key-id OLD --profile default; and when " +
    "nothing misses it: aws iam delete-access-key --access-key-id OLD --profile default",
  ]);
  assert.equal(told.code, 0);
  // Where IAM refuses, the file tells how old its keys are at least.
  bench.emulator.world.users.find(({ name }) => name === "alice")!.deny.push("iam:ListAccessKeys");
  const withheld = await examine(bench);
  assert.deepEqual(withheld.troubles, []);
  assert.deepEqual(withheld.of("keys", "ok"), [
    'the age of the access key …MPLE of profile "default" is not known: AWS does not let its user ask for it',
  ]);
  const longAgo = new Date(Date.now() - 200.5 * dayMs);
  await Deno.utime(credentials, longAgo, longAgo);
  assert.deepEqual((await examine(bench)).of("keys", "warning"), [
    `the access key …MPLE of profile "default" is at least 200 days old and lies in plain text in ${credentials}`,
  ]);
});

Deno.test("doctor: why the age of a key is not known; one profile is no plural", async () => {
  await using bench = await healthyBench({ ykman: null, config: "[default]\nregion = eu-central-1\n" });
  bench.emulator.faults.add({ kind: "unavailable", action: "ListAccessKeys", times: "always" });
  const { troubles, of } = await examine(bench);
  const age = troubles.filter((trouble) => / keys: /.test(trouble)).join();
  assert.match(
    age,
    /is not known: ListAccessKeys: 127\.0\.0\.1:\d+ answered 503\b.* \| .*try again in a minute: aws-use doctor$/,
  );
  assert.deepEqual(of("profiles", "ok"), ["the one there is leads to credentials"]);
});

Deno.test("doctor: a key that AWS does not take any more is broken, 77", async () => {
  await using bench = await healthyBench({
    credentials: `[default]\n${keysOf({ ...alice, accessKeyId: "AKIADELETED" })}`,
  });
  const { code, troubles } = await examine(bench);
  assert.deepEqual(troubles, [
    'broken keys: AWS does not take the access key …ETED of profile "default": it is inactive, deleted or of another ' +
    'partition | put an active key into profile "default": aws configure --profile default',
  ]);
  assert.equal(code, 77);
});

Deno.test("doctor: AWS_PROFILE that names no profile, unless a file could not be read whole", async () => {
  await using bench = await healthyBench({ ykman: null });
  const env = { AWS_PROFILE: "amdin" };
  assert.deepEqual((await examine(bench, { env })).of("environment", "warning"), [
    'AWS_PROFILE is "amdin", and there is no such profile (did you mean "admin"?)',
  ]);
  const fish = await examine(bench, { env: { ...env, AWS_USE_PLUGIN: "fish/0.1.0" } });
  assert.equal(fish.findings.find(({ name }) => name === "environment")?.remedy, "set -e AWS_PROFILE");
  await bench.writeConfig(`${usualConfig()}\nno delimiter\n`);
  assert.deepEqual((await examine(bench, { env })).of("environment", "warning"), []);
});

Deno.test("doctor: names out of the files reach the terminal without control characters", async () => {
  const config =
    `${usualConfig()}\n[profile "a\x1b[31mb"]\nrole_arn = arn:aws:iam::123456789012:role/x\nbo\x1bgus = 1\n`;
  await using bench = await healthyBench({ config });
  const { stdout, stderr, code } = await bench.run(["doctor"]);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
  assert.equal(code, 78);
});

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const below = await Promise.all(
    entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => filesBelow(`${folder}/${name}`)),
  );
  return [...entries.map(({ name }) => name), ...below.flat()].toSorted();
}
