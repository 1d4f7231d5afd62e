import assert from "node:assert/strict";
import { commandFor, withFlag, withoutFlag } from "../../src/engine/hint_command.ts";
import { parseArguments } from "../../src/arguments.ts";
import { verbOf } from "../../src/cli.ts";

const json = ["--format json"];
const cases = [
  [commandFor("use", "admin"), "aws-use admin --yes"],
  [commandFor("use", "my admin", ["--region eu-west-1"]), "aws-use 'my admin' --region eu-west-1 --yes"],
  [commandFor("use", "list"), "aws-use use list --yes"],
  [commandFor("use", "exec"), "aws-use use exec --yes"],
  [commandFor("use", "-odd", ["--region eu-west-1"]), "aws-use use --region eu-west-1 --yes -- -odd"],
  [commandFor("env", "list", json), "aws-use env list --format json --yes"],
  [commandFor("env", "-odd one", json), "aws-use env --format json --yes -- '-odd one'"],
  [commandFor("env", "a -- -b"), "aws-use env 'a -- -b' --yes"],
  [commandFor("use", "it's -- -b", json), "aws-use 'it'\\''s -- -b' --format json --yes"],
  [commandFor("use", "-a -- -b", json), "aws-use use --format json --yes -- '-a -- -b'"],
  [commandFor("mfa remove", "-odd", ["--name x"]), "aws-use mfa remove --name x --yes -- -odd"],
  ["aws-use renew", "aws-use renew --yes"],
] as const;

for (const [command, more] of cases) {
  Deno.test(`withFlag() puts a flag where it counts: ${more}`, () => assert.equal(withFlag(command, "--yes"), more));
}

Deno.test("withoutFlag() takes out the flag with its whole value, and leaves what only reads like it", () => {
  const command = "aws-use mfa enroll 'a --name b'\\'' --name c'";
  assert.equal(withoutFlag(`${command} --name 'x y'\\''z' --yes`, "name"), `${command} --yes`);
  assert.equal(withoutFlag(`${command} --yes`, "name"), `${command} --yes`);
});

Deno.test("commandFor() names each profile by words that mean it", async () => {
  for (const profile of ["admin", "list", "exec", "-odd", "--help", "a--b"]) {
    for (const verb of ["use", "env"] as const) {
      const words = withFlag(commandFor(verb, profile, ["--region=eu-west-1"]), "--yes").split(" ").slice(1);
      const { verb: meant, rest } = verbOf(words);
      const given = await parseArguments(meant, rest);
      assert.deepEqual([meant.name, given.positional, given.has("yes")], [verb, [profile], true]);
      assert.equal(given.value("region"), "eu-west-1");
    }
  }
});
