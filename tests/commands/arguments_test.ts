/** Words of a command line → flags and arguments: what each verb takes, and what is refused in which words. */
import assert from "node:assert/strict";
import { parseArguments } from "../../src/arguments.ts";
import { verbOf } from "../../src/cli.ts";
import { Failure } from "../../src/errors.ts";

async function parsed(line: string) {
  const { verb, rest } = verbOf(line.split(" ").map((word) => word === "''" ? "" : word));
  const given = await parseArguments(verb, rest);
  const flags = verb.flags.filter(({ name }) => given.has(name)).map(({ name, value, repeats }) => {
    return value === undefined ? name : `${name}=${repeats ? given.values(name).join("|") : given.value(name)}`;
  });
  return [...given.positional.map((word) => `<${word}>`), ...flags].join(" ");
}

const taken: Readonly<Record<string, string>> = {
  "admin": "<admin>",
  "use": "",
  "use admin --duration 2h": "<admin> duration=2h",
  "admin --duration=2h --yes": "<admin> duration=2h yes",
  "--yes admin": "<admin> yes",
  "use -- -odd": "<-odd>",
  "use -- --yes": "<--yes>",
  "use -": "<->",
  "admin --": "<admin>",
  "admin --region=-x": "<admin> region=-x",
  "admin --region ''": "<admin> region=",
  "admin --policy-arn a --policy-arn=b,c": "<admin> policy-arn=a|b,c",
  "renew --no-touch -- -- -odd": "<--> <-odd> no-touch",
  "status --explain admin --json": "explain=admin json",
};

for (const [line, result] of Object.entries(taken)) {
  Deno.test(`aws-use ${line} is understood`, async () => assert.equal(await parsed(line), result));
}

const refused: Readonly<Record<string, readonly [message: string, hint?: RegExp]>> = {
  "admin other": ['"other" is one argument too many'],
  "renew extra -- admin": ['"extra" is one argument too many'],
  "renew --margin 45m extra -- admin": ['"extra" is one argument too many'],
  "list x": ['"x" is one argument too many'],
  "use -- a --yes": ['"--yes" is one argument too many'],
  "use a --regoin x": ['use has no flag --regoin (did you mean "--region"?)', /aws-use use -- --regoin$/],
  "use -x": ["use has no flag -x", /aws-use use -- -x$/],
  "env a --noCache": ['env has no flag --noCache (did you mean "--no-cache"?)'],
  "use a --no-yes": ["use has no flag --no-yes", /--no-yes$/],
  "env a --format": ["--format needs a value: --format FORMAT"],
  "env a --format --region x": ["--format needs a value: --format FORMAT"],
  "env a --format=": ["--format needs a value: --format FORMAT"],
  "status --explain -odd": ["--explain needs a value: --explain PROFILE"],
  "clear --constructor=x": ["clear has no flag --constructor"],
  "clear --hasOwnProperty": ["clear has no flag --hasOwnProperty"],
  "clear --toString": ["clear has no flag --toString"],
  "clear -H": ["clear has no flag -H"],
  "clear --helpAll": ["clear has no flag --helpAll"],
  "status --check=true": ["--check takes no value"],
  "admin --yes=false": ["--yes takes no value"],
  "prompt --setup=fish": ["--setup takes no value", /^aws-use prompt --setup fish$/],
  "prompt --setup=fishy": ["--setup takes no value"],
  "env a --format sh --format fish": ["--format is given twice"],
  "list --json=maybe": ["--json takes no value"],
};

for (const [line, [message, hint]] of Object.entries(refused)) {
  Deno.test(`aws-use ${line} is refused`, async () => {
    await assert.rejects(() => parsed(line), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.kind, error.message], ["usage", message]);
      assert.match(error.hint, hint ?? /^aws-use \w+ --help$/);
      return true;
    });
  });
}
