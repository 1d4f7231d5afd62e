/** Changes to the person's AWS files: line by line, all at once, with what was there before kept beside. */
import { decodeConfig } from "../core/config.ts";
import { type ConfigFile, parse, print } from "../core/config_file.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { systemReason } from "./config.ts";

/** Ends the name of the copy of what was there before. */
const backupSuffix = ".aws-use-backup";

/** A file that is made new is the person's alone: it may hold keys some day. */
const newFileMode = 0o600;

/**
 * Writes what `change` makes of the file at `path`, keeping its mode and, where it is a link, the link; returns whether
 * anything changed. Throws Failure "data" for a file that botocore refuses, "io" where it cannot be read or written.
 */
export async function changeConfig(
  world: World,
  cache: SessionCache,
  path: string,
  change: (file: ConfigFile) => ConfigFile,
): Promise<boolean> {
  return await cache.exclusively("config", "changes an AWS file", async () => {
    const { files } = world;
    try {
      const target = await files.realPath(path) ?? path;
      const bytes = await files.readBytes(target);
      const before = bytes === null ? "" : decodeConfig(bytes, path);
      const after = print(change(parse(before, path)));
      if (after === before) return false;
      const mode = (await files.status(target))?.mode ?? newFileMode;
      if (bytes === null) await files.makeDirectory(target.replace(/\/[^/]*$/, "") || "/", 0o700);
      else await files.replace(`${target}${backupSuffix}`, before, mode);
      await files.replace(target, after, mode);
      return true;
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure("io", `cannot write ${shown(path)}: ${systemReason(cause)}`, {
        hint: `make the file and its folder yours and writable: chmod u+w '${shown(path)}'`,
        cause,
      });
    }
  });
}
