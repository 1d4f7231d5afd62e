import assert from "node:assert/strict";
import fc from "fast-check";
import { formatUses, parseUses } from "../../src/core/uses.ts";

Deno.test("parseUses() counts names that were appended to names that were counted up", () => {
  const text = "12\tadmin\n3\tread only\nadmin\nprod\n\nread only\n7\n";
  assert.deepEqual([...parseUses(text)], [["admin", 13], ["read only", 4], ["prod", 1], ["7", 1]]);
  assert.deepEqual([...parseUses("")], []);
});

Deno.test("parseUses() reads a last line that was cut off as the name that is there", () => {
  assert.deepEqual([...parseUses("2\tadmin\npro")], [["admin", 2], ["pro", 1]]);
});

Deno.test("formatUses() writes what parseUses() reads, most used first", () => {
  assert.equal(formatUses(new Map([["a", 1], ["b", 20], ["c", 3]])), "20\tb\n3\tc\n1\ta\n");
  const name = fc.string({ minLength: 1 }).filter((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, fc.integer({ min: 1, max: 1e6 })), { selector: ([n]) => n }), (all) => {
      const uses = new Map(all);
      const read = parseUses(formatUses(uses));
      assert.deepEqual(new Map([...read].sort()), new Map([...uses].sort()));
      assert.equal(formatUses(read), formatUses(uses));
    }),
  );
});
