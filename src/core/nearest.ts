import { quoted } from "./text.ts";

/**
 * At most `limit` of `names` that a person who typed `typed` may have meant, best first; empty where none is near.
 *
 * Near is: equal but for case, begins with what was typed, or few edits away (one for three characters, a swap of
 * neighbors counts once). Takes time linear in the number of names, so that it serves 10,000 profiles.
 */
export function nearest(typed: string, names: Iterable<string>, limit = 3): readonly string[] {
  const wanted = typed.toLowerCase();
  if (wanted === "") return [];
  const allowed = Math.min(Math.max(1, Math.floor(wanted.length / 3)), 4);
  const found: { name: string; distance: number }[] = [];
  for (const name of names) {
    const candidate = name.toLowerCase();
    const prefix = wanted.length >= 2 && candidate.startsWith(wanted) ? 0.5 : Infinity;
    const distance = Math.min(prefix, editDistance(wanted, candidate, allowed));
    if (distance <= allowed) found.push({ name, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map((each) => each.name);
}

/** What to append to an error about `typed`: ` (did you mean "a" or "b"?)`, or nothing. */
export function didYouMean(typed: string, names: Iterable<string>): string {
  const near = nearest(typed, names).map((name) => quoted(name));
  return near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`;
}

/**
 * Edits (insert, delete, replace, swap neighbors) from `a` to `b`, Infinity where there are more than `allowed`.
 *
 * Looks only at the band of the table where fewer edits are possible, which makes long names cheap.
 */
function editDistance(a: string, b: string, allowed: number): number {
  if (Math.abs(a.length - b.length) > allowed) return Infinity;
  let [beforeLast, last, current] = [0, 1, 2].map(() => new Array<number>(b.length + 2).fill(Infinity));
  for (let column = 0; column <= Math.min(b.length, allowed); column++) last[column] = column;
  for (let row = 1; row <= a.length; row++) {
    const from = Math.max(1, row - allowed);
    const to = Math.min(b.length, row + allowed);
    current[from - 1] = from === 1 ? row : Infinity;
    for (let column = from; column <= to; column++) {
      const replaced = last[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwap ? beforeLast[column - 2] + 1 : Infinity;
      current[column] = Math.min(replaced, last[column] + 1, current[column - 1] + 1, swapped);
    }
    current[to + 1] = Infinity;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return last[b.length] <= allowed ? last[b.length] : Infinity;
}
