/** `aws-use` alone, in a real terminal: type to filter, arrows, Enter, Esc. */
import assert from "node:assert/strict";
import { type Bench, people, startBench, usualConfig } from "../support/bench.ts";
import { codeOf } from "../support/codes.ts";
import { type CoreTerminal, openCore } from "../support/core_terminal.ts";
import { assertFails } from "../support/failure.ts";

const { alice } = people;
const foot = (count: string) => `  ${count}; type to filter, arrows, Enter; Esc leaves everything as it is`;

/** A bench that needs no code: the MFA session is there. */
async function withSession(config?: string): Promise<Bench> {
  const bench = await startBench({ config });
  const ran = await bench.run(["readonly", "--token-code", codeOf()]);
  assert.equal(ran.code, 0, ran.stderr);
  return bench;
}

async function picker(bench: Bench, options: Parameters<typeof openCore>[2] = {}): Promise<CoreTerminal> {
  const terminal = await openCore(bench, [], options);
  await terminal.waitFor("; Esc leaves");
  return terminal;
}

/** The names in the order on the screen. */
function namesOn(screen: string): readonly string[] {
  return screen.split("\n").slice(1, -1).map((line) => line.slice(2).split(" ")[0]);
}

Deno.test("picker: all profiles with role and account, active and cached ones marked", async () => {
  await using bench = await withSession();
  await using terminal = await picker(bench, { env: { AWS_USE_ACTIVE: "prod" } });
  assert.deepEqual((await terminal.screen()).split("\n"), [
    "profile:",
    "> readonly  59m     readonly in 123456789012",
    "  default   11h     123456789012",
    "  admin             admin in 123456789012",
    "  deploy            deploy in 123456789012",
    "  prod      active  prod in 210987654321",
    "  short             short in 123456789012",
    "  fresh             fresh in 123456789012",
    foot("7"),
  ]);
});

Deno.test("picker: Enter takes the chosen one, and what was drawn is gone", async () => {
  await using bench = await withSession();
  await using terminal = await picker(bench);
  await terminal.press("Down", "Down");
  await terminal.waitFor(/^> admin/m);
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 0);
  assert.equal(await terminal.screen(), "admin as alice@123456789012, 59m\n[exit 0]");
  assert.match(await terminal.wire(), /^AWS_USE_PROFILE=admin$/m);
});

Deno.test("picker: what is typed filters names, roles and accounts; names that begin with it come first", async () => {
  await using bench = await withSession();
  await using terminal = await picker(bench);
  await terminal.type("d");
  await terminal.waitFor(/^profile: d$/m);
  assert.deepEqual(namesOn(await terminal.waitFor("5 of 7")), ["default", "deploy", "readonly", "admin", "prod"]);
  await terminal.press("BSpace");
  await terminal.type("210987");
  assert.deepEqual(namesOn(await terminal.waitFor("1 of 7")), ["prod"]);
  await terminal.type("x");
  await terminal.waitFor("no profile matches");
  // Enter has nothing to take, and waits.
  await terminal.press("Enter", "C-u");
  await terminal.waitFor(/^ {2}7; type/m);
  await terminal.type("ADM");
  await terminal.waitFor(/^> admin/m);
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 0);
  assert.match(await terminal.wire(), /^AWS_USE_PROFILE=admin$/m);
});

Deno.test("picker: most used first, switches of the shell counted too", async () => {
  await using bench = await withSession();
  for (let time = 0; time < 3; time++) await bench.run(["admin"]);
  // What a shell appends when it switches without the core.
  await Deno.writeTextFile(`${bench.cache}/uses`, "prod\n".repeat(5), { append: true });
  await using terminal = await picker(bench);
  assert.deepEqual(namesOn(await terminal.screen()).slice(0, 3), ["prod", "admin", "readonly"]);
});

Deno.test("picker: Esc leaves everything as it is, quietly; Ctrl-C too, told", async () => {
  await using bench = await withSession();
  for (
    const [key, screen] of [
      ["Escape", "[exit 130]"],
      [
        "C-c",
        "aws-use: error: cancelled\naws-use: hint: nothing has changed in this shell; once more: aws-use\n[exit 130]",
      ],
    ]
  ) {
    await using terminal = await picker(bench);
    await terminal.press(key);
    assert.equal(await terminal.exitCode(), 130);
    assert.equal(await terminal.screen(), screen);
    assert.equal(await terminal.wire(), "");
  }
});

Deno.test("picker: more profiles than rows scroll, in a narrow and low terminal, with wide names", async () => {
  const names = Array.from(
    { length: 60 },
    (_, index) => `team-${String(index).padStart(2, "0")}-日本語-${"x".repeat(60)}`,
  );
  const config = `[default]\nmfa_serial = ${alice.mfaSerial}\n${usualConfig().split("\n\n")[2]}\n` +
    names.map((name) =>
      `[profile ${name}]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n`
    )
      .join("");
  await using bench = await startBench({ config });
  await using terminal = await picker(bench, { columns: 40, rows: 8 });
  const first = (await terminal.screen()).split("\n");
  assert.ok(first.length <= 8 && first[0] === "profile:", first.join("\n"));
  await terminal.press("PageDown", "PageDown", "PageDown");
  await terminal.waitFor(/^> team-1\d/m);
  await terminal.press(...Array(200).fill("Down"));
  const last = await terminal.waitFor(/^> team-59/m);
  assert.equal(last.split("\n")[0], "profile:");
  await terminal.press("PageUp");
  await terminal.waitFor(/^> team-5[0-8]/m);
  // More in one go than one read takes, so that a character is cut in two.
  await terminal.type(`${"本".repeat(100)}`);
  await terminal.waitFor("no profile matches");
  await terminal.press("C-u");
  await terminal.type("日本語");
  await terminal.waitFor("60 of 62");
  await terminal.press("Escape");
  assert.equal(await terminal.exitCode(), 130);
  assert.equal(await terminal.screen(), "[exit 130]");
});

Deno.test("picker: in a terminal that becomes narrower nothing is left of what was drawn before and wraps now", async () => {
  await using bench = await withSession();
  // As usual, at the end of a full screen.
  const script = `printf '%s\\n' ${Array.from({ length: 50 }, (_, index) => `line-${index}`).join(" ")}; "$@"`;
  await using terminal = await picker(bench, { columns: 80, script });
  await terminal.resize(34, 40);
  await terminal.type("a");
  await terminal.waitFor(/^profile: a$/m);
  await terminal.press("C-u");
  const screen = await terminal.waitFor(/^profile:$/m);
  const lines = screen.split("\n");
  const before = lines.slice(0, lines.indexOf("profile:"));
  assert.ok(before.length > 0 && before.every((line) => line.startsWith("line-")), screen);
  assert.equal(lines.length, before.length + 9, screen);
});

Deno.test("picker: a broken file leaves the profiles that can be read; using one is refused with the line", async () => {
  await using bench = await startBench({ config: `${usualConfig()}[profile broken\n` });
  await using terminal = await picker(bench);
  assert.ok(namesOn(await terminal.screen()).includes("fresh"));
  await terminal.press("Enter");
  assert.equal(await terminal.exitCode(), 65);
  assert.match(await terminal.screen(), /^aws-use: error: cannot read .*config, line \d+: this line begins a \[sec/);
});

Deno.test("picker: names and details with control characters are shown without them", async () => {
  await using bench = await startBench({
    config: `[profile a\x1b[31m\u202eb]\nregion = eu-west-1\n[profile plain]\nrole_arn = arn:aws:iam::1:role/\x07x\n`,
  });
  await using terminal = await picker(bench);
  const screen = await terminal.screen({ colors: true });
  assert.doesNotMatch(screen, /\x1b\[31m|\x07|\u202e/);
  assert.match(screen, /a\[31mb/);
});

Deno.test("picker: without a terminal or without a profile it is told", async () => {
  await using bench = await startBench({ config: "", credentials: "" });
  assertFails(await bench.run([]), {
    code: 64,
    error: "there is no terminal to pick a profile on",
    hint: "name it: aws-use PROFILE",
  });
  await using terminal = await openCore(bench, []);
  assert.equal(await terminal.exitCode(), 78);
  assert.equal(
    await terminal.screen(),
    "aws-use: error: there is no profile to pick\naws-use: hint: make one with: aws configure\n[exit 78]",
  );
});
