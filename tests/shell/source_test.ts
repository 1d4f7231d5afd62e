/** What the plugin files must say alike, and what their oldest shell does not know. */
import assert from "node:assert/strict";
import { reservedVerbs, verbs } from "../../src/cli.ts";
import { setKeys, unsetKeys } from "../../src/core/wire.ts";
import { type Family, pluginFile } from "./adapters.ts";

const families: readonly Family[] = ["zsh", "bash", "fish"];

/** The words of a list of the shell that begins after `start`: all up to what closes it. */
function listAfter(family: Family, start: RegExp, end: RegExp): readonly string[] {
  const text = Deno.readTextFileSync(pluginFile(family));
  const from = text.match(start);
  assert.ok(from?.index !== undefined, `${family}: ${start} is not there`);
  const rest = text.slice(from.index + from[0].length);
  return rest.slice(0, rest.match(end)!.index).split(/[\s\\]+/).filter(Boolean);
}

for (const family of families) {
  const [start, end] = family === "fish" ? [/set -g _aws_use_keys/, /\n\n|\nset/] : [/_aws_use_keys=\(/, /\)/];
  Deno.test(`${family}: the closed list of variables is the core's`, () => {
    assert.deepEqual(listAfter(family, start, end), [...setKeys, ...unsetKeys]);
  });

  Deno.test(`${family}: the words that are no profile are the core's verbs`, () => {
    const ends = {
      zsh: [/_aws_use_verbs=\(/, /\)/],
      bash: [/_aws_use_verbs="/, /"/],
      fish: [/set -g _aws_use_verbs/, /\n\n/],
    };
    const [from, to] = ends[family];
    const words = listAfter(family, from, to);
    // `help` and `version` are words that the core answers to with flags.
    const ofCore = [...verbs.map(({ name }) => name), ...reservedVerbs];
    assert.deepEqual([...words].sort(), [...new Set([...ofCore, "help", "version"])].sort());
  });

  Deno.test(`${family}: the version is the core's`, () => {
    const { version } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
    assert.match(Deno.readTextFileSync(pluginFile(family)), new RegExp(`_aws_use_version[= ]${version}\n`));
  });
}

Deno.test("bash: nothing that bash 3.2 lacks, but in the branches for newer ones", () => {
  const lacking: readonly (readonly [RegExp, string])[] = [
    [/\b(declare|local|typeset)\s+-[a-zA-Z]*[Agn]/, "declare -A, -g, -n"],
    [/\b(mapfile|readarray)\b/, "mapfile"],
    [/\$\{!?\w+@[A-Za-z]\}/, "${x@Q}"],
    [/\$\{!?\w+(\^|,)/, "${x^^}"],
    [/\bcompopt\b/, "compopt"],
    [/&>>/, "&>>"],
    [/\|&/, "|&"],
    [/%\([^)]*\)T/, "printf %(…)T"],
    [/\bEPOCHSECONDS\b/, "EPOCHSECONDS"],
    [/\bBASH_ALIASES\b/, "BASH_ALIASES"],
    [/;;&|;&/, ";&"],
    [/\bcoproc\b/, "coproc"],
    [/\$\{\w+: -|\[-1\]/, "negative subscripts"],
  ];
  const text = Deno.readTextFileSync(pluginFile("bash"));
  const branches = /^if \(\(_aws_use_bash >= \d+\)\); then\n(?:.*\n)*?fi$/gm;
  assert.equal(text.match(branches)?.length, 5, "the version branches are where this test looks for them");
  const root = new URL("../../", import.meta.url);
  const completion = Deno.readTextFileSync(new URL("completions/aws-use.bash", root));
  // It asks for the version where it reads the files, and within the function for names that only newer ones have.
  const branch =
    /^ *if \(\(BASH_VERSINFO\[0\] \* 100 \+ BASH_VERSINFO\[1\] >= \d+\)\); then\n(?:.*\n)*?(?: *else\n(?:.*\n)*?)? *fi$/gm;
  const newer = /^ *\(\(BASH_VERSINFO\[0\] \* 100 \+ BASH_VERSINFO\[1\] >= 402\)\) \|\| return 1\n(?:.*\n)*?^\}$/gm;
  assert.deepEqual([completion.match(branch)?.length, completion.match(newer)?.length], [1, 1]);
  const files = {
    plugin: text.replaceAll(branches, ""),
    completion: completion.replaceAll(newer, "}").replaceAll(branch, "").replace(/\|\| compopt\b/, ""),
    loader: Deno.readTextFileSync(new URL("aws-use.plugin.bash", root)),
  };
  for (const [file, common] of Object.entries(files)) {
    const code = common.replaceAll(/^ *#.*$/gm, "");
    for (const [pattern, name] of lacking) assert.doesNotMatch(code, pattern, `${file}: ${name}`);
  }
  // The test can fail: each is found where it is allowed.
  assert.match(text, /%\([^)]*\)T/);
  assert.match(text, /\$\{!?\w+@[A-Za-z]\}/);
  assert.match(completion, /mapfile/);
});

Deno.test("fish: nothing that makes fish 3.4 refuse the files", () => {
  // An older fish reads no file that names a builtin which it lacks, wherever that stands.
  const lacking: readonly (readonly [RegExp, string])[] = [
    [/\bbuiltin (path|abbr --rename)\b/, "builtin path"],
    [/(^|[;(|]|\b(and|or|not|if|while|command)) *path (mtime|filter|is|resolve|basename)\b/m, "path"],
    [/\bstring shorten\b/, "string shorten"],
    [/^ *\{ /m, "braces around commands"],
    [/\bset (-\w+ )*--(no-event|function)\b/, "set --no-event"],
  ];
  for (const file of ["shell/aws-use.fish", "completions/aws-use.fish"]) {
    const text = Deno.readTextFileSync(new URL(`../../${file}`, import.meta.url)).replaceAll(/^ *#.*$/gm, "");
    for (const [pattern, name] of lacking) assert.doesNotMatch(text, pattern, `${file}: ${name}`);
  }
  for (const line of ["set -l x (builtin path mtime /)", "path mtime /", "    set x (path mtime -R /)"]) {
    assert.ok(lacking.some(([pattern]) => pattern.test(line)), `found: ${line}`);
  }
});
