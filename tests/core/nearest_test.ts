import assert from "node:assert/strict";
import fc from "fast-check";
import { didYouMean, nearest } from "../../src/core/nearest.ts";

Deno.test("nearest() finds what a person meant, best first", () => {
  const names = ["admin", "Admin-prod", "audit", "dev", "dev-eu", "prod", "production", "x"];
  assert.deepEqual(nearest("amdin", names), ["admin"]);
  assert.deepEqual(nearest("ADMIN", names), ["admin", "Admin-prod"]);
  assert.deepEqual(nearest("prd", names), ["prod"]);
  assert.deepEqual(nearest("produktion", names), ["production"]);
  assert.deepEqual(nearest("de", names), ["dev", "dev-eu"]);
  assert.deepEqual(nearest("zzz", names), []);
  assert.deepEqual(nearest("", names), []);
  assert.deepEqual(nearest("dev", ["dev1", "dev2", "dev3", "dev4"]), ["dev1", "dev2", "dev3"]);
});

Deno.test("nearest() counts a swap of neighbors once, also in long names", () => {
  assert.deepEqual(nearest("ba", ["ab"]), ["ab"]);
  assert.deepEqual(nearest("aws-produciton-eu", ["aws-production-eu"]), ["aws-production-eu"]);
  assert.deepEqual(nearest("abcd", ["cdab"]), []);
});

Deno.test("nearest() serves many and long names", () => {
  const names = Array.from({ length: 10_000 }, (_, n) => `account-${n}-administrator`);
  const start = performance.now();
  assert.equal(nearest("acount-77-administrator", names)[0], "account-77-administrator");
  assert.deepEqual(nearest("n".repeat(100_000), ["n".repeat(100_001), ...names]), ["n".repeat(100_001)]);
  // Minutes when the whole table of distances is computed.
  assert.ok(performance.now() - start < 5000);
});

Deno.test("didYouMean() names what is near without control characters", () => {
  assert.equal(didYouMean("admn", ["admin", "adm\u001b[31mn"]), ' (did you mean "admin"?)');
  assert.equal(didYouMean("dev", ["dev1", "dev2"]), ' (did you mean "dev1" or "dev2"?)');
  assert.equal(didYouMean("dev\u001b", ["dev\u001b"]), ' (did you mean "dev"?)');
  assert.equal(didYouMean("x", []), "");
});

Deno.test("nearest() agrees with a plain table of edits", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc"), minLength: 3, maxLength: 12 });
  fc.assert(
    fc.property(word, word, (typed, name) => {
      const isNear = edits(typed, name) <= Math.floor(typed.length / 3) || name.startsWith(typed);
      assert.deepEqual(nearest(typed, [name]), isNear ? [name] : []);
    }),
    { numRuns: 2000 },
  );
});

/** The whole table of the distance that counts a swap of neighbors once. */
function edits(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = isSwap ? table[i - 2][j - 2] + 1 : Infinity;
      table[i][j] = Math.min(table[i - 1][j] + 1, table[i][j - 1] + 1, replaced, swapped);
    }
  }
  return table[a.length][b.length];
}
