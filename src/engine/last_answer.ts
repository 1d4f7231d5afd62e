/** A profile's last answer, where it serves without reading and planning anything. */
import { configPaths } from "../core/config_paths.ts";
import { type EnvironmentChange, parseWireLines } from "../core/wire.ts";
import { openCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { fastPathHeader, folderOf, isNewerThanFiles, isPlainName, madeUnder } from "./fast_path.ts";
import { marginOf } from "./margin.ts";

/**
 * What env/NAME says, under the conditions under which a shell switches by it; null where there is any doubt. Throws
 * Failure("cannotCreate") for a cache that is refused, Failure("usage") for an AWS_USE_MARGIN that is no duration.
 */
export async function lastAnswer(profile: string, world: World): Promise<EnvironmentChange | null> {
  const marginSeconds = marginOf(world);
  const header = fastPathHeader(world.environment);
  const paths = configPaths(world.environment.all(), world.environment.get("HOME") ?? "");
  const files = [paths.configPath, paths.credentialsPath];
  if (header === null || !isPlainName(profile) || files.some(isDoubtful)) return null;
  const cache = await openCache(world, "read");
  const nowMs = world.clock.nowMs();
  const text = await cache.readText("env", profile) ?? "";
  const change = madeUnder(text, header, nowMs) ? parseWireLines(text.slice(text.indexOf("\n") + 1)) : null;
  if (change?.set.AWS_USE_PROFILE !== profile) return null;
  if (!(Number(change.set.AWS_USE_EXPIRES_AT) - nowMs / 1000 > marginSeconds)) return null;
  // What a link leads to changes without a trace here.
  const home = world.environment.get("HOME")?.replace(/\/$/, "");
  const ways = new Set(files.flatMap((path) => [path, ...foldersTo(path, home)]));
  const sources = await Promise.all([...ways].map((path) => world.files.status(path)));
  if (sources.some((source) => source?.isLink)) return null;
  return await isNewerThanFiles(`env/${profile}`, world, cache, paths) ? change : null;
}

/** The folders on the way to `path`, from the one it lies in up to `home`, which is taken at its word, or to the root. */
function foldersTo(path: string, home: string | undefined): readonly string[] {
  const folders: string[] = [];
  for (let folder = folderOf(path); folder !== home && folder !== "/"; folder = folderOf(folder)) folders.push(folder);
  return folders;
}

/** Whether a path depends on the working folder, or its folders cannot be told by its slashes. */
function isDoubtful(path: string): boolean {
  return !path.startsWith("/") || /\/\/|\/\.\.?\//.test(path);
}
