// Runs alone: it measures time.
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../src/errors.ts";
import { type ConfigFile, parse, parseTolerant, print } from "../../src/core/config_file.ts";
import { configText, handMade } from "../support/config_samples.ts";

function value(file: ConfigFile, header: string, key: string) {
  return file.sections.get(header)?.options.get(key)?.value;
}

Deno.test("print() gives back any text that was parsed, tolerantly or not", () => {
  const any = fc.oneof(
    configText,
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."[]=: \t\r\n#;a\ufeff") }),
  );
  fc.assert(
    fc.property(any, (text) => {
      const { file, problems } = parseTolerant(text, "f");
      assert.equal(print(file), text);
      if (problems.length === 0) assert.equal(print(parse(text, "f")), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("print() gives back the hand-made files", () => {
  for (const { config, credentials } of Object.values(handMade)) {
    for (const text of [config, credentials]) {
      if (text !== null) assert.equal(print(parseTolerant(text, "f").file), text);
    }
  }
});

Deno.test("parse() names path and first line of what botocore refuses, and never the line's text", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  const cases: readonly (readonly [string, number, string])[] = [
    [`${secret}\n[a]\n`, 1, "this line stands before the first [section]"],
    ["[default\nregion = x\n", 1, 'this line begins a [section] and has no "]"'],
    ["[a]\n[profile b\n", 2, 'this line begins a [section] and has no "]"'],
    [`[a]\r\nx = 1\r\n\r\n${secret}\r\ny\r\n`, 4, 'this line is neither a [section] nor "key = value"'],
    [`[a]\n= ${secret}\n`, 2, "this line has no key before its delimiter"],
    [`[a]\nx = ${secret}\nX = ${secret}\n`, 3, "the same key stands in this section already, at line 2"],
    ["[a]\n\n[b]\n[a]\n", 4, "the section [a] is there already, at line 1"],
    [`[a]\ns3 =\n  b = 1\n  ${secret}\n`, 4, 'this indented line is not "key = value"'],
    ["[a]\rx = 1\rx = 2", 3, "the same key stands in this section already, at line 2"],
  ];
  for (const [text, line, message] of cases) {
    assert.throws(() => parse(text, "/home/a b/config"), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.kind, "data");
      assert.equal(error.message, `cannot read /home/a b/config, line ${line}: ${message}`);
      assert.equal(error.hint, `correct the line with: \${EDITOR:-vi} +${line} '/home/a b/config'`);
      return true;
    });
  }
});

Deno.test("parse() reads a file with a byte order mark, which botocore refuses", () => {
  const file = parse("\ufeff[default]\nregion = eu-west-1\n", "f");
  assert.equal(value(file, "default", "region"), "eu-west-1");
  assert.throws(() => parse("\ufeff\ufeff[default]\n", "f"), Failure);
});

Deno.test("parse() reads object members as plain names", () => {
  const file = parse("[__proto__]\nconstructor = 1\ntoString = 2\n", "f");
  assert.equal(value(file, "__proto__", "constructor"), "1");
  assert.equal(value(file, "__proto__", "tostring"), "2");
  assert.equal(value(file, "constructor", "name"), undefined);
});

Deno.test("parseTolerant() keeps what can be read beside what cannot", () => {
  const text = [
    "stray",
    "[profile a]",
    "region = one",
    "region = two",
    "broken",
    "   swallowed by the broken line",
    "output = json",
    "[profile b]",
    "s3 =",
    "  good = 1",
    "  bad",
    "[profile a]",
    "region = three",
    "cli_pager = less",
  ].join("\n");
  const { file, problems } = parseTolerant(text, "f");
  assert.deepEqual(problems.map(({ path, line }) => `${path}:${line}`), ["f:1", "f:4", "f:5", "f:11", "f:12", "f:13"]);
  assert.deepEqual([...file.sections.keys()], ["profile a", "profile b"]);
  assert.equal(value(file, "profile a", "region"), "one");
  assert.equal(value(file, "profile a", "output"), "json");
  assert.equal(value(file, "profile a", "cli_pager"), "less");
  assert.deepEqual(value(file, "profile b", "s3"), new Map([["good", "1"]]));
});

Deno.test("parseTolerant() takes time linear in the file, also for one that is refused at every turn", () => {
  const shapes: Readonly<Record<string, (count: number) => string>> = {
    profiles: (count) => many(count, (n) => `[profile p${n}]\nregion = eu-west-1\nrole_arn = x\n\n`),
    "one long value": (count) => `[a]\nk = v\n${many(count, () => "  more\n\n")}`,
    "the same section": (count) => many(count, () => "[a]\nk = v\n"),
    "broken lines": (count) => `[a]\n${many(count, () => "broken\n")}`,
    "broken defaults": (count) =>
      "[DEFAULT]\n" + many(count, (n) => `k${n} =\n  broken\n`) + many(count, (n) => `[s${n}]\nk${n} = v\n`),
    brackets: (count) => `[${"]".repeat(count * 10)}\n`,
    spaces: (count) => `[a]\nk = v${" ".repeat(count * 10)}x\n`,
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const [small, large] = [shape(5000), shape(40_000)].map((text) => fastest(() => parseTolerant(text, "f")));
    // Eight times the text; a quadratic reader would need 64 times as long.
    assert.ok(large < Math.max(small, 2) * 32, `${name}: ${small.toFixed(1)} ms grew to ${large.toFixed(1)} ms`);
  }
});

function many(count: number, text: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => text(n)).join("");
}

function fastest(run: () => unknown): number {
  return Math.min(...[1, 2, 3].map(() => {
    const start = performance.now();
    run();
    return performance.now() - start;
  }));
}
