import assert from "node:assert/strict";
import { hintIn } from "../../src/core/hint.ts";

const cases: readonly (readonly [Record<string, string>, string, string])[] = [
  [
    { AWS_USE_PLUGIN: "fish/0.1.0", SHELL: "/bin/bash" },
    "correct it, or: unset AWS_A AWS_B",
    "correct it, or: set -e AWS_A AWS_B",
  ],
  [{ SHELL: "/usr/bin/fish" }, "correct the line with: ${EDITOR:-vi} +3 /x", "correct the line with: vi +3 /x"],
  [{ SHELL: "/usr/bin/fish" }, "export A=/an/absolute/path, or unset it", "export A=/an/absolute/path, or unset it"],
  [{ AWS_USE_PLUGIN: "bash/0.1.0", SHELL: "/usr/bin/fish" }, "unset AWS_A", "unset AWS_A"],
  [{}, "unset AWS_A; ${EDITOR:-vi} +3 /x", "unset AWS_A; ${EDITOR:-vi} +3 /x"],
];

for (const [variables, hint, expected] of cases) {
  Deno.test(`hintIn() of ${JSON.stringify(variables)}: ${hint}`, () => {
    assert.equal(hintIn(variables, hint), expected);
  });
}
