import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../src/errors.ts";
import { profileHeader, removeValue, setValue } from "../../src/core/config_edit.ts";
import { type ConfigFile, parse, parseTolerant, print } from "../../src/core/config_file.ts";
import { configText } from "../support/config_samples.ts";

/** Every value of the file but one, for a comparison before and after. */
function others(file: ConfigFile, header: string, key: string): readonly string[] {
  return [...file.sections.values(), { header: "DEFAULT", options: file.defaults }].flatMap((section) =>
    [...section.options.values()]
      .filter((option) => section.header !== header || option.key !== key)
      .map((option) =>
        JSON.stringify([section.header, option.key, option.value], (_, v) => v instanceof Map ? [...v] : v)
      )
  );
}

// With one more section, so that a broken block in [DEFAULT] counts: botocore meets it only where a section inherits it.
const readable = configText.filter((text) => parseTolerant(`${text}\n[more]`, "f").problems.length === 0)
  .map((text) => parse(text, "f"));
const headers = fc.constantFrom("default", "profile a", "profile b", "first", "services", "profile new");
const keys = fc.constantFrom("region", "s3", "mfa_serial", "k1", "output", "mixed");
const values = fc.constantFrom("x", "", "a = b", "# no comment", "[z]", "ü", "arn:aws:iam::123456789012:mfa/alice");

Deno.test("setValue() is read back, and every other line and value stays", () => {
  fc.assert(
    fc.property(readable, headers, keys, values, (file, header, key, value) => {
      const edited = setValue(file, header, key, value);
      assert.equal(edited.sections.get(header)?.options.get(key)?.value, value);
      assert.deepEqual(others(edited, header, key), others(file, header, key));
      const option = file.sections.get(header)?.options.get(key);
      const touched = new Set(option === undefined ? [] : [option.line, ...option.continuation]);
      const kept = file.lines.filter((_, index) => !touched.has(index)).map((line) => line.text);
      const after = edited.lines.map((line) => line.text);
      // Kept lines stand there in their order; only lines of the edit are between them.
      let at = 0;
      for (const text of after) if (text === kept[at]) at++;
      assert.equal(at, kept.length, print(edited));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("removeValue() removes the value, and every other line and value stays", () => {
  fc.assert(
    fc.property(readable, headers, keys, (file, header, key) => {
      const edited = removeValue(file, header, key);
      assert.equal(edited.sections.get(header)?.options.get(key), undefined);
      assert.deepEqual(others(edited, header, key), others(file, header, key));
      assert.deepEqual(
        removeValue(setValue(file, header, key, "x"), header, key).sections.get(header)?.options.get(key),
        undefined,
      );
    }),
    { numRuns: 2000 },
  );
});

Deno.test("setValue() and removeValue() keep an empty line below what ends with a lone carriage return", () => {
  const file = parse("[a]\rregion = x\r  more\n\n", "f");
  assert.equal(print(setValue(file, "a", "region", "y")), "[a]\rregion = y\r\n\n");
  assert.equal(print(removeValue(file, "a", "region")), "[a]\r\n\n");
});

function edited(text: string, header = "profile a", value = "V"): string {
  return print(setValue(parse(text, "f"), header, "mfa_serial", value));
}

Deno.test("setValue() puts a new key below the last one, as its neighbors are", () => {
  assert.equal(
    edited("[profile a]\nregion = x\n\n# b\n[profile b]\n"),
    "[profile a]\nregion = x\nmfa_serial = V\n\n# b\n[profile b]\n",
  );
  assert.equal(edited("[profile a]\r\n  region = x\r\n"), "[profile a]\r\n  region = x\r\n  mfa_serial = V\r\n");
  assert.equal(
    edited("[profile a]\n\tregion = x\n\t  more\n[b]\n"),
    "[profile a]\n\tregion = x\n\t  more\n\tmfa_serial = V\n[b]\n",
  );
  assert.equal(edited("[profile a]\n    x = 1\n  y = 2\n"), "[profile a]\n    x = 1\n  y = 2\n  mfa_serial = V\n");
});

Deno.test("setValue() lets no deeper header be swallowed by a key in an empty section", () => {
  assert.equal(
    edited("[profile a]\n# c\n  [profile b]\n  x = 1\n"),
    "[profile a]\n  mfa_serial = V\n# c\n  [profile b]\n  x = 1\n",
  );
});

Deno.test("setValue() replaces a value in its place, with its further lines", () => {
  assert.equal(edited("[profile a]\nMFA_Serial:old  \nregion = x\n"), "[profile a]\nMFA_Serial:V\nregion = x\n");
  assert.equal(
    edited("[profile a]\nmfa_serial   =   old\n  more\n# c\n  more\nx = 1"),
    "[profile a]\nmfa_serial   =   V\n# c\nx = 1",
  );
  assert.equal(edited("[profile a]\nmfa_serial =\n"), "[profile a]\nmfa_serial = V\n");
});

Deno.test("setValue() keeps a byte order mark, the kind of line ends, and a last line that is not ended", () => {
  assert.equal(edited("\ufeff[profile a]\r\nx = 1"), "\ufeff[profile a]\r\nx = 1\r\nmfa_serial = V");
  assert.equal(edited("[profile a]"), "[profile a]\nmfa_serial = V");
  assert.equal(edited("[profile b]\r\nx = 1\r\n"), "[profile b]\r\nx = 1\r\n\r\n[profile a]\r\nmfa_serial = V\r\n");
  assert.equal(edited(""), "[profile a]\nmfa_serial = V\n");
});

Deno.test("setValue() refuses what would not come back, and does not show the value", () => {
  const file = parse("[profile a]\n", "f");
  for (const value of ["one\ntwo", "bell\u0007", " padded", "padded\u00a0", "\u0085x"]) {
    assert.throws(() => setValue(file, "profile a", "mfa_serial", value), (error) => {
      assert.ok(error instanceof Failure && error.kind === "usage");
      assert.ok(!error.message.includes(value) && !error.message.includes("one") && !error.message.includes("padded"));
      return true;
    });
  }
  for (const key of ["", "a b", "a=b", "#a", "[a", "a\nb", "UPPER"]) {
    assert.throws(() => setValue(file, "profile a", key, "x"), Failure);
  }
  for (const header of ["", "DEFAULT", "a\nb"]) assert.throws(() => setValue(file, header, "k", "x"), Failure);
});

Deno.test("profileHeader() finds the section that counts, or says how to write one", () => {
  const file = parse("[default]\n[profile 'a b']\n[profile c]\n[profile \"c\"]\n[sso-session d]\n", "f");
  assert.equal(profileHeader(file, "a b"), "profile 'a b'");
  assert.equal(profileHeader(file, "c"), 'profile "c"');
  assert.equal(profileHeader(file, "default"), "default");
  assert.equal(profileHeader(file, "d"), "profile d");
  assert.equal(profileHeader(parse("", "f"), 'say "hi" \\ there'), 'profile "say \\"hi\\" \\\\ there"');
  const names = fc.string({ unit: "grapheme" }).filter((name) =>
    name !== "" && !/[\u0000-\u001f\u007f-\u009f]/.test(name)
  );
  fc.assert(fc.property(names, (name) => {
    const header = profileHeader(parse("", "f"), name);
    const made = setValue(parse("", "f"), header, "region", "x");
    assert.equal(profileHeader(made, name), header);
    assert.equal(made.sections.get(header)?.options.get("region")?.value, "x");
  }));
});
