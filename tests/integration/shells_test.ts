/** The whole thread: a real shell, the plugin, the compiled core, the real ykman, an AWS. */
import assert from "node:assert/strict";
import { type Bench, core, startBench } from "../support/bench.ts";
import { type Family, pluginFile } from "../shell/adapters.ts";

const families: readonly Family[] = ["zsh", "bash", "fish"];

const start: Readonly<Record<Family, readonly string[]>> = {
  zsh: ["zsh", "-f"],
  bash: ["bash", "--norc", "--noprofile"],
  fish: ["fish", "--no-config"],
};

/** Runs `lines` after the plugin was loaded. `dump NAME` leaves the environment behind for `environment(NAME)`. */
async function shell(bench: Bench, family: Family, lines: readonly string[], env: Record<string, string> = {}) {
  const [program, ...flags] = start[family];
  const source = [
    `source '${pluginFile(family)}'`,
    family === "fish"
      ? `function dump; env -0 >${bench.home}/dump-$argv[1]; end`
      : `dump() { env -0 >"${bench.home}/dump-$1"; }`,
    ...lines,
  ].join("\n");
  await Deno.symlink(core, `${bench.home}/bin/aws-use`).catch(() => {});
  const output = await new Deno.Command(await pathOf(program), {
    args: [...flags, "-c", source],
    clearEnv: true,
    env: { ...bench.env, ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

async function environment(bench: Bench, name: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(`${bench.home}/dump-${name}`);
  const pairs = text.split("\0").filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs.filter(([key]) => key.startsWith("AWS_")));
}

async function pathOf(program: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

for (const family of families) {
  Deno.test(`${family}: one touch, the role's credentials, a switch without a process, off restores`, async () => {
    await using bench = await startBench();
    const env = { AWS_PROFILE: "mine", AWS_REGION: "ap-south-1", AWS_SECURITY_TOKEN: "stale" };
    const { stderr, code } = await shell(bench, family, [
      "dump before",
      "aws-use admin",
      "dump core",
      // The file is as old as its config then, and the shell leaves such a one to the core.
      "aws-use off",
      "aws-use admin",
      "dump fast",
      "aws-use prod",
      "dump prod",
      "aws-use off",
      "dump after",
    ], env);
    assert.equal(code, 0, stderr);
    assert.deepEqual(stderr.split("\n"), [
      'touch your YubiKey for profile "admin" (alice), within 15 s …',
      "admin as alice@123456789012, 59m",
      "admin is off",
      "admin as alice@123456789012, 59m",
      "prod as alice@210987654321, 59m",
      "prod is off",
      "",
    ]);
    assert.deepEqual(bench.calls(), ["GetSessionToken", "AssumeRole", "AssumeRole"]);
    assert.equal(bench.keys.touchesAsked, 1);

    const core = await environment(bench, "core");
    assert.equal(core.AWS_USE_PROFILE, "admin");
    assert.equal(core.AWS_REGION, "eu-west-1");
    assert.equal(core.AWS_PROFILE, undefined);
    assert.equal(core.AWS_SECURITY_TOKEN, undefined);
    assert.deepEqual(await environment(bench, "fast"), core);
    // The profile has no region, so the person's own is back.
    assert.equal((await environment(bench, "prod")).AWS_REGION, "ap-south-1");
    assert.deepEqual(await environment(bench, "after"), await environment(bench, "before"));
  });

  Deno.test(`${family}: status --check, list through a pipe, token on stdout alone, exit codes`, async () => {
    await using bench = await startBench();
    const { stdout, stderr, code } = await shell(bench, family, [
      "aws-use readonly",
      "aws-use status --check",
      "aws-use list --json | cat >/dev/null",
      family === "fish" ? "aws-use nosuch; echo code $status" : "aws-use nosuch; echo code $?",
      family === "fish" ? "aws-use list --nosuch; echo code $status" : "aws-use list --nosuch; echo code $?",
      family === "fish" ? "aws-use renew; echo code $status" : "aws-use renew; echo code $?",
      "aws-use off",
      family === "fish"
        ? "aws-use status --check 2>/dev/null; echo code $status"
        : "aws-use status --check 2>/dev/null; echo code $?",
      family === "fish" ? "aws-use renew; echo code $status" : "aws-use renew; echo code $?",
    ]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.split("\n").filter((line) => line.startsWith("code")), [
      "code 78",
      "code 64",
      "code 0",
      "code 69",
      "code 78",
    ]);
    assert.match(stdout, /assumed-role\/readonly\/alice/);
    // The role was renewed, without a touch.
    assert.deepEqual(bench.calls(), ["GetSessionToken", "AssumeRole", "GetCallerIdentity", "AssumeRole"]);
    assert.equal(bench.keys.touchesAsked, 1);
  });

  Deno.test(`${family}: a guarded command renews in silence before it runs, and runs with the new credentials`, async () => {
    await using bench = await startBench();
    // It also forgets the cached role, as if time had passed: the MFA session serves for a new one.
    const command =
      '#!/bin/sh\nprintf "%s\\n" "$AWS_ACCESS_KEY_ID" >>"$HOME/ran"\n/bin/rm -f "$AWS_USE_CACHE_DIR"/roles/*\n';
    await Deno.writeTextFile(`${bench.home}/bin/terraform`, command, { mode: 0o755 });
    const soon = family === "fish"
      ? "set -gx AWS_USE_EXPIRES_AT (math (date +%s) + 300)"
      : "export AWS_USE_EXPIRES_AT=$(( $(date +%s) + 300 ))";
    await Deno.symlink("/usr/bin/date", `${bench.home}/bin/date`).catch(() => {});
    const { stderr, code } = await shell(bench, family, ["aws-use admin", "terraform", soon, "terraform", "dump end"]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.split("\n").length, 3, stderr);
    const [first, second] = (await Deno.readTextFile(`${bench.home}/ran`)).split("\n");
    assert.notEqual(first, second);
    const end = await environment(bench, "end");
    assert.equal(end.AWS_ACCESS_KEY_ID, second);
    assert.ok(Number(end.AWS_USE_EXPIRES_AT) > Date.now() / 1000 + 3000);
    assert.equal(bench.keys.touchesAsked, 1);
  });

  Deno.test(`${family}: a renewal that fails is one line with its reason, and two with the remedy where nothing runs`, async () => {
    await using bench = await startBench();
    await Deno.writeTextFile(`${bench.home}/bin/terraform`, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const left = (seconds: number) =>
      family === "fish"
        ? `set -gx AWS_USE_EXPIRES_AT (math (date +%s) + ${seconds})`
        : `export AWS_USE_EXPIRES_AT=$(( $(date +%s) + ${seconds} ))`;
    await Deno.symlink("/usr/bin/date", `${bench.home}/bin/date`).catch(() => {});
    const { stdout, stderr, code } = await shell(bench, family, [
      "aws-use admin",
      "/bin/rm -r $AWS_USE_CACHE_DIR/roles $AWS_USE_CACHE_DIR/sessions $AWS_USE_CACHE_DIR/env",
      left(290),
      "terraform",
      "set -g _aws_use_failed_at 0; _aws_use_failed_at=0".split("; ")[family === "fish" ? 0 : 1],
      left(0),
      "terraform",
    ]);
    assert.equal(code, 75, stderr);
    assert.equal(stdout, "ran\n");
    const why = 'a code of "arn:aws:iam::123456789012:mfa/alice" is needed, and nobody may be asked now';
    assert.deepEqual(stderr.split("\n").slice(2), [
      `aws-use: warning: admin has 4m left and could not be renewed: ${why}`,
      `aws-use: error: ${why}`,
      "aws-use: hint: ask for it in a terminal: aws-use renew",
      "",
    ]);
  });

  Deno.test(`${family}: a core that is killed once it has answered leaves nothing of its answer on the screen`, async () => {
    await using bench = await startBench();
    await Deno.writeTextFile(`${bench.home}/bin/terraform`, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const killed = `#!/bin/sh\n'${core}' "$@" 3>&3\n[ "$1" != renew ] || kill -9 $$\n`;
    await Deno.writeTextFile(`${bench.home}/bin/aws-use`, killed, { mode: 0o755 });
    await Deno.symlink("/usr/bin/date", `${bench.home}/bin/date`).catch(() => {});
    const soon = (seconds: number) =>
      family === "fish"
        ? `set -gx AWS_USE_EXPIRES_AT (math (date +%s) + ${seconds}); set -g _aws_use_failed_at 0`
        : `export AWS_USE_EXPIRES_AT=$(( $(date +%s) + ${seconds} )); _aws_use_failed_at=0`;
    const { stdout, stderr, code } = await shell(bench, family, [
      "aws-use admin",
      soon(290),
      "terraform",
      soon(5),
      "terraform",
    ]);
    assert.equal(code, 137, stderr);
    assert.equal(stdout, "ran\n");
    assert.deepEqual(stderr.split("\n").slice(2), [
      "aws-use: warning: admin has 4m left and could not be renewed",
      "",
    ]);
    assert.equal(bench.calls().filter((call) => call === "AssumeRole").length, 1);
  });

  Deno.test(`${family}: a margin that cannot be met is told in one line each time, and asked for once`, async () => {
    await using bench = await startBench();
    await Deno.writeTextFile(`${bench.home}/bin/terraform`, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const { stdout, stderr } = await shell(bench, family, [
      "aws-use admin",
      "AWS_USE_MARGIN=2h terraform",
      "AWS_USE_MARGIN=2h terraform",
    ]);
    assert.equal(stdout, "ran\nran\n");
    const [first, second, ...rest] = stderr.split("\n").slice(2);
    assert.equal(first, 'aws-use: 2h cannot be had for "admin": it takes a code, and nobody may be asked for one now');
    assert.match(second, /^aws-use: warning: admin has 59m left and cannot have 2h$/);
    assert.deepEqual(rest, [""]);
    // What is active is as good as any that can be had without a code.
    assert.deepEqual(bench.calls(), ["GetSessionToken", "AssumeRole", "GetRole"]);
  });
}
