/** Changes to the person's AWS files: line by line, all at once, with a copy of what was there before. */
import { decodeConfig } from "../core/config.ts";
import { type ConfigFile, parse, print } from "../core/config_file.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { Files, World } from "../world/world.ts";
import { systemReason } from "./config.ts";

/** Ends the name of the copy of what was there before. */
const backupSuffix = ".aws-use-backup";

/** A file that is made new is the person's alone: it may hold keys some day. */
const newFileMode = 0o600;

/** What was written; `backup` is the path of the copy of what was there before, null where none is kept. */
export interface Change {
  readonly backup: string | null;
}

/**
 * Writes what `change` makes of the file at `path`, keeping its mode and, where it is a link, the link; null where that
 * changes nothing. The copy of what was there before lies beside the file, beside a link's target; of a file that holds
 * keys it is kept only until the new file has been read back, because a secret shall not be copied around.
 *
 * Throws Failure "data" for a file that botocore refuses, "io" where it cannot be read or written.
 */
export async function changeConfig(
  world: World,
  cache: SessionCache,
  path: string,
  change: (file: ConfigFile) => ConfigFile,
): Promise<Change | null> {
  return await cache.exclusively("config", "changes an AWS file", async () => {
    const { files } = world;
    try {
      const target = await files.realPath(path) ?? path;
      const bytes = await files.readBytes(target);
      const before = bytes === null ? "" : decodeConfig(bytes, path);
      const after = print(change(parse(before, path)));
      if (after === before) return null;
      if (bytes === null) {
        await files.makeDirectory(target.replace(/\/[^/]*$/, "") || "/", 0o700);
        await files.replace(target, after, newFileMode);
        return { backup: null };
      }
      const mode = (await files.status(target))?.mode ?? newFileMode;
      return await replaced(files, { path, target, before, after, mode });
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure("io", `cannot write ${shown(path)}: ${systemReason(cause)}`, {
        hint: `make the file and its folder yours and writable: chmod u+w ${shellWord(path)}`,
        cause,
      });
    }
  });
}

interface Replacement {
  /** As the person names it, and without links. */
  readonly path: string;
  readonly target: string;
  readonly before: string;
  readonly after: string;
  readonly mode: number;
}

async function replaced(files: Files, { path, target, before, after, mode }: Replacement): Promise<Change> {
  const backup = `${target}${backupSuffix}`;
  const isSecret = holdsKeys(before);
  await files.replace(backup, before, isSecret ? mode & 0o600 : mode);
  try {
    await files.replace(target, after, mode);
  } catch (error) {
    // The file is as it was.
    if (isSecret) await files.remove(backup);
    throw error;
  }
  if (!isSecret) return { backup };
  const written = await files.readBytes(target);
  if (written === null || decodeConfig(written, path) !== after) {
    throw new Failure("io", `${quoted(path)} does not hold what was written to it; as it was: ${shown(backup)}`, {
      hint: `compare them, then delete that copy, which has your keys: diff ${shellWord(backup)} ${shellWord(target)}`,
    });
  }
  await files.remove(backup);
  return { backup: null };
}

/** Also where a comment keeps the line of a former key. */
function holdsKeys(text: string): boolean {
  return /aws_secret_access_key|aws_session_token/i.test(text);
}
