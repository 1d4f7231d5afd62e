import assert from "node:assert/strict";
import fc from "fast-check";
import { type EnvironmentChange, setKeys, setPairs, unsetKeys, wireLines } from "../../src/core/wire.ts";
import { Failure } from "../../src/errors.ts";

const change: EnvironmentChange = {
  set: { AWS_USE_PROFILE: "admin", AWS_ACCESS_KEY_ID: "ASIA", AWS_REGION: undefined, AWS_VAULT: "a=b c" },
  unset: unsetKeys,
};

Deno.test("wireLines() has a line for each variable, in fixed order, then the names to unset", () => {
  assert.equal(
    wireLines(change),
    "AWS_ACCESS_KEY_ID=ASIA\nAWS_USE_PROFILE=admin\nAWS_VAULT=a=b c\n" +
      "AWS_PROFILE\nAWS_DEFAULT_PROFILE\nAWS_SECURITY_TOKEN\nAWS_ACCOUNT_ID\n",
  );
  assert.equal(wireLines({ set: {}, unset: [] }), "");
});

Deno.test("wireLines() refuses every control character in every variable, and does not repeat the value", () => {
  const controls = [...range(0, 0x1f), ...range(0x7f, 0x9f)].map((code) => String.fromCharCode(code));
  assert.equal(controls.length, 65);
  for (const key of setKeys) {
    for (const control of controls) {
      assert.throws(() => wireLines({ set: { [key]: `secret${control}value` }, unset: [] }), (error: unknown) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.kind, "data");
        assert.equal(error.message, `the value for ${key} has a control character`);
        assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /secret|value\b(?! for)/);
        return true;
      });
    }
  }
});

Deno.test("wireLines() either refuses or can be read back line by line", () => {
  const value = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
  const set = fc.record(Object.fromEntries(setKeys.map((key) => [key, value])));
  fc.assert(fc.property(set, (set) => {
    const bad = Object.values(set).some((text) => text !== undefined && /[\u0000-\u001f\u007f-\u009f]/.test(text));
    if (bad) return void assert.throws(() => wireLines({ set, unset: unsetKeys }), Failure);
    const lines = wireLines({ set, unset: unsetKeys }).split("\n");
    assert.equal(lines.pop(), "");
    const pairs = lines.filter((line) => line.includes("=")).map((line) => /^([^=]*)=([^]*)$/.exec(line)!.slice(1));
    assert.deepEqual(pairs, setPairs({ set, unset: [] }));
    assert.deepEqual(lines.filter((line) => !line.includes("=")), [...unsetKeys]);
  }));
});

Deno.test("setPairs() lets no variable through that is not of the closed list", () => {
  const set = { PATH: "/tmp", LD_PRELOAD: "/tmp/x.so", AWS_REGION: "eu-west-1" } as EnvironmentChange["set"];
  assert.deepEqual(setPairs({ set, unset: [] }), [["AWS_REGION", "eu-west-1"]]);
});

for (const shell of ["zsh", "bash", "fish"]) {
  Deno.test(`the plugin for ${shell} knows exactly the variables that the core sends`, async () => {
    const text = await Deno.readTextFile(new URL(`../../shell/aws-use.${shell}`, import.meta.url));
    const list = /_aws_use_keys(?:=\(| \\)\n((?: +[A-Z_ ]+\\?\n)+)/.exec(text)?.[1] ?? "";
    assert.deepEqual(list.replaceAll("\\", " ").split(/\s+/).filter(Boolean), [...setKeys, ...unsetKeys]);
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
