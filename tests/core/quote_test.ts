import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { type Format, formatEnvironment, quoteFish, quoteSh } from "../../src/core/quote.ts";
import { shellWord } from "../../src/core/shell_word.ts";
import { isShowable } from "../../src/core/text.ts";
import { type EnvironmentChange, setKeys, unsetKeys } from "../../src/core/wire.ts";
import { Failure } from "../../src/errors.ts";

const change: EnvironmentChange = {
  set: { AWS_ACCESS_KEY_ID: "ASIA", AWS_REGION: undefined, AWS_USE_PROFILE: `it's \\ "odd" $(x) \`x\` %d 🔑` },
  unset: ["AWS_PROFILE"],
};

Deno.test("formatEnvironment() writes each format", () => {
  const expected: Readonly<Record<Format, string>> = {
    sh: `export AWS_ACCESS_KEY_ID='ASIA';\n` +
      `export AWS_USE_PROFILE='it'\\''s \\ "odd" $(x) \`x\` %d 🔑';\n` +
      "unset AWS_PROFILE;\n",
    fish: `set -gx AWS_ACCESS_KEY_ID 'ASIA';\n` +
      `set -gx AWS_USE_PROFILE 'it\\'s \\\\ "odd" $(x) \`x\` %d 🔑';\n` +
      "set -e AWS_PROFILE;\ntrue;\n",
    json: `{\n  "AWS_ACCESS_KEY_ID": "ASIA",\n` +
      `  "AWS_USE_PROFILE": "it's \\\\ \\"odd\\" $(x) \`x\` %d 🔑",\n  "AWS_PROFILE": null\n}\n`,
    dotenv: `AWS_ACCESS_KEY_ID=ASIA\nAWS_USE_PROFILE='it\\'s \\ "odd" $(x) \`x\` %d 🔑'\n`,
  };
  for (const [format, text] of Object.entries(expected)) {
    assert.equal(formatEnvironment(change, format as Format), text, format);
  }
});

Deno.test("formatEnvironment() refuses a control character in every format, and does not repeat the value", () => {
  for (const format of ["sh", "fish", "json", "dotenv"] as const) {
    for (const control of ["\n", "\0", "\x1b", "\x7f", "\x9b"]) {
      const bad = { set: { AWS_USE_PROFILE: `hidden${control}` }, unset: [] };
      assert.throws(
        () => formatEnvironment(bad, format),
        (error: unknown) => error instanceof Failure && error.kind === "data" && !error.message.includes("hidden"),
      );
    }
  }
});

const hostile = [
  "",
  " ",
  "'",
  "''",
  "\\",
  "\\'",
  "'\\''",
  "a'b\\",
  "$(touch pwned)",
  "`touch pwned`",
  "${HOME}",
  "%d %s %n",
  "~",
  "*",
  "[a-z]?",
  "!!",
  "-n",
  "--",
  "#x",
  "a;b|c&d<e>f(g)h{i}j",
  "=ls",
  "%self",
  `\\';touch pwned;'\\'`,
  "a\\'; touch pwned #",
  "\u2018\u2019\u00a0",
  "grüße 🔑 \ud7ff",
  "x".repeat(5000),
];

/** As many strings as a shell reads in one go: the hostile ones, and random ones that lean towards what shells obey. */
function strings(): readonly string[] {
  const obeyed = fc.constantFrom(..."'\"\\$`!#&*()[]{};<>?|~%=-^@ ,abc\u00e9\u2019🔑");
  const words = fc.sample(fc.string({ unit: fc.oneof(obeyed, fc.string({ unit: "grapheme", maxLength: 1 })) }), 300);
  return [...hostile, ...words].filter((word) => !/[\u0000-\u001f\u007f-\u009f]/.test(word));
}

const shells: readonly { readonly shell: string; readonly args: readonly string[]; readonly fish?: true }[] = [
  { shell: "sh", args: [] },
  { shell: "dash", args: [] },
  { shell: "bash", args: ["--norc", "--noprofile"] },
  { shell: "bash", args: ["--norc", "--noprofile", "--posix"] },
  { shell: "zsh", args: ["-f"] },
  { shell: "zsh", args: ["-f", "-o", "extended_glob", "-o", "rc_quotes", "-o", "csh_junkie_quotes"] },
  { shell: "zsh", args: ["--emulate", "sh", "-f"] },
  { shell: "fish", args: ["--no-config"], fish: true },
];

for (
  const [{ shell, args, fish }, quote] of shells.flatMap((each) => quotesOf(each).map((it) => [each, it] as const))
) {
  const named = [shell, ...args].join(" ");
  Deno.test({
    name: `${quote.name}() is one word in ${named}, whatever it says`,
    ignore: !isInstalled(shell),
    fn: async () => {
      const values = strings().filter((text) => quote !== shellWord || isShowable(text));
      const words = values.map(quote);
      const script = words.map((word) => fish ? `string join0 -- ${word}; or true` : `printf '%s\\0' ${word}`).join(
        "\n",
      );
      const read = (await runScript(shell, args, script)).split("\0");
      assert.equal(read.pop(), "");
      assert.deepEqual(read, values);
    },
  });
}

function quotesOf({ fish }: { readonly fish?: true }) {
  return [fish ? quoteFish : quoteSh, shellWord];
}

for (const { shell, args, fish } of shells.filter(({ args }) => args.length < 3)) {
  Deno.test({
    name: `what formatEnvironment() writes sets and unsets in ${[shell, ...args].join(" ")}`,
    ignore: !isInstalled(shell),
    fn: async () => {
      const values = strings().slice(0, 40);
      const set = Object.fromEntries(setKeys.map((key, index) => [key, values[(index * 7) % values.length]]));
      const text = formatEnvironment({ set, unset: unsetKeys }, fish ? "fish" : "sh");
      const before = Object.fromEntries(unsetKeys.map((key) => [key, "of before"]));
      const read = await runScript(shell, args, `${text}\n/usr/bin/env -0`, before);
      const pairs = read.split("\0").filter((line) => /^AWS_/.test(line)).map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      });
      assert.deepEqual(Object.fromEntries(pairs), set);
    },
  });
}

Deno.test("quoteSh() and quoteFish() of any text that no control character is in are read back by their own rules", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(quoteSh(text).slice(1, -1).replaceAll("'\\''", "'"), text);
    assert.equal(quoteFish(text).slice(1, -1).replace(/\\([\\'])/g, "$1"), text);
  }));
});

Deno.test("the dotenv format is read back by Node's own reader, and the JSON format by any", () => {
  const names = ["admin", "my profile", "a#b", "a=b", 'say "hi"', "$HOME", "back\\slash"];
  for (const name of names) {
    const set = { AWS_USE_PROFILE: name, AWS_SESSION_TOKEN: "IQoJb3//+=" };
    assert.deepEqual({ ...parseEnv(formatEnvironment({ set, unset: [] }, "dotenv")) }, set, name);
    assert.deepEqual(JSON.parse(formatEnvironment({ set, unset: [] }, "json")), set, name);
  }
});

function isInstalled(shell: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${shell}`).isFile;
    } catch {
      return false;
    }
  });
}

/** What the shell writes for `script`, which it reads from a file in an empty folder: nothing may appear there. */
async function runScript(
  shell: string,
  args: readonly string[],
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script`, script);
    const { code, stdout, stderr } = await new Deno.Command(shell, {
      args: [...args, "script"],
      cwd: folder,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder, LANG: "C.UTF-8", ...env },
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(code, 0);
    const names = Array.from(Deno.readDirSync(folder), (entry) => entry.name).filter((name) => !name.startsWith("."));
    assert.deepEqual(names, ["script"]);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
