import assert from "node:assert/strict";
import { promptSetups } from "../../src/core/prompt_setups.ts";

/** Which shell reads the lines of a setup; the others are TOML and JSON. */
const shells: Readonly<Record<string, string>> = {
  zsh: "zsh",
  bash: "bash",
  fish: "fish",
  powerlevel10k: "zsh",
  pure: "zsh",
  spaceship: "zsh",
  tide: "fish",
  "oh-my-zsh": "zsh",
};

Deno.test("promptSetups has every prompt that the documentation names", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/prompts.md", import.meta.url));
  const documented = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(promptSetups).toSorted(), documented.toSorted());
});

for (const [name, { where, lines }] of Object.entries(promptSetups)) {
  Deno.test(`the lines for ${name} start no process and evaluate nothing`, () => {
    assert.doesNotMatch(lines, /\$\(|`|<\(|\beval\b/);
  });

  Deno.test(`the lines for ${name} name AWS_USE_PROMPT, directly or through the plugin's segment`, () => {
    assert.match(lines, /AWS_USE_PROMPT|aws_use/);
    assert.ok(lines.endsWith("\n") && !lines.includes("undefined"));
    assert.notEqual(where, "");
  });

  const shell = shells[name];
  if (shell !== undefined) {
    Deno.test(`the lines for ${name} are ${shell}'s, remarks as comments`, async () => {
      assert.match(lines, /^# /);
      const child = new Deno.Command(shell, {
        args: [shell === "fish" ? "--no-execute" : "-n"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(lines));
      await writer.close();
      const { success, stderr } = await child.output();
      assert.ok(success, new TextDecoder().decode(stderr));
    });
  }
}

for (const shell of ["zsh", "bash"] as const) {
  Deno.test(`the lines for ${shell} are set where what is unset is an error, and where nothing is active`, async () => {
    const show = { zsh: 'print -rP "[$RPROMPT]"', bash: 'PS1="[$PS1]"; echo "${PS1@P}"' }[shell];
    const start = { zsh: ["-f", "-c"], bash: ["--norc", "-c"] }[shell];
    const script = `set -u; PS1=; unset RPROMPT\n${
      promptSetups[shell].lines
    }\nunset AWS_USE_PROMPT AWS_USE_STATE\n${show}`;
    const { stdout, stderr } = await new Deno.Command(shell, { args: [...start, script] }).output();
    assert.deepEqual([stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)), ["[]\n", ""]);
  });
}

Deno.test("the lines for bash give each state its color", () => {
  const table = /^AWS_USE_COLORS=(\d+)$/m.exec(promptSetups.bash.lines)![1];
  const colors = ["live", "expiring", "expired", "danger"].map((state) => table[state.length]);
  assert.deepEqual(colors, ["2", "3", "1", "5"]);
});

Deno.test("the lines for oh-my-posh are one segment, whose templates escape quotes as JSON does", () => {
  const segment = JSON.parse(promptSetups["oh-my-posh"].lines);
  assert.equal(segment.type, "text");
  assert.equal(segment.foreground_templates[1], '{{ if eq .Env.AWS_USE_STATE "expired" }}red{{ end }}');
});
