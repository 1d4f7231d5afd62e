/**
 * The base binary that `deno compile` appends a program to, for machines that build and test but cannot reach Deno's release
 * site. What people install is compiled with the official download.
 */
import { createHash } from "node:crypto";
import { certificatesForNode } from "./certificates.ts";

/**
 * An npm package whose program was compiled by this very Deno for Linux x86-64: the bytes before the appended section are the
 * base binary, and their hash says so.
 */
const source = {
  package: "@stdy/cli-linux-x64@0.22.2",
  file: "package/bin/steady",
  deno: "2.7.11",
  sha256: "237f4a83881e3655ee97afccaf10991a2c971ed5f4cf3fc5d3234091f153eead",
} as const;

const officialWaitMs = 10_000;

/**
 * The path for DENORT_BIN, or undefined where Deno gets the binary by itself or there is none to be had; then `deno compile`
 * says what is missing. `folder` keeps it for the next time.
 */
export async function findDenort(folder: string): Promise<string | undefined> {
  const given = Deno.env.get("DENORT_BIN");
  if (given) return given;
  const { os, arch, target } = Deno.build;
  const isKnown = os === "linux" && arch === "x86_64" && Deno.version.deno === source.deno;
  if (!isKnown) return undefined;
  const path = `${folder}/denort-${source.deno}`;
  if (sha256(await Deno.readFile(path).catch(() => new Uint8Array())) === source.sha256) return path;
  if (await isReachable(`https://dl.deno.land/release/v${source.deno}/denort-${target}.zip`)) return undefined;
  const base = await takeFromPackage();
  if (base === undefined) return undefined;
  const draft = await Deno.makeTempFile({ dir: folder });
  await Deno.writeFile(draft, base);
  await Deno.chmod(draft, 0o755);
  await Deno.rename(draft, path);
  return path;
}

async function isReachable(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(officialWaitMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

async function takeFromPackage(): Promise<Uint8Array | undefined> {
  const work = await Deno.makeTempDir({ prefix: "denort-" });
  try {
    if (!await run("npm", ["pack", source.package, "--silent"], work, certificatesForNode())) return undefined;
    const [tarball] = [...Deno.readDirSync(work)].map((entry) => entry.name).filter((name) => name.endsWith(".tgz"));
    if (tarball === undefined || !await run("tar", ["xzf", tarball, source.file], work)) return undefined;
    const base = withoutProgram(await Deno.readFile(`${work}/${source.file}`));
    if (base === undefined || sha256(base) !== source.sha256) {
      throw new Error(`${source.package} does not hold the base binary of Deno ${source.deno} any more`);
    }
    return base;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The last 16 bytes: u32 magic, u32 hash of the section's name, u64 length of the section. Source: the sui crate, elf.rs. */
function withoutProgram(whole: Uint8Array): Uint8Array | undefined {
  const end = whole.length - 16;
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
  if (end < 0 || view.getUint32(end, true) !== 0x501e) return undefined;
  return whole.subarray(0, end - Number(view.getBigUint64(end + 8, true)));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<boolean> {
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    });
    return (await child.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
