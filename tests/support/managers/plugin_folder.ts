/** The plugin as a plugin manager gets it: the files of this repository that are for shells, and nothing else. */

const root = new URL("../../..", import.meta.url).pathname;
const parts = ["aws-use.plugin.zsh", "aws-use.plugin.bash", "shell", "completions", "conf.d"];

/** Copies the files into the new folder `path`, links as links. */
export async function copyPlugin(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  for (const part of parts) await copy(`${root}${part}`, `${path}/${part}`);
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory, isSymlink } = await Deno.lstat(from);
  if (isSymlink) return await Deno.symlink(await Deno.readLink(from), to);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
