/** What a person reads when it goes wrong: each time two lines, what with the value at hand and what helps, and the exit code. */
import assert from "node:assert/strict";
import {
  type Bench,
  type BenchOptions,
  core,
  keysOf,
  people,
  type Ran,
  type RunOptions,
  startBench,
  usualConfig,
} from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { assertFails, type Told } from "../support/failure.ts";

const { alice, bob, carol } = people;
const serial = alice.mfaSerial;
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const roleProfile = (name: string, more: string) => `[profile ${name}]\nrole_arn = ${role(name)}\n${more}\n`;

interface Case {
  readonly name: string;
  readonly options?: BenchOptions;
  readonly words?: readonly string[];
  readonly run?: RunOptions;
  readonly prepare?: (bench: Bench) => Promise<void> | void;
  /** The lines, which may tell where the bench is. */
  readonly told: Told | ((bench: Bench) => Told);
  /** What AWS was asked for: nothing unless said. */
  readonly calls?: readonly string[];
}

/** A code given by hand, so that no YubiKey is needed. */
const withCode = (words: readonly string[] = ["admin"]) => [...words, "--token-code", codeOf()];
/** Keys of a user without an MFA device. */
const asBob: BenchOptions = {
  config: usualConfig().replace(/mfa_serial.*\n/, ""),
  credentials: `[default]\n${keysOf(bob)}`,
};
const noDevice = "aws-use: note: no MFA device was found: a role whose trust policy wants MFA will refuse";

const cases: readonly Case[] = [
  {
    name: "an unknown profile",
    words: ["admni"],
    told: {
      code: 78,
      error: 'there is no profile "admni" (did you mean "admin"?)',
      hint: "see the profiles that there are with: aws-use list",
    },
  },
  {
    name: "an unknown verb",
    words: ["statsu"],
    told: {
      code: 78,
      error: 'there is no profile "statsu"',
      hint: "for the verb: aws-use status; see the profiles that there are with: aws-use list",
    },
  },
  {
    name: "a verb of a later version",
    words: ["exec", "admin"],
    told: {
      code: 64,
      error: 'the verb "exec" is reserved for a later version',
      hint: "for a profile of that name: aws-use use exec",
    },
  },
  {
    name: "an unknown flag",
    words: ["admin", "--durration", "2h"],
    told: {
      code: 64,
      error: 'use has no flag --durration (did you mean "--duration"?)',
      hint: "aws-use use --help; for a profile of that name: aws-use use -- --durration",
    },
  },
  {
    name: "no profile at all",
    options: { config: "", credentials: "" },
    words: ["admin"],
    told: ({ home }) => ({
      code: 78,
      error: 'there is no profile "admin"',
      hint:
        `no profile at all was found in ${home}/.aws/config and ${home}/.aws/credentials; make one with: aws configure`,
    }),
  },
  {
    name: "a loop in source_profile",
    options: { config: roleProfile("a", "source_profile = b") + roleProfile("b", "source_profile = a") },
    words: ["a"],
    told: {
      code: 78,
      error: 'source_profile runs in a loop: "a" → "b" → "a"',
      hint: "name one that has keys: aws configure set source_profile NAME --profile b",
    },
  },
  {
    name: "a source_profile that is not there",
    options: { config: roleProfile("a", "source_profile = gone") },
    words: ["a"],
    told: {
      code: 78,
      error: 'source_profile of profile "a" is "gone", and there is none',
      hint: "name another one of aws-use list: aws configure set source_profile NAME --profile a",
    },
  },
  {
    name: "a role without a source",
    options: { config: roleProfile("lonely", "region = eu-west-1") },
    words: ["lonely"],
    told: {
      code: 78,
      error: 'profile "lonely" has role_arn but no source_profile',
      hint: "name the profile whose keys assume the role with: aws configure set source_profile NAME --profile lonely",
    },
  },
  {
    name: "a profile without keys",
    options: { config: "[profile empty]\nregion = eu-west-1\n", credentials: "" },
    words: ["empty"],
    told: { code: 78, error: 'profile "empty" has no keys', hint: "enter them with: aws configure --profile empty" },
  },
  {
    name: "a source of credentials that is not there yet",
    options: { config: "[profile tool]\ncredential_process = /bin/true\n" },
    words: ["tool"],
    told: {
      code: 78,
      error: 'profile "tool" takes its credentials from credential_process, which is not supported',
      hint: "use a profile with keys or source_profile, or without aws-use: aws --profile tool",
    },
  },
  {
    name: "no YubiKey",
    options: { keys: [] },
    told: {
      code: 69,
      error: "no YubiKey is plugged in",
      hint: "plug it in, then: aws-use admin; or give a code: aws-use admin --token-code CODE",
    },
  },
  {
    name: "two YubiKeys, neither with the account",
    options: { keys: [{ serial: 11111111 }, { serial: 22222222 }] },
    told: {
      code: 69,
      error: `no YubiKey that is plugged in (11111111, 22222222) has an OATH account named "${serial}"`,
      hint:
        "see which accounts it has: ykman --device 11111111 oath accounts list; or give a code: aws-use admin --token-code CODE",
    },
  },
  {
    name: "an account that is not on the key, a longer name being there",
    options: { keys: [{ serial: 1, accounts: [{ name: `${serial}2`, secretBase32: carol.mfaSecret }] }] },
    told: {
      code: 69,
      error: `the YubiKey has no OATH account named "${serial}"`,
      hint: "see which accounts it has: ykman oath accounts list; or give a code: aws-use admin --token-code CODE",
    },
  },
  {
    name: "a touch that is not given",
    options: { touch: "manual", touchTimeoutMs: 300 },
    told: {
      code: 77,
      error: "the YubiKey was not touched in time",
      hint: "touch it while it blinks: aws-use admin",
      before: ['touch your YubiKey for profile "admin" (alice), within 15 s …'],
    },
  },
  {
    name: "an OATH password that nobody can be asked for",
    options: { keys: [{ serial: 1, password: "x", accounts: [{ name: serial, secretBase32: alice.mfaSecret }] }] },
    told: {
      code: 69,
      error: "the YubiKey wants its OATH password",
      hint: "let ykman keep it: ykman oath access remember",
    },
  },
  {
    name: "no ykman",
    options: { ykman: null },
    told: {
      code: 69,
      error: "cannot run ykman: it is not installed",
      hint:
        "sudo apt install yubikey-manager, brew install ykman, or pipx install yubikey-manager; or give a code: aws-use admin --token-code CODE",
    },
  },
  {
    name: "pcscd off",
    prepare: ({ keys }) => keys.stop(),
    told: {
      code: 69,
      error: "ykman cannot reach pcscd",
      hint: "start it: sudo systemctl enable --now pcscd.socket; or give a code: aws-use admin --token-code CODE",
    },
  },
  {
    name: "STS with trouble to the end",
    options: asBob,
    words: ["readonly"],
    prepare: ({ emulator }) => emulator.faults.add({ kind: "unavailable", action: "AssumeRole", times: "always" }),
    told: ({ emulator }) => ({
      code: 75,
      error: `AssumeRole: 127.0.0.1:${emulator.port} answered 503 ServiceUnavailable ` +
        "(The request has failed due to a temporary failure of the server.)",
      hint: "it is AWS's trouble; try again in a minute: aws-use readonly",
      before: [
        noDevice,
        "AssumeRole: AWS answered 503 ServiceUnavailable " +
        "(The request has failed due to a temporary failure of the server.); trying again (1 of 2) …",
      ],
    }),
    calls: ["ListMFADevices", "AssumeRole", "AssumeRole", "AssumeRole"],
  },
  {
    name: "IAM that throttles to the end",
    options: asBob,
    words: ["readonly"],
    prepare: ({ emulator }) => emulator.faults.add({ kind: "throttle", action: "ListMFADevices", times: "always" }),
    told: ({ emulator }) => ({
      code: 75,
      error: `iam:ListMFADevices: 127.0.0.1:${emulator.port} answered 400 Throttling (Rate exceeded)`,
      hint: "it is AWS's trouble; try again in a minute: aws-use readonly",
      before: ["ListMFADevices: AWS answered 400 Throttling (Rate exceeded); trying again (1 of 2) …"],
    }),
    calls: ["ListMFADevices", "ListMFADevices", "ListMFADevices"],
  },
  {
    name: "an answer that is none of AWS's",
    words: withCode(),
    prepare: ({ emulator }) => emulator.faults.add({ kind: "garbage", action: "GetSessionToken" }),
    told: ({ emulator }) => ({
      code: 75,
      error: `GetSessionToken: 127.0.0.1:${emulator.port} answered 200 with what is no answer of AWS`,
      hint: "a proxy or the sign-in page of a network may have answered; check HTTPS_PROXY, then: aws-use admin",
    }),
    calls: ["GetSessionToken"],
  },
  {
    name: "a role that refuses everybody",
    options: { config: `${usualConfig()}${roleProfile("locked", "source_profile = default")}` },
    words: withCode(["locked"]),
    told: {
      code: 77,
      error: `AWS refuses role "${role("locked")}": User: arn:aws:iam::123456789012:user/alice is not authorized to ` +
        `perform: sts:AssumeRole on resource: ${role("locked")}`,
      hint: "its trust policy may want MFA, an external id or another principal (sent: an MFA code was given, " +
        'no external_id, session name "alice"); compare: aws-use status --explain locked',
    },
    calls: ["GetSessionToken", "AssumeRole"],
  },
  {
    name: "a role that wants an external id",
    options: { config: usualConfig().replace("deploy-7f3a", "deploy-wrong") },
    words: withCode(["deploy"]),
    told: {
      code: 77,
      error: `AWS refuses role "${role("deploy")}": User: arn:aws:iam::123456789012:user/alice is not authorized to ` +
        `perform: sts:AssumeRole on resource: ${role("deploy")}`,
      hint: "its trust policy may want MFA, an external id or another principal (sent: an MFA code was given, " +
        'external id "deploy-wrong", session name "alice"); compare: aws-use status --explain deploy',
    },
    calls: ["GetSessionToken", "AssumeRole"],
  },
  {
    name: "a role of the command line that refuses",
    words: withCode(["readonly", "--role-arn", "arn:aws:iam::210987654321:role/prod"]),
    told: {
      code: 77,
      error: 'AWS refuses role "arn:aws:iam::210987654321:role/prod": User: ' +
        "arn:aws:sts::123456789012:assumed-role/readonly/alice is not authorized to " +
        "perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/prod",
      hint: "its trust policy may want MFA, an external id or another principal (sent: an MFA code was given, " +
        'no external_id, session name "alice"); compare: ' +
        "aws-use status --explain readonly --role-arn arn:aws:iam::210987654321:role/prod",
    },
    calls: ["GetSessionToken", "AssumeRole", "AssumeRole"],
  },
  {
    name: "a role that wants MFA, and a user without a device",
    options: asBob,
    told: {
      code: 77,
      error: `AWS refuses role "${role("admin")}": User: arn:aws:iam::123456789012:user/bob is not authorized to ` +
        `perform: sts:AssumeRole on resource: ${role("admin")}`,
      hint: "its trust policy may want MFA, an external id or another principal (sent: no MFA code was given, " +
        'no external_id, session name "tester"); compare: aws-use status --explain admin',
      before: [noDevice],
    },
    calls: ["ListMFADevices", "AssumeRole"],
  },
  {
    name: "a duration above the role's maximum",
    words: withCode(["short", "--duration", "2h"]),
    told: {
      code: 78,
      error: `role "${role("short")}" does not allow 7200 s: ` +
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      hint: "ask for less: aws-use short --duration 1h",
    },
    calls: ["AssumeRole"],
  },
  {
    name: "a duration_seconds above the role's maximum",
    options: {
      config: usualConfig().replace(`${role("short")}\n`, (line) => `${line}duration_seconds = 7200\n`),
    },
    words: withCode(["short"]),
    told: {
      code: 78,
      error: `role "${role("short")}" does not allow 7200 s: ` +
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      hint: "ask for less: aws configure set duration_seconds 3600 --profile short",
    },
    calls: ["AssumeRole"],
  },
  {
    name: "a duration above AWS's own maximum",
    words: ["short", "--duration", "13h"],
    told: {
      code: 78,
      error: "--duration is 46800 seconds, above the maximum of 43200",
      hint: "ask for 900 (15m) to 43200 (12h) seconds: --duration 12h",
    },
  },
  {
    name: "a duration_seconds below AWS's minimum",
    options: { config: usualConfig().replace(`${role("short")}\n`, (line) => `${line}duration_seconds = 600\n`) },
    words: ["short"],
    told: {
      code: 78,
      error: 'duration_seconds of profile "short" is 600 seconds, below the minimum of 900',
      hint: "ask for 900 (15m) to 43200 (12h) seconds: aws configure set duration_seconds 900 --profile short",
    },
  },
  {
    name: "what was asked for is asked for again in whole",
    words: ["admin", "--no-cache", "--region", "eu-west-3"],
    options: { keys: [] },
    told: {
      code: 69,
      error: "no YubiKey is plugged in",
      hint: "plug it in, then: aws-use admin --region eu-west-3 --no-cache; " +
        "or give a code: aws-use admin --region eu-west-3 --no-cache --token-code CODE",
    },
  },
  {
    name: "a ykman that says nothing",
    run: { env: { AWS_USE_YKMAN: "/bin/false" } },
    told: {
      code: 69,
      error: "ykman failed: it said nothing, and ended with status 1",
      hint: "see what it does: ykman --log-level DEBUG oath info",
    },
  },
  {
    name: "a session policy that is no JSON",
    words: ["admin", "--policy", "policy.json"],
    prepare: ({ home }) => Deno.writeTextFile(`${home}/policy.json`, "{"),
    told: ({ home }) => ({
      code: 64,
      error: "the session policy is not a JSON object",
      hint: `find the error with: jq . ${home}/policy.json`,
    }),
  },
  {
    name: "a session policy of too many characters",
    words: ["admin", "--policy", "policy.json"],
    prepare: ({ home }) => Deno.writeTextFile(`${home}/policy.json`, JSON.stringify({ Statement: "x".repeat(2100) })),
    told: ({ home }) => ({
      code: 64,
      error: "the session policy has 2116 characters, and STS takes 2048",
      hint: `leave out spaces, and give that file: jq -c . ${home}/policy.json > policy.short.json`,
    }),
  },
  {
    name: "a clock that is off, before a touch is wasted",
    options: { clockOffsetSeconds: -95, touch: "manual" },
    told: {
      code: 75,
      error: "clock is 95 s ahead of AWS",
      hint: "set it (Linux: sudo timedatectl set-ntp true, macOS: sudo sntp -sS time.apple.com), then: aws-use admin",
    },
  },
  {
    name: "an inactive key",
    words: withCode(),
    prepare: ({ emulator }) => {
      emulator.world.users[0].keys[0].status = "Inactive";
    },
    told: {
      code: 77,
      error:
        'AWS does not take the access key …MPLE of profile "default": it is inactive, deleted or of another partition',
      hint: 'put an active key into profile "default": aws configure --profile default',
    },
    calls: ["GetSessionToken"],
  },
  {
    name: "a deleted key",
    words: withCode(),
    prepare: ({ emulator }) => void emulator.world.users[0].keys.pop(),
    told: {
      code: 77,
      error:
        'AWS does not take the access key …MPLE of profile "default": it is inactive, deleted or of another partition',
      hint: 'put an active key into profile "default": aws configure --profile default',
    },
    calls: ["GetSessionToken"],
  },
  {
    name: "a secret that is not the key's",
    options: { credentials: `[default]\n${keysOf({ ...alice, secretAccessKey: "x".repeat(40) })}` },
    words: withCode(),
    told: {
      code: 77,
      error: 'the secret access key does not belong to the access key …MPLE of profile "default"',
      hint: 'put both halves of one key into profile "default": aws configure --profile default',
    },
    calls: ["GetSessionToken"],
  },
  {
    name: "a region that there is not, behind an endpoint of one's own: told before a touch",
    words: ["readonly"],
    run: { env: { AWS_REGION: "nowhere-1" } },
    options: { config: usualConfig().replace("region = eu-central-1\n", "") },
    told: {
      code: 78,
      error:
        `AWS takes no requests for region "nowhere-1": Credential should be scoped to a valid region, not 'nowhere-1'.`,
      hint: 'correct it (--region, AWS_REGION, or region of profile "readonly"), then: aws-use readonly',
    },
    calls: ["GetCallerIdentity"],
  },
  {
    name: "a signature that AWS does not take for another reason than the keys",
    words: withCode(),
    prepare: ({ emulator }) =>
      emulator.faults.add({
        kind: "error",
        action: "GetSessionToken",
        status: 403,
        code: "SignatureDoesNotMatch",
        message: "Credential should be scoped to correct service: 'sts'.",
      }),
    told: {
      code: 77,
      error:
        "AWS refuses GetSessionToken: SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'.",
      hint: "see how the credentials come about: aws-use status --explain admin",
    },
    calls: ["GetSessionToken"],
  },
  {
    name: "wrong keys in the environment",
    options: { config: "[profile bare]\nregion = eu-west-1\n", credentials: "" },
    words: ["bare"],
    run: { env: { AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: "x".repeat(40) } },
    told: {
      code: 77,
      error: "the secret access key does not belong to the access key …MPLE of the environment",
      hint: "put both halves of one key into the environment: export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
    },
    calls: ["ListMFADevices"],
  },
  {
    name: "expired temporary keys in the files",
    options: {
      config: "[profile pasted]\nregion = eu-west-1\n" + roleProfile("readonly", "source_profile = pasted"),
      credentials: "",
    },
    words: ["readonly"],
    prepare: async ({ emulator, home }) => {
      const session = {
        account: "123456789012",
        accessKeyId: "ASIAEXPIRED7EXAMPLE1",
        secret: "expired/EXAMPLEKEY",
        token: "expiredtoken",
        issuedAt: 0,
        expiresAt: 1,
        user: "alice",
        policyArns: [],
        tags: {},
        transitiveTagKeys: [],
      };
      emulator.world.sessions.push(session);
      const keys = keysOf({ accessKeyId: session.accessKeyId, secretAccessKey: session.secret });
      await Deno.writeTextFile(`${home}/.aws/credentials`, `[pasted]\n${keys}aws_session_token = ${session.token}\n`);
    },
    told: {
      code: 77,
      error: "the credentials have expired: The security token included in the request is expired",
      hint: 'put new ones into profile "pasted": aws configure --profile pasted',
    },
    calls: ["AssumeRole"],
  },
  {
    name: "a broken line of the config",
    options: { config: "[default]\nregion = eu-west-1\n[profile a\n" },
    told: ({ home }) => ({
      code: 65,
      error: `cannot read ${home}/.aws/config, line 3: this line begins a [section] and has no "]"`,
      hint: `correct the line with: \${EDITOR:-vi} +3 ${home}/.aws/config`,
    }),
  },
  {
    name: "a config in Latin-1",
    prepare: ({ home }) =>
      Deno.writeFile(
        `${home}/.aws/config`,
        Uint8Array.from([..."[default]\nx = "].map((c) => c.charCodeAt(0)).concat(0xe9)),
      ),
    told: ({ home }) => ({
      code: 65,
      error: `cannot read ${home}/.aws/config, line 2: it is not UTF-8`,
      hint: `if it is Latin-1: cp -p ${home}/.aws/config ${home}/.aws/config.latin1 && ` +
        `iconv -f LATIN1 -t UTF-8 ${home}/.aws/config.latin1 > ${home}/.aws/config && rm ${home}/.aws/config.latin1`,
    }),
  },
  {
    name: "a session policy of no name",
    words: ["admin", "--policy", ""],
    told: {
      code: 64,
      error: '--policy is "", which is no file',
      hint: "name a file that holds a session policy as JSON: --policy policy.json",
    },
  },
  {
    name: "a session policy that is none",
    words: withCode(["admin", "--policy", "policy.json"]),
    prepare: ({ home }) => Deno.writeTextFile(`${home}/policy.json`, '{"Version":"2012-10-17"}'),
    told: {
      code: 78,
      error: "AWS refuses the session policy: This policy contains invalid Json",
      hint: "check the JSON given by --policy; with tags it may be at most 2,048 packed bytes",
    },
    calls: ["GetSessionToken", "AssumeRole"],
  },
  {
    name: "a session policy that is too large",
    words: withCode(["admin", "--policy", "policy.json", "--policy-arn", `arn:aws:iam::aws:policy/${"x".repeat(100)}`]),
    prepare: ({ home }) => Deno.writeTextFile(`${home}/policy.json`, JSON.stringify({ Statement: ["x".repeat(2000)] })),
    told: {
      code: 78,
      error: "AWS refuses the session policy: " +
        "Packed policy consumes 105% of allotted space, please use smaller policy.",
      hint: "check the JSON given by --policy; with tags it may be at most 2,048 packed bytes",
    },
    calls: ["GetSessionToken", "AssumeRole"],
  },
  {
    name: "a CA bundle that is not there",
    words: withCode(),
    run: { env: { AWS_CA_BUNDLE: "/nowhere/ca.pem" } },
    told: {
      code: 74,
      error: "there is no CA bundle /nowhere/ca.pem",
      hint: "name a PEM file: export AWS_CA_BUNDLE=/path/to/ca.pem",
    },
  },
  {
    name: "a CA bundle that is none",
    words: withCode(),
    run: { env: { AWS_CA_BUNDLE: "/dev/null" } },
    told: {
      code: 74,
      error: "the CA bundle /dev/null holds no certificate",
      hint: "name a PEM file: export AWS_CA_BUNDLE=/path/to/ca.pem",
    },
  },
  {
    name: "no plugin in bash, whose old versions read nothing from a process",
    run: { plugin: false, env: { SHELL: "/bin/bash" } },
    told: {
      code: 64,
      error: "this shell has not loaded the aws-use plugin, so credentials cannot reach it",
      hint: "load it: aws-use init bash > ~/.aws-use.bash; source ~/.aws-use.bash; " +
        "or print them: aws-use env admin --format sh",
    },
  },
  {
    name: "no plugin for a renewal",
    words: ["renew"],
    run: { plugin: false, env: { SHELL: "/usr/bin/fish", AWS_USE_PROFILE: "admin" } },
    told: {
      code: 64,
      error: "this shell has not loaded the aws-use plugin, so credentials cannot reach it",
      hint: "load it: aws-use init fish | source; or print them: aws-use env admin --format fish",
    },
  },
  {
    name: "no plugin, and a name that is none",
    words: ["sttus"],
    run: { plugin: false },
    told: {
      code: 78,
      error: 'there is no profile "sttus"',
      hint: "for the verb: aws-use status; see the profiles that there are with: aws-use list",
    },
  },
  {
    name: "no plugin",
    run: { plugin: false, env: { SHELL: "/usr/bin/zsh" } },
    told: {
      code: 64,
      error: "this shell has not loaded the aws-use plugin, so credentials cannot reach it",
      hint: "load it: source <(aws-use init zsh); or print them: aws-use env admin --format sh",
    },
  },
];

for (const { name, options, words = ["admin"], run, prepare, told, calls = [] } of cases) {
  Deno.test(`${name}: two lines and exit code`, async () => {
    await using bench = await startBench(options);
    await prepare?.(bench);
    const ran = await bench.run(words.map((word) => word === "policy.json" ? `${bench.home}/policy.json` : word), run);
    assertFails(ran, typeof told === "function" ? told(bench) : told);
    assert.deepEqual(bench.calls(), calls);
  });
}

Deno.test("a file that cannot be read, by a person who is not root: 74", async () => {
  await using bench = await startBench();
  const path = `${bench.home}/.aws/config`;
  await Deno.chmod(bench.home, 0o755);
  await Deno.chmod(path, 0o000);
  assertFails(await runAsNobody(bench, ["admin"]), {
    code: 74,
    error: `cannot read ${path}: Permission denied (os error 13)`,
    hint: `make it yours and readable: chmod u+r ${path}`,
  });
});

/** Runs the core as a user to whom modes mean something. */
async function runAsNobody(bench: Bench, words: readonly string[]): Promise<Ran> {
  if (Deno.uid() !== 0) return await bench.run(words);
  // The checkout may lie where only its owner may go.
  const reachable = `${bench.home}/core`;
  await Deno.copyFile(core, reachable);
  await Deno.chmod(reachable, 0o755);
  const { code, stdout, stderr } = await new Deno.Command("setpriv", {
    args: [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "sh",
      "-c",
      'exec 3>/dev/null "$@"',
      "sh",
      reachable,
      ...words,
    ],
    clearEnv: true,
    env: { ...bench.env, PATH: Deno.env.get("PATH") ?? "", AWS_USE_FD: "3" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), wire: "", set: {} };
}
