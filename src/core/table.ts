import { columnsOf, padded } from "./text.ts";

/** `rows` below `heads` as text: columns as wide as their longest cell, two spaces in between, none at a line's end. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    rows.reduce((width, row) => Math.max(width, columnsOf(row[column])), columnsOf(head))
  );
  return [heads, ...rows]
    .map((row) => `${row.map((cell, column) => padded(cell, widths[column])).join("  ").trimEnd()}\n`)
    .join("");
}
