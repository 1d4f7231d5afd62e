/** The two AWS files: can they be read, does botocore take them, and who else may read or change them. */
import { type AbsentFile, type Config, readConfigTolerant } from "../../core/config.ts";
import { configPaths } from "../../core/config_paths.ts";
import { type Problem, refused } from "../../core/config_file.ts";
import { whyAbsent } from "../../core/profile.ts";
import { shellWord } from "../../core/shell_word.ts";
import { shown } from "../../core/text.ts";
import type { World } from "../../world/world.ts";
import { absentAt, readConfigFile } from "../config.ts";
import { broken, brokenBy, type Finding, ok, warning } from "./finding.ts";

export interface FilesExamined {
  /** What could be read. */
  readonly config: Config;
  /** Whether that is all there is. */
  readonly isWhole: boolean;
  readonly configPath: string;
  readonly credentialsPath: string;
  readonly findings: readonly Finding[];
}

const name = "config";

/** Lines of a file that botocore refuses are told up to this many. */
const problemsTold = 5;

export async function examineFiles(world: World): Promise<FilesExamined> {
  const { configPath, credentialsPath } = configPaths(world.environment.all(), world.environment.get("HOME") ?? "");
  const first = await read(world, "AWS_CONFIG_FILE", configPath);
  const second = await read(world, "AWS_SHARED_CREDENTIALS_FILE", credentialsPath);
  const [configText, credentialsText] = [first.text, second.text];
  const config = readConfigTolerant({ configText, configPath, credentialsText, credentialsPath });
  const isWhole = first.findings.length + second.findings.length + config.problems.length === 0;
  const files = { config, isWhole, configPath, credentialsPath };
  const findings = [
    ...first.findings,
    ...second.findings,
    ...problems(config.problems),
    ...await permissions(world, configPath, configText),
    ...await permissions(world, credentialsPath, credentialsText),
    ...await folders(world, [configPath, credentialsPath]),
    ...[...first.absent, ...second.absent].map(whyAbsent).map(({ why, hint }) => warning(name, why, hint)),
  ];
  const where = [configText !== null && configPath, credentialsText !== null && credentialsPath].filter(Boolean);
  if (config.profiles.size === 0 && findings.every(({ state }) => state === "warning")) {
    findings.push(
      broken(name, "config", `there is no profile in ${both(configPath, credentialsPath)}`, "aws configure"),
    );
  }
  if (findings.length > 0) return { ...files, findings };
  const count = config.profiles.size;
  const found = ok(
    name,
    `${count} profile${count === 1 ? "" : "s"} in ${where.map((path) => shown(`${path}`)).join(", ")}`,
  );
  return { ...files, findings: [found] };
}

function both(...paths: readonly string[]): string {
  return paths.filter((path) => path !== "").map((path) => shown(path)).join(" and ") || "no file";
}

interface Read {
  readonly text: string | null;
  readonly absent: readonly AbsentFile[];
  readonly findings: readonly Finding[];
}

async function read(world: World, variable: string, path: string): Promise<Read> {
  try {
    const text = await readConfigFile(world, path);
    return { text, absent: await absentAt(world, variable, path, text), findings: [] };
  } catch (error) {
    return { text: null, absent: [], findings: [brokenBy(name, error)] };
  }
}

function problems(found: readonly Problem[]): readonly Finding[] {
  const told = found.slice(0, problemsTold).map((problem) => brokenBy(name, refused(problem)));
  const rest = found.length - told.length;
  if (rest === 0) return told;
  return [...told, broken(name, "data", `${rest} more lines cannot be read`, "correct the lines above first")];
}

/** Somebody else may read secrets, or put commands (credential_process, mfa_process) into the file. */
async function permissions(world: World, path: string, text: string | null): Promise<readonly Finding[]> {
  const status = text === null ? null : await world.files.status(path, { follow: true });
  // A device or a pipe (/dev/null, <(…)) is the system's, and its mode too.
  if (!status?.isFile) return [];
  const mode = status.mode.toString(8).padStart(4, "0");
  const remedy = `chmod 600 ${shellWord(path)}`;
  if (status.mode & 0o022) return [broken(name, "config", `others may write ${shown(path)} (mode ${mode})`, remedy)];
  const hasSecret = /^\s*aws_(secret_access_key|session_token|security_token)\s*[=:]/im.test(text ?? "");
  if (!hasSecret || !(status.mode & 0o077)) return [];
  return [warning(name, `others may read the keys in ${shown(path)} (mode ${mode})`, remedy)];
}

/** Who may write the folder may put another file in the place of ours; a sticky one (/tmp) keeps them from it. */
async function folders(world: World, paths: readonly string[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const folder of new Set(paths.flatMap((path) => path.match(/^.+(?=\/)/) ?? []))) {
    const status = await world.files.status(folder, { follow: true }).catch(() => null);
    if (status === null || !(status.mode & 0o022) || status.mode & 0o1000) continue;
    const mode = status.mode.toString(8).padStart(4, "0");
    const remedy = `chmod go-w ${shellWord(folder)}`;
    found.push(broken(name, "config", `others may put files into ${shown(folder)} (mode ${mode})`, remedy));
  }
  return found;
}
