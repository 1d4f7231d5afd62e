/** Shells besides those on PATH, in the folder AWS_USE_TEST_SHELLS: bash-3.2, fish-4; a name begins with the shell's. */
export function furtherShells(shell: string): readonly { readonly name: string; readonly program: string }[] {
  const folder = Deno.env.get("AWS_USE_TEST_SHELLS");
  if (!folder) return [];
  return [...Deno.readDirSync(folder)]
    .filter(({ name, isDirectory }) => name.startsWith(shell) && !isDirectory)
    .map(({ name }) => ({ name, program: `${folder}/${name}` }))
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}
