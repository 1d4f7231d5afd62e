/** The person's AWS files, read. */
import {
  type AbsentFile,
  type Config,
  decodeConfig,
  decodeTolerant,
  readConfig,
  readConfigTolerant,
} from "../core/config.ts";
import { configPaths } from "../core/config_paths.ts";
import { shellWord } from "../core/shell_word.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export interface WorldConfig {
  readonly config: Config;
  readonly configPath: string;
  readonly credentialsPath: string;
  /** When reading began, so that whatever is made of it counts as older than a later edit. */
  readonly readAtMs: number;
}

/**
 * How far the clock that stamps files may be behind, in milliseconds: Linux stamps with the time of the last timer
 * interrupt, of which there are at least 100 a second. Source: `CONFIG_HZ`, `current_time()` in the kernel's fs/inode.c.
 */
const fileClockLagMs = 10;

/**
 * Both AWS files. `tolerant` leaves out what botocore refuses and tells it in `config.problems`.
 * Throws Failure("data") naming file and line, Failure("io") for a file that cannot be read.
 */
export async function readWorldConfig(world: World, tolerant = false): Promise<WorldConfig> {
  const readAtMs = world.clock.nowMs() - fileClockLagMs;
  const environment = world.environment.all();
  const { configPath, credentialsPath } = configPaths(environment, world.environment.get("HOME") ?? "");
  const [first, second] = await Promise.all([configPath, credentialsPath].map(async (path) => {
    const bytes = await bytesOf(world, path);
    return bytes === null ? { text: null, problems: [] } : decodeTolerant(bytes, path);
  }));
  const [configText, credentialsText] = [first.text, second.text];
  const absent = [
    ...await absentAt(world, "AWS_CONFIG_FILE", configPath, configText),
    ...await absentAt(world, "AWS_SHARED_CREDENTIALS_FILE", credentialsPath, credentialsText),
  ];
  const undecoded = [...first.problems, ...second.problems];
  const texts = { configText, configPath, credentialsText, credentialsPath, absent, undecoded };
  const config = tolerant ? readConfigTolerant(texts) : readConfig(texts);
  return { config, configPath, credentialsPath, readAtMs };
}

/** Text of one of the two files, or null where there is none. Throws Failure("io"), and Failure("data") for what is not UTF-8. */
export async function readConfigFile(world: World, path: string): Promise<string | null> {
  const bytes = await bytesOf(world, path);
  return bytes && decodeConfig(bytes, path);
}

async function bytesOf(world: World, path: string): Promise<Uint8Array | null> {
  if (path === "") return null;
  try {
    // As botocore: a folder under that name is no file.
    if ((await world.files.status(path, { follow: true }))?.isDirectory) return null;
    return await world.files.readBytes(path);
  } catch (cause) {
    throw new Failure("io", `cannot read ${shown(path)}: ${systemReason(cause)}`, {
      hint: `make it yours and readable: chmod u+r ${shellWord(path)}`,
      cause,
    });
  }
}

/** The file at `path`, which `variable` may name, where it has no text although a person would think so. */
export async function absentAt(
  { files, environment }: World,
  variable: string,
  path: string,
  text: string | null,
): Promise<readonly AbsentFile[]> {
  if (text !== null) return [];
  const isNamed = environment.all()[variable] !== undefined;
  const isFolder = path !== "" && ((await files.status(path, { follow: true }))?.isDirectory ?? false);
  return isNamed || isFolder ? [{ path, isFolder, variable: isNamed ? variable : null }] : [];
}

/** What the system says, without the call and path that Deno adds: `Permission denied (os error 13)`. */
export function systemReason(error: unknown): string {
  return shown(error instanceof Error ? error.message : String(error)).replace(/: \w+ '.*$/, "");
}
