import assert from "node:assert/strict";
import {
  isThere,
  type Machine,
  pathWithout,
  startMachine,
  withoutBaseBinary,
  writeDeno,
} from "../support/installer.ts";
import { alice } from "../support/emulator/seed.ts";
import { openTerminal } from "../support/terminal.ts";
import { standIn } from "../support/try/ykman_stand_in.ts";
import { startVirtualKeys } from "../support/yubikey/virtual_keys.ts";
import { isInstalled, ykmans } from "../support/ykmans.ts";

const installSh = new URL("../../install.sh", import.meta.url).pathname;
const shells: readonly string[] = (await Promise.all(
  ["zsh", "bash", "fish"].map(async (shell) => await isThere(shell) ? [shell] : []),
)).flat();
const hasTmux = await Deno.stat("/usr/bin/tmux").then(() => true, () => false);

/** Nothing is left, wherever the try-out could have put it. */
async function assertNothingLeft(machine: Machine): Promise<void> {
  assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [{}, {}]);
}

Deno.test("--try --once does the main job in every shell there is, masks what is secret, and leaves nothing", async () => {
  await using machine = await startMachine();
  const { code, stdout, stderr } = await machine.install(["--try", "--once"]);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(stdout.includes(`\n${shells.length} of ${shells.length} shells worked\n`), stdout);
  for (const shell of ["zsh", "bash", "fish"]) {
    const said = stdout.trimStart().split(/\n\n/).find((part) => part.startsWith(shell)) ?? "";
    if (!shells.includes(shell)) {
      assert.equal(said, `${shell}: not installed`);
      continue;
    }
    assert.match(said, /^\w+ [\d.]+, (ykman \d+\.\d+\.\d+ \(\/.*\)|a stand-in for ykman \(.*\))\n/);
    assert.match(said, / {2}\$ aws-use admin\n( {6}.*\n)*? {6}admin as alice@123456789012, (59m|1h)\n/);
    assert.match(
      said,
      / {6}AWS_ACCESS_KEY_ID=ASIA\*{8}\n(.*\n)* {6}AWS_SECRET_ACCESS_KEY=\*{8}\n {6}AWS_SESSION_TOKEN=\*{8}\n/,
    );
    assert.match(said, / {2}\$ aws-use status --check\n {6}admin as .*assumed-role\/admin\/alice\n/);
    assert.match(said, / {2}\$ aws-use off\n(.*\n)* {2}worked$/);
  }
  assert.doesNotMatch(stdout + stderr, /A(SIA|KIA)[A-Z0-9]{16}/);
  assert.ok(!stdout.includes(alice.secretAccessKey));
  await assertNothingLeft(machine);
});

Deno.test("--try --once works by the launcher, where nothing can be compiled", async () => {
  await using machine = await startMachine();
  const deno = await writeDeno(`${machine.folder}/deno`, withoutBaseBinary);
  const { code, stdout, stderr } = await machine.install(["--try=bash", "--once"], {
    AWS_USE_DENO: deno,
    DENORT_BIN: "",
  });
  assert.equal(code, 0, stdout + stderr);
  assert.ok(stderr.includes("A launcher that runs the bundle with Deno takes its place"));
  assert.match(stdout, /^1 of 1 shells worked$/m);
  assert.match(stdout, /^bash [\d.]+, /m);
  await assertNothingLeft(machine);
});

Deno.test("--try --once works without ykman and the AWS CLI, names the stand-in, and says what is missing", async () => {
  await using machine = await startMachine();
  const missing = ["ykman", "aws", "fish"];
  const path = await pathWithout(`${machine.folder}/bin`, missing);
  const { code, stdout, stderr } = await machine.install(["--try", "--once"], { PATH: path });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^bash [\d.]+, a stand-in for ykman \(the real one is not installed\)$/m);
  assert.match(stdout, /^fish: not installed$/m);
  assert.match(stdout, /^aws: not installed; aws-use status --check asked in its place$/m);
  await assertNothingLeft(machine);
});

Deno.test("--try --once fails where no shell is installed", async () => {
  await using machine = await startMachine();
  const path = await pathWithout(`${machine.folder}/bin`, ["zsh", "bash", "fish", "rbash"]);
  const { code, stdout } = await machine.install(["--try", "--once"], { PATH: path });
  assert.deepEqual([code, stdout.includes("0 of 0 shells worked")], [1, true], stdout);
  await assertNothingLeft(machine);
});

for (const shell of shells) {
  Deno.test(
    { name: `--try=${shell}: a key press is the touch, and leaving removes everything`, ignore: !hasTmux },
    async () => {
      await using machine = await startMachine();
      // What the person's own files would do must not happen.
      for (const file of [".zshrc", ".bashrc", ".zshenv", ".profile"]) {
        await Deno.writeTextFile(`${machine.home}/${file}`, `touch '${machine.folder}/read'\n`);
      }
      const own = await machine.tree("home");
      await using terminal = await openTerminal([installSh, `--try=${shell}`], {
        env: { ...machine.env, AWS_PROFILE: "own", AWS_ACCESS_KEY_ID: "OWN", ZDOTDIR: machine.home },
        columns: 200,
        cwd: machine.home,
      });
      await terminal.waitFor(/exit +leaves; everything is stopped and removed\n+.*aws-use try .*[#%$>]$/, 60_000);
      await terminal.type("aws-use admin");
      await terminal.press("Enter");
      await terminal.waitFor(
        'virtual YubiKey: press any key to touch it\ntouch your YubiKey for profile "admin" (alice)',
      );
      await terminal.press("x");
      const prompt =
        { zsh: / +admin (59m|1h)$/, bash: /\nadmin (59m|1h) aws-use try .*$/, fish: / +admin (59m|1h)$/ }[shell];
      const screen = await terminal.waitFor(prompt ?? assert.fail(shell));
      assert.match(screen, /press any key to touch it\nadmin as alice@123456789012, (59m|1h)\n/);
      await terminal.type('env | grep -c "OWN\\|=own" ; aws-use status --check');
      await terminal.press("Enter");
      await terminal.waitFor(/\n0\nadmin as .*assumed-role\/admin\/alice\n/);
      await terminal.type("aws-use off");
      await terminal.press("Enter");
      await terminal.waitFor(/\nadmin is off\naws-use try [^ ]+ [#$%>]$/);
      await terminal.type("exit");
      await terminal.press("Enter");
      await terminal.ended;
      assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [own, {}]);
      assert.equal(await Deno.stat(`${machine.folder}/read`).then(() => true, () => false), false);
    },
  );
}

Deno.test(
  { name: "--try: Ctrl-C during the touch gives the prompt and the terminal back", ignore: !hasTmux },
  async () => {
    await using machine = await startMachine();
    await using terminal = await openTerminal([installSh, "--try=bash"], { env: machine.env, cwd: machine.home });
    await terminal.waitFor(/removed\n+aws-use try .*\$$|removed\n+aws-use try .*#$/, 60_000);
    await terminal.type("aws-use admin; echo status $?");
    await terminal.press("Enter");
    await terminal.waitFor("press any key to touch it");
    await terminal.press("C-c");
    await terminal.waitFor(/\naws-use try .*[#$]$/);
    await terminal.type("stty -a | grep -o ' icanon'");
    await terminal.press("Enter");
    await terminal.waitFor("\n icanon\n");
    await terminal.type("exit");
    await terminal.press("Enter");
    await terminal.ended;
    await assertNothingLeft(machine);
  },
);

for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) {
  Deno.test({ name: `--try: ${signal} ends the shell and removes everything`, ignore: !hasTmux }, async () => {
    await using machine = await startMachine();
    const note = `${machine.folder}/pid`;
    // exec keeps the number: install.sh hands over to the try-out the same way.
    const command = ["sh", "-c", `echo $$ > '${note}'; exec '${installSh}' --try=bash`];
    await using terminal = await openTerminal(command, { env: machine.env, cwd: machine.home });
    await terminal.waitFor(/removed\n+aws-use try .*[#$]$/, 60_000);
    Deno.kill(Number(await Deno.readTextFile(note)), signal);
    await terminal.ended;
    await assertNothingLeft(machine);
  });
}

Deno.test({ name: "--try: closing the terminal removes everything", ignore: !hasTmux }, async () => {
  await using machine = await startMachine();
  const note = `${machine.folder}/pid`;
  const command = ["sh", "-c", `echo $$ > '${note}'; exec '${installSh}' --try=bash`];
  {
    await using terminal = await openTerminal(command, { env: machine.env, cwd: machine.home });
    await terminal.waitFor(/removed\n+aws-use try .*[#$]$/, 60_000);
  }
  const pid = Number(await Deno.readTextFile(note));
  const deadlineMs = Date.now() + 10_000;
  const isAlive = () => Deno.stat(`/proc/${pid}`).then(() => true, () => false);
  while (await isAlive() && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await isAlive(), false);
  await assertNothingLeft(machine);
});

for (const ykman of ykmans) {
  const name = `the stand-in for ykman says what ykman ${ykman.major} says`;
  Deno.test({ name, ignore: !isInstalled(ykman) }, async () => {
    await using machine = await startMachine();
    const other = "arn:aws:iam::123456789012:mfa/alice-spare";
    const keys = startVirtualKeys({
      directory: machine.folder,
      touch: "auto",
      keys: [{
        serial: 12345678,
        accounts: [
          { name: alice.mfaSerial, secretBase32: alice.mfaSecret, touch: true },
          { name: other, secretBase32: alice.mfaSecret },
          // Long names, so that the answer does not fit into one message of the card.
          ...[1, 2, 3, 4].map((index) => ({
            name: `Company:${"x".repeat(50)}${index}`,
            secretBase32: alice.mfaSecret,
          })),
        ],
      }],
    });
    try {
      const questions = [
        ["list", "--serials"],
        ["oath", "accounts", "list"],
        ["--device", "12345678", "oath", "accounts", "list"],
        ["oath", "accounts", "code", "--", alice.mfaSerial],
        ["oath", "accounts", "code", "--", other],
        ["oath", "accounts", "code", "--", "nobody"],
      ];
      for (const args of questions) {
        const ask = async () => [
          await machine.run(ykman.path, args, keys.env),
          await answerOfStandIn(args, keys.socket),
        ];
        // Two codes may lie on two sides of a window's end.
        let [real, ours] = await ask();
        if (JSON.stringify(real) !== JSON.stringify(ours)) [real, ours] = await ask();
        assert.deepEqual(ours, real, args.join(" "));
      }
      keys.remove();
      const gone = await answerOfStandIn(["oath", "accounts", "list"], keys.socket);
      assert.deepEqual(gone, { code: 1, stdout: "", stderr: "ERROR: No YubiKey detected!\n" });
      assert.deepEqual(await answerOfStandIn(["list", "--serials"], keys.socket), { code: 0, stdout: "", stderr: "" });
    } finally {
      await keys.stop();
    }
  });
}

async function answerOfStandIn(args: readonly string[], socket: string) {
  let [stdout, stderr] = ["", ""];
  const out = (line: string) => void (stdout += `${line}\n`);
  const code = await standIn(args, socket, { out, err: (line) => void (stderr += `${line}\n`) });
  return { code, stdout, stderr };
}

Deno.test("the stand-in for ykman says that the touch did not come, and refuses what it does not know", async () => {
  await using machine = await startMachine();
  const account = { name: alice.mfaSerial, secretBase32: alice.mfaSecret, touch: true };
  const keys = startVirtualKeys({
    directory: machine.folder,
    touch: "manual",
    touchTimeoutMs: 10,
    keys: [{ serial: 1, accounts: [account] }],
  });
  try {
    const late = await answerOfStandIn(["oath", "accounts", "code", "--", alice.mfaSerial], keys.socket);
    const stderr = "Touch your YubiKey...\nERROR: Touch account timed out!\n";
    assert.deepEqual(late, { code: 1, stdout: "", stderr });
    assert.equal((await answerOfStandIn(["piv", "info"], keys.socket)).code, 2);
  } finally {
    await keys.stop();
  }
});
