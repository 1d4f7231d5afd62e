import assert from "node:assert/strict";
import fc from "fast-check";
import { keysIn, plainProgress } from "../../src/world/terminal.ts";

const kinds = (text: string) => [...keysIn(text)].map((key) => key.kind === "text" ? key.text : `<${key.kind}>`);

Deno.test("keysIn() knows the keys of the picker, in both modes of the cursor keys", () => {
  for (
    const [text, keys] of [
      ["\x1b[A\x1bOA\x10", ["<up>", "<up>", "<up>"]],
      ["\x1b[B\x1bOB\x0e", ["<down>", "<down>", "<down>"]],
      ["\x1b[5~\x1b[6~", ["<pageUp>", "<pageDown>"]],
      ["\r", ["<enter>"]],
      ["\n", ["<enter>"]],
      ["\x7f\b", ["<backspace>", "<backspace>"]],
      ["\x15", ["<clear>"]],
      ["\x03", ["<interrupt>"]],
      ["\x04", ["<escape>"]],
    ] as const
  ) assert.deepEqual(kinds(text), keys, JSON.stringify(text));
});

Deno.test("keysIn() takes a lone ESC for the key, and leaves out sequences that mean nothing here", () => {
  assert.deepEqual(kinds("\x1b"), ["<escape>"]);
  assert.deepEqual(kinds("\x1b[1;5C\x1b[3~\x1bOP\x1b[200~pasted\x1b[201~"), ["pasted"]);
  assert.deepEqual(kinds("\x00\x01\x1a\t"), []);
});

Deno.test("keysIn() keeps what is typed or pasted together, in any script", () => {
  assert.deepEqual(kinds("prod"), ["prod"]);
  assert.deepEqual(kinds("größe 🔑"), ["größe 🔑"]);
  assert.deepEqual(kinds("ad\x7fmin\r"), ["ad", "<backspace>", "min", "<enter>"]);
});

Deno.test("keysIn() lets no control character through as text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    for (const key of keysIn(text)) {
      if (key.kind === "text") assert.doesNotMatch(key.text, /[\u0000-\u001f\u007f]/);
    }
  }));
});

Deno.test("plainProgress() writes each text as a line, a countdown once, and nothing that a terminal obeys", () => {
  let written = "";
  const progress = plainProgress((text) => void (written += text));
  for (let seconds = 12; seconds > 0; seconds--) progress.show(`the next one comes in ${seconds} s …`);
  progress.show("touch \x1b[31myour\rYubiKey\n…");
  progress.show("the next one comes in 30 s …");
  progress.end();
  assert.equal(written, "the next one comes in 12 s …\ntouch [31myour YubiKey …\n");
});
