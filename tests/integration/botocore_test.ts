import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { type Block, type Config, keysOf, lookUp, readConfig, valueIn } from "../../src/core/config.ts";
import { configPaths } from "../../src/core/config_paths.ts";
import type { Value } from "../../src/core/config_file.ts";
import { adminArn, configOf } from "../support/plan_samples.ts";
import { findChain } from "../../src/core/chain.ts";
import { plan } from "../../src/core/plan.ts";
import { botocore } from "../support/botocore.ts";
import { generated, handMade, type Sample } from "../support/config_samples.ts";

type Plain = Record<string, Record<string, unknown>>;
type Reading = { profiles: Plain; sso_sessions: Plain; services: Plain } | { refused: string };

function ours(sample: Sample): Reading {
  try {
    const config = readConfig({
      configText: sample.config,
      configPath: "config",
      credentialsText: sample.credentials,
      credentialsPath: "credentials",
    });
    return { profiles: profiles(config), sso_sessions: blocks(config.ssoSessions), services: blocks(config.services) };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "data") throw error;
    return { refused: error.message };
  }
}

function profiles(config: Config): Plain {
  const entries = [...config.profiles].map(([name, entry]) => {
    const values = [...keysOf(entry)].map((key) => [key, plain(lookUp(entry, key)!.value)]);
    return [name, record(values)];
  });
  return record(entries);
}

function blocks(all: ReadonlyMap<string, Block>): Plain {
  return record([...all].map(([name, block]) => {
    const keys = [...block.defaults.keys(), ...block.section.options.keys()];
    return [name, record(keys.map((key) => [key, plain(valueIn(block, key)!)]))];
  }));
}

const plain = (value: Value) => typeof value === "string" ? value : record([...value]);

// JSON.parse makes __proto__ an own property; so must the other side of the comparison.
// deno-lint-ignore no-explicit-any
const record = (entries: readonly (readonly unknown[])[]): any =>
  JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`);

async function withFolders(samples: ReadonlyMap<string, Sample>, use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, sample] of samples) {
      await Deno.mkdir(`${folder}/${name}`);
      for (const file of ["config", "credentials"] as const) {
        const text = sample[file];
        if (text !== null) await Deno.writeTextFile(`${folder}/${name}/${file}`, text);
      }
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readConfig() reads and refuses what botocore reads and refuses", async () => {
  const samples = new Map([
    ...Object.entries(handMade),
    ...generated(600).map((sample, index) => [`generated ${index}`, sample] as const),
  ]);
  await withFolders(samples, async (folder) => {
    const theirs = await botocore(["read", folder]) as Record<string, Reading>;
    assert.equal(Object.keys(theirs).length, samples.size);
    const differences: string[] = [];
    let refused = 0;
    for (const [name, sample] of samples) {
      const [mine, reference] = [ours(sample), theirs[name]];
      if ("refused" in reference) refused++;
      const sameOrder = (a: Plain, b: Plain) => Object.keys(a).join("\n") === Object.keys(b).join("\n");
      const same = "refused" in reference
        ? "refused" in mine && /^cannot read (config|credentials), line \d+: /.test(mine.refused)
        : !("refused" in mine) && equal(mine, reference) && sameOrder(mine.profiles, reference.profiles);
      if (!same) differences.push(JSON.stringify({ name, sample, mine, reference }, null, 1));
    }
    assert.equal(differences.length, 0, `${differences.length} differ\n${differences.slice(0, 3).join("\n")}`);
    assert.ok(refused >= 100 && samples.size - refused >= 200, `${refused} of ${samples.size} were refused`);
  });
});

function equal(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** Where a profile's credentials come from, for each case both files; `a` names `b` names `c` as source. */
function* sourceSamples(): Generator<readonly [string, Sample]> {
  const keys = (name: string) => `aws_access_key_id = AKIA${name}\naws_secret_access_key = s\n`;
  const role = `role_arn = ${adminArn}\n`;
  const parts: Readonly<Record<string, string>> = {
    nothing: "region = x\n",
    keys: keys("CONFIG"),
    "half of keys": "aws_access_key_id = AKIACONFIG\n",
    "other half": "aws_secret_access_key = s\n",
    token: `${keys("CONFIG")}aws_session_token = t1\n`,
    "two tokens": `${keys("CONFIG")}aws_session_token = t1\naws_security_token = t2\n`,
    role,
    "role with keys": role + keys("CONFIG"),
    "role of itself": `${role}source_profile = NAME\n`,
    "role of itself with keys": `${role}source_profile = NAME\n${keys("CONFIG")}`,
    "role with a source": `${role}source_profile = NEXT\n`,
    "role with keys and a source": `${role}source_profile = NEXT\n${keys("CONFIG")}`,
    "role with two sources": `${role}source_profile = NEXT\ncredential_source = Environment\n`,
    "source without a role": "source_profile = NEXT\n",
    "role that comes back": `${role}source_profile = a\n`,
    "role of nobody": `${role}source_profile = nobody\n`,
    process: "credential_process = /bin/false\n",
    "process and keys": `credential_process = /bin/false\n${keys("CONFIG")}`,
    "web identity and keys": `${role}web_identity_token_file = /t\n${keys("CONFIG")}`,
    "empty web identity and keys": `${role}web_identity_token_file =\n${keys("CONFIG")}`,
    "sso and keys": `sso_start_url = https://x\nsso_region = x\nsso_account_id = 1\nsso_role_name = r\n${
      keys("CONFIG")
    }`,
    "only an sso session and keys": `sso_session = x\n${keys("CONFIG")}`,
  };
  const credentials: Readonly<Record<string, string>> = {
    none: "",
    keys: keys("CREDENTIALS"),
    half: "aws_access_key_id = AKIACREDENTIALS\n",
    role: `${role}source_profile = NEXT\n`,
    process: "credential_process = /bin/false\n",
  };
  const section = (name: string, next: string, text: string) => text.replaceAll("NAME", name).replaceAll("NEXT", next);
  let count = 0;
  for (const part of Object.values(parts)) {
    for (const secret of Object.values(credentials)) {
      for (const below of [parts.keys, parts["role with a source"], parts["role with keys and a source"], part]) {
        yield [`case ${count++}`, {
          config: `[profile a]\n${section("a", "b", part)}[profile b]\n${section("b", "c", below)}[profile c]\n${
            keys("C")
          }`,
          credentials: secret === "" ? null : `[a]\n${section("a", "b", secret)}`,
        }];
      }
    }
  }
}

type Source = { method: string; key: string | null; token: string | null } | { refused: string };

/** The same answer from us; a source that aws-use does not have counts as the refusal that it is. */
function ourSource(sample: Sample, name: string): Source {
  try {
    const { roles, keys, keysFrom } = findChain(name, configOf(sample.config, sample.credentials), {});
    if (roles.length > 0) return { method: "assume-role", key: null, token: null };
    const method = keysFrom === "credentials" ? "shared-credentials-file" : "config-file";
    return { method, key: keys.accessKeyId, token: keys.sessionToken ?? null };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "config") throw error;
    return { refused: error.message };
  }
}

Deno.test("findChain() takes the credentials that botocore takes", async () => {
  const samples = new Map(sourceSamples());
  // What these methods give would need a process or a call, and aws-use says that it does not have them.
  const notOurs = ["custom-process", "sso", "assume-role-with-web-identity"];
  await withFolders(samples, async (folder) => {
    const theirs = await botocore(["credentials", folder]) as Record<string, Record<string, Source>>;
    const differences: string[] = [];
    const seen = new Map<string, number>();
    for (const [name, sample] of samples) {
      for (const [profile, reference] of Object.entries(theirs[name])) {
        const mine = ourSource(sample, profile);
        const kind = "refused" in reference ? reference.refused : reference.method;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        // botocore asks a source only when it is used; we name the one that is missing at once.
        const missing = "refused" in mine
          ? /^profile "(.)" takes its .* not supported$/.exec(mine.refused)?.[1]
          : undefined;
        const atSource = missing === undefined ? reference : theirs[name][missing];
        const isNotOurs = "method" in atSource && notOurs.includes(atSource.method);
        const same = "refused" in reference || isNotOurs ? "refused" in mine : equal(mine, reference);
        if (!same) differences.push(JSON.stringify({ sample, profile, mine, reference }, null, 1));
      }
    }
    assert.equal(differences.length, 0, `${differences.length} differ\n${differences.slice(0, 3).join("\n")}`);
    for (
      const kind of [...notOurs, "assume-role", "shared-credentials-file", "config-file", "InfiniteLoopConfigError"]
    ) {
      assert.ok((seen.get(kind) ?? 0) >= 3, `${kind} was met ${seen.get(kind) ?? 0} times`);
    }
  });
});

interface EndpointCase {
  readonly config: string;
  readonly environment: Record<string, string>;
}

function* endpointSamples(): Generator<EndpointCase> {
  const regions = [
    ...["us-east-1", "us-west-2", "eu-west-1", "eu-central-2", "ap-southeast-7", "il-central-1", "mx-central-1"],
    ...["cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1"],
    ...["eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1", "mars-north-1", "aws-global", "fips-us-east-2"],
  ];
  const variants = ["", "use_fips_endpoint = true", "use_dualstack_endpoint = True"];
  for (const region of regions) {
    for (const variant of [...variants, variants.join("\n"), "sts_regional_endpoints = legacy"]) {
      // For a region that is none botocore makes up hosts that do not exist, and of two tables of the isolated
      // partitions one has no dual-stack endpoints, so that it refuses.
      if (region === "aws-global" && /fips|dual/.test(variant) || /iso/.test(region) && /dual/.test(variant)) continue;
      yield { config: `[default]\nregion = ${region}\n${variant}\n`, environment: {} };
    }
  }
  const urls = [
    "endpoint_url = http://config:1",
    "services = s",
    "services = s\nendpoint_url = http://config:1",
    "services = gone",
    "services = text",
    "endpoint_url = http://config:1\nuse_fips_endpoint = true",
    "endpoint_url = http://config:1\nignore_configured_endpoint_urls = true",
    "endpoint_url = nonsense",
  ];
  const environments: readonly Record<string, string>[] = [
    {},
    { AWS_ENDPOINT_URL: "http://all:1" },
    { AWS_ENDPOINT_URL_STS: "http://sts:1", AWS_ENDPOINT_URL_IAM: "https://iam/path" },
    { AWS_ENDPOINT_URL_STS: "http://sts:1", AWS_ENDPOINT_URL: "http://all:1" },
    { AWS_ENDPOINT_URL_STS: "", AWS_ENDPOINT_URL: "" },
    { AWS_ENDPOINT_URL: "http://all:1", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" },
    { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "1" },
    { AWS_USE_FIPS_ENDPOINT: "true" },
    { AWS_USE_DUALSTACK_ENDPOINT: "true" },
    { AWS_USE_FIPS_ENDPOINT: "" },
    { AWS_STS_REGIONAL_ENDPOINTS: "legacy" },
    { AWS_STS_REGIONAL_ENDPOINTS: "" },
    { AWS_STS_REGIONAL_ENDPOINTS: "other" },
  ];
  const sections = "[services s]\nsts =\n  endpoint_url = http://services:1\n[services text]\nsts = x\niam = y\n";
  for (const url of ["", ...urls]) {
    for (const environment of environments) {
      yield { config: `[default]\nregion = eu-west-1\n${url}\n${sections}`, environment };
    }
  }
  yield { config: "", environment: {} };
  yield { config: "", environment: { AWS_DEFAULT_REGION: "us-gov-west-1" } };
  yield { config: "[default]\nregion = eu_west_1\n", environment: {} };
  yield { config: "[default]\nregion = -a\n", environment: {} };
}

function ourEndpoints({ config, environment }: EndpointCase): { sts: unknown; iam: unknown } {
  const all = configOf(config === "" ? "[default]\n" : config);
  const keys = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s" };
  try {
    const { sts, iam } = plan("default", all, { ...keys, ...environment }, { additions: {}, loginName: "x" });
    return { sts, iam };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "config") throw error;
    return { sts: { refused: error.message }, iam: { refused: error.message } };
  }
}

Deno.test("plan() sends requests where botocore sends them, signed for the same region", async () => {
  const samples = [...endpointSamples()];
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, JSON.stringify(samples));
    const theirs = await botocore(["endpoints", file]) as { sts: object; iam: object }[];
    assert.equal(theirs.length, samples.length);
    for (const [index, sample] of samples.entries()) {
      const [mine, reference] = [ourEndpoints(sample), theirs[index]];
      const isRefused = "refused" in reference.sts || "refused" in reference.iam;
      const expected = isRefused ? { ...mine, refused: true } : reference;
      const actual = "refused" in (mine.sts as object) ? { ...mine, refused: true } : mine;
      assert.deepEqual(actual, expected, JSON.stringify({ sample, reference }));
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("configPaths() looks where botocore looks", async () => {
  const environments: readonly Record<string, string>[] = [
    { HOME: "/home/a" },
    { HOME: "/home/a/" },
    { HOME: "/" },
    { HOME: "/home/a", AWS_CONFIG_FILE: "~/c", AWS_SHARED_CREDENTIALS_FILE: "/x/~/k" },
    { HOME: "/home/a", AWS_CONFIG_FILE: "$HOME/c", AWS_SHARED_CREDENTIALS_FILE: "${X}/$Y/$Z/${", X: "1", Y: "$X" },
    { HOME: "/home/a", AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "~" },
    { HOME: "/home/a", AWS_CONFIG_FILE: "$TILDE/c", AWS_SHARED_CREDENTIALS_FILE: "a/$$HOME", TILDE: "~" },
    { HOME: "/home/$a", AWS_CONFIG_FILE: "~/c" },
  ];
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, JSON.stringify(environments));
    const theirs = await botocore(["paths", file]) as [string, string][];
    const mine = environments.map((environment) => configPaths(environment, "/elsewhere"));
    assert.deepEqual(mine.map((paths) => [paths.configPath, paths.credentialsPath]), theirs);
  } finally {
    await Deno.remove(file);
  }
});
