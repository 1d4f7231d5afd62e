/** Hints in fish: what it has other words for, and that it can run every command that stands in the source. */
import assert from "node:assert/strict";
import { hintIn } from "../../src/core/hint.ts";

const cases: readonly (readonly [Record<string, string>, string, string])[] = [
  [
    { AWS_USE_PLUGIN: "fish/0.1.0", SHELL: "/bin/bash" },
    "correct it, or: unset AWS_A AWS_B",
    "correct it, or: set -e AWS_A AWS_B",
  ],
  [{ SHELL: "/usr/bin/fish" }, "correct the line with: ${EDITOR:-vi} +3 /x", "correct the line with: vi +3 /x"],
  [{ SHELL: "/usr/bin/fish" }, "export A=/an/absolute/path", "export A=/an/absolute/path"],
  [{ AWS_USE_PLUGIN: "bash/0.1.0", SHELL: "/usr/bin/fish" }, "unset AWS_A", "unset AWS_A"],
  [{}, "unset AWS_A; ${EDITOR:-vi} +3 /x", "unset AWS_A; ${EDITOR:-vi} +3 /x"],
];

for (const [variables, hint, expected] of cases) {
  Deno.test(`hintIn() of ${JSON.stringify(variables)}: ${hint}`, () => {
    assert.equal(hintIn(variables, hint), expected);
  });
}

Deno.test("hintIn() leaves no hint of the source that fish cannot run", async () => {
  const commands = commandsIn(new URL("../../src", import.meta.url).pathname)
    .map((command) => hintIn({ SHELL: "/usr/bin/fish" }, command));
  // Where the search finds less, it no longer finds what is written.
  assert.ok(commands.length > 60, `${commands.length} commands`);
  for (const command of commands) {
    assert.doesNotMatch(command, /\bunset [A-Z]/);
    const { stderr } = await new Deno.Command("fish", { args: ["--no-execute", "-c", command] }).output();
    assert.equal(new TextDecoder().decode(stderr), "", command);
  }
});

/** What programs a hint begins a command with. */
const programs =
  "aws|aws-use|aws-token|ykman|sudo|chmod|diff|iconv|jq|unset|export|gpgconf|pkill|pipx|\\$\\{EDITOR:-vi\\}";

/** The commands in the texts below `folder`, X for what is put in. Help and prompts are no hints. */
function commandsIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return commandsIn(path);
    if (/^(cli|prompt_setups|quote)\.ts$/.test(name)) return [];
    let code = Deno.readTextFileSync(path).replace(/^ *(\/?\*|\/\/).*$/gm, "");
    const hole = /(?<!\\)\$\{[^{}]*\}/g;
    while (hole.test(code)) code = code.replace(hole, "X");
    const texts = [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
      .map(([, plain, template]) => (plain ?? template).replaceAll("\\", ""));
    return texts.flatMap((text) => text.split(/; |, | \(|\)/)).flatMap((text) =>
      new RegExp(`(?:^|: )((?:${programs}) .*)`).exec(text)?.[1] ?? []
    );
  });
}
