/** Where no secret may appear: what is printed, traced, given to helpers, or seen by everybody in the list of processes. */
import assert from "node:assert/strict";
import { type Bench, keysOf, people, type Ran, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { processesOf } from "../support/proc.ts";

const { alice } = people;

/** What the person keeps, and every code that is good in this minute. */
function lastingSecrets(): readonly string[] {
  return [alice.secretAccessKey, alice.mfaSecret, ...[-60, -30, 0, 30, 60].map((offset) => codeOf(alice, offset))];
}

function assertTellsNone(text: string, secrets: readonly string[], where: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${where}: ${text}`);
}

/** As if the window of every code that was used had passed. */
async function forgetCodes(bench: Bench): Promise<void> {
  await Deno.remove(`${bench.cache}/windows`, { recursive: true }).catch(() => {});
  for (const device of bench.emulator.world.devices) device.spentWindows.clear();
}

function printed({ stdout, stderr }: Ran): string {
  return stdout + stderr;
}

async function issued(bench: Bench): Promise<readonly string[]> {
  const texts = await Promise.all(
    ["sessions", "roles"].flatMap((folder) =>
      Array.from(
        Deno.readDirSync(`${bench.cache}/${folder}`),
        ({ name }) => Deno.readTextFile(`${bench.cache}/${folder}/${name}`),
      )
    ),
  );
  return texts.map((text) => JSON.parse(text)).flatMap((it) => [it.secretAccessKey, it.sessionToken]);
}

Deno.test("nothing that is printed for people tells a secret, with AWS_USE_DEBUG=1 neither", async () => {
  await using bench = await startBench();
  const env = { AWS_USE_DEBUG: "1" };
  const first = await bench.run(["admin"], { env });
  assert.equal(first.code, 0, first.stderr);
  const secrets = [...lastingSecrets(), ...await issued(bench)];
  assert.equal(secrets.length, 7 + 4);
  assertTellsNone(printed(first), secrets, "use");
  const active = { ...env, ...first.set };
  for (
    const words of [["list"], ["list", "--json"], ["status"], ["status", "--check", "--json"], [
      "status",
      "--explain",
      "admin",
    ]]
  ) {
    const ran = await bench.run(words, { env: active });
    assert.equal(ran.code, 0, ran.stderr);
    assertTellsNone(printed(ran), secrets, words.join(" "));
  }
});

Deno.test("no failure tells a secret, with its trace neither", async (t) => {
  const role = (name: string) =>
    `[profile ${name}]\nrole_arn = arn:aws:iam::123456789012:role/${name}\nsource_profile = default\n`;
  await using bench = await startBench({ config: `${usualConfig()}\n${role("locked")}` });
  assert.equal((await bench.run(["admin"])).code, 0);
  const token = (await issued(bench)).find((secret) => secret.length > 100)!;
  // AWS repeats the signed request, headers included, to who has signed it wrongly.
  const canonical =
    `The request signature we calculated does not match. The Canonical String for this request should have been ` +
    `'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:${token}\n\nhost;x-amz-security-token\nabc'`;
  const cases: Readonly<
    Record<string, { code: number; words: readonly string[]; before?: () => Promise<void> | void }>
  > = {
    "access denied": { code: 77, words: ["locked"] },
    "a wrong signature": {
      code: 77,
      words: ["prod"],
      before: () =>
        bench.emulator.faults.add({
          kind: "error",
          action: "AssumeRole",
          status: 403,
          code: "SignatureDoesNotMatch",
          message: canonical,
          times: "always",
        }),
    },
    "garbage for an answer": {
      code: 75,
      words: ["prod"],
      before: () => bench.emulator.faults.add({ kind: "garbage", times: "always" }),
    },
    "no HTTP at all": {
      code: 69,
      words: ["prod"],
      before: () => bench.emulator.faults.add({ kind: "noise", times: "always" }),
    },
    "a wrong code": { code: 77, words: ["prod", "--no-cache", "--token-code", codeOf(people.carol)] },
    "a code that is none": { code: 64, words: ["prod", "--no-cache", "--token-code", `${codeOf(alice)}x`] },
    "a line that is broken": {
      code: 65,
      words: ["prod"],
      before: () =>
        Deno.writeTextFile(
          `${bench.home}/.aws/credentials`,
          `[default]\naws_secret_access_key ${alice.secretAccessKey}\n`,
        ),
    },
    "keys in the place of a section": {
      code: 65,
      words: ["prod"],
      before: () => Deno.writeTextFile(`${bench.home}/.aws/credentials`, `[${alice.secretAccessKey}\n${keysOf(alice)}`),
    },
    "a key that is unknown": {
      code: 77,
      words: ["prod", "--no-cache"],
      before: () =>
        Deno.writeTextFile(
          `${bench.home}/.aws/credentials`,
          `[default]\n${keysOf({ ...alice, accessKeyId: "AKIAGONE7EXAMPLE1234" })}`,
        ),
    },
  };
  for (const [name, { code, words, before }] of Object.entries(cases)) {
    await t.step(name, async () => {
      bench.emulator.faults.clear();
      await before?.();
      for (const debug of ["", "1"]) {
        await forgetCodes(bench);
        const secrets = [...lastingSecrets(), codeOf(people.carol), ...await issued(bench), token.slice(200)];
        const ran = await bench.run(words, { env: { AWS_USE_DEBUG: debug } });
        assert.equal(ran.code, code, ran.stderr);
        assert.equal(ran.wire, "");
        assert.equal(/\n {0,4}at |file:\/\//.test(ran.stderr), debug === "1", ran.stderr);
        assertTellsNone(printed(ran), secrets, name);
      }
    });
  }
});

Deno.test("ykman and mfa_process get no keys, no tokens and no way to write to the shell", async () => {
  await using bench = await startBench();
  const own = {
    AWS_ACCESS_KEY_ID: "ASIAFORMER7EXAMPLE12",
    AWS_SECRET_ACCESS_KEY: "former/secret/EXAMPLE/former/secret/EXAM",
    AWS_SESSION_TOKEN: "formertoken",
    AWS_SECURITY_TOKEN: "formersecuritytoken",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "containertoken",
  };
  const spy = (file: string, rest: string) =>
    `#!/bin/sh\ncat /proc/$$/environ >'${bench.home}/${file}'\ncat /proc/$$/cmdline >>'${bench.home}/${file}'\n` +
    `{ echo AWS_REGION=evil-1 >&3; } 2>/dev/null && echo open >>'${bench.home}/${file}'\n${rest}\n`;
  const ykman = (await Deno.readTextFile(`${bench.home}/bin/ykman`)).split("\n")[1];
  await Deno.writeTextFile(`${bench.home}/bin/ykman`, spy("seen-ykman", ykman), { mode: 0o755 });
  await Deno.writeTextFile(`${bench.home}/code`, spy("seen-mfa", `cat '${bench.home}/digits'`), { mode: 0o755 });
  await Deno.writeTextFile(`${bench.home}/digits`, `${codeOf(alice)}\n`);

  const byKey = await bench.run(["admin"], { env: own });
  assert.equal(byKey.code, 0, byKey.stderr);
  await Deno.remove(bench.cache, { recursive: true });
  await forgetCodes(bench);
  await bench.writeConfig(usualConfig().replace("[default]\n", `[default]\nmfa_process = ${bench.home}/code\n`));
  const byProcess = await bench.run(["admin"], { env: own });
  assert.equal(byProcess.code, 0, byProcess.stderr);

  for (const [file, ran] of [["seen-ykman", byKey], ["seen-mfa", byProcess]] as const) {
    const seen = await Deno.readTextFile(`${bench.home}/${file}`);
    assert.match(seen, /(^|\0)PATH=/, "the spy was there");
    assertTellsNone(seen, [...lastingSecrets(), ...Object.values(own)], file);
    assert.doesNotMatch(seen, /AWS_USE_FD|open$/);
    assert.doesNotMatch(ran.wire, /evil/);
  }
});

Deno.test("no secret is in the arguments of any process, and long-lived keys in nobody's environment, at any time", async () => {
  await using bench = await startBench({ touch: "manual" });
  const { ended } = bench.start(["admin"]);
  const argv = new Set<string>();
  const environments = new Set<string>();
  let over = false;
  const sampling = (async () => {
    while (!over) {
      for (const each of processesOf(bench.home)) {
        argv.add(each.argv.join(" "));
        environments.add(JSON.stringify(each.environment));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  assert.ok(await bench.keys.touch());
  const ran = await ended();
  over = true;
  await sampling;
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok([...argv].some((line) => /oath accounts code/.test(line)), "ykman was seen");
  assert.ok([...argv].some((line) => / admin$/.test(line)), "aws-use was seen");
  const secrets = [...lastingSecrets(), ...await issued(bench)];
  assertTellsNone([...argv].join("\n"), secrets, "argv");
  assertTellsNone([...environments].join("\n"), secrets, "environment");
});
