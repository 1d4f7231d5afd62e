import assert from "node:assert/strict";
import { table } from "../../src/core/table.ts";

Deno.test("table() makes columns as wide as their longest cell, and no line ends with a space", () => {
  assert.equal(
    table(["NAME", "KIND", "STATE"], [["a", "virtual", "ok"], ["longer", "", ""]]),
    "NAME    KIND     STATE\na       virtual  ok\nlonger\n",
  );
  assert.equal(table(["NAME"], []), "NAME\n");
});
