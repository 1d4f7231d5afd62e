/** The file tab/profiles of the cache: the names of hundreds of profiles, which Tab reads faster there than in the AWS files. */
import { isVerb } from "../cli.ts";
import { hasControl } from "../core/text.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import type { WorldConfig } from "./config.ts";
import { circumstancesHeader, isNewerThanFiles, madeUnder } from "./fast_path.ts";

const circumstances = ["HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] as const;

/** Up to as many profiles in the config file Tab reads it itself, and shows role and account of each. */
const mostDescribed = 300;

/** Writes the file where it is not of today: made under other paths, or older than an AWS file or its folder. */
export async function keepNamesForTab(world: World, cache: SessionCache, read: WorldConfig): Promise<void> {
  const header = circumstancesHeader(world.environment, circumstances);
  const { profiles } = read.config;
  const described = [...profiles.values()].filter((profile) => profile.config).length;
  if (!cache.usable || header === null || described <= mostDescribed) return;
  const kept = await cache.readText("tab", "profiles") ?? "";
  if (madeUnder(kept, header, world.clock.nowMs()) && await isNewerThanFiles("tab/profiles", world, cache, read)) {
    return;
  }
  const text = namesText(header, [...profiles.keys()], read.readAtMs);
  await cache.writeText("tab", "profiles", text, read.readAtMs);
}

/**
 * The file's text: the header, how many names Tab cannot insert as they are, wherever they stand, and a name a line, those
 * first. `atMs`: when the config was read, milliseconds since 1970.
 */
export function namesText(header: string, names: readonly string[], atMs: number): string {
  const shown = names.filter((name) => name !== "" && !hasControl(name));
  const isPlain = (name: string) => /^[A-Za-z0-9._@+:/][A-Za-z0-9._@+:/-]*$/.test(name) && !isVerb(name);
  const odd = shown.filter((name) => !isPlain(name));
  const plain = shown.filter(isPlain);
  return [`${header}${Math.floor(atMs / 1000)}`, odd.length, ...odd, ...plain, ""].join("\n");
}
