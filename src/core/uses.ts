/**
 * How often each profile was switched to, as the file `uses` keeps it: a name a line, appended by the core and by the
 * shells; `COUNT<TAB>NAME` where lines were counted up. No name that is kept has a tab or another control character.
 */
export function parseUses(text: string): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, count, name] = /^(\d+)\t(.+)$/.exec(line) ?? [undefined, "1", line];
    if (name) uses.set(name, (uses.get(name) ?? 0) + Number(count));
  }
  return uses;
}

/** The file's text, most used first. */
export function formatUses(uses: ReadonlyMap<string, number>): string {
  return [...uses].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count}\t${name}\n`).join("");
}
