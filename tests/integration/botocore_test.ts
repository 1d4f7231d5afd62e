import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { type Block, type Config, keysOf, lookUp, readConfig, valueIn } from "../../src/core/config.ts";
import type { Value } from "../../src/core/config_file.ts";
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
