import assert from "node:assert/strict";
import fc from "fast-check";
import { columnsOf, fitted, hasControl, padded, quoted, shown } from "../../src/core/text.ts";

Deno.test("shown() is one line without anything that a terminal obeys or hides", () => {
  assert.equal(shown("a\r\nb\tc"), "a b c");
  assert.equal(shown("\x1b]0;title\x07red\x1b[31m\x9b2J"), "]0;titlered[31m2J");
  assert.equal(shown("adm\u202enimda\u200b\ufeff"), "admnimda");
  assert.equal(shown("  grüße 🔑 "), "grüße 🔑");
});

Deno.test("shown() keeps to its limit", () => {
  assert.equal(shown("abcdef", 6), "abcdef");
  assert.equal(shown("abcdefg", 6), "abcde…");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 800 }), fc.integer({ min: 1, max: 500 }), (text, limit) => {
      const line = shown(text, limit);
      assert.ok(line.length <= limit);
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

Deno.test("hasControl() finds C0, DEL and C1, and nothing else", () => {
  for (let code = 0; code < 0x200; code++) {
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    assert.equal(hasControl(`a${String.fromCharCode(code)}b`), isControl, code.toString(16));
  }
  assert.equal(hasControl("grüße 🔑 $(…)"), false);
});

Deno.test("quoted() is the text in double quotes, made safe to show", () => {
  assert.equal(quoted("ad\x1bmin"), '"admin"');
});

Deno.test("quoted() keeps blanks at the ends, which shown() takes away", () => {
  assert.deepEqual([quoted(" admin "), shown(" admin ")], ['" admin "', "admin"]);
  assert.deepEqual([quoted("a\nb\x1b"), quoted("x".repeat(500)).length], ['"a b"', 402]);
});

Deno.test("columnsOf(), padded() and fitted() know characters that take two columns", () => {
  assert.deepEqual([columnsOf("日本a"), padded("日本", 6), padded("abc", 2)], [5, "日本  ", "abc"]);
  assert.deepEqual([fitted("日本語", 5), fitted("abc", 3), fitted("abc", 0)], ["日本", "abc", ""]);
});
