import assert from "node:assert/strict";
import { isInstalled, ykmanEnvironment, ykmans } from "../support/ykmans.ts";
import { askControl } from "../support/yubikey/control.ts";

const yubikeyDirectory = new URL("../support/yubikey/", import.meta.url).pathname;
const [ykman] = ykmans;
const account = "arn:aws:iam::123456789012:mfa/alice";
const seed = {
  keys: [{ serial: 11111111, accounts: [{ name: account, secretBase32: "JBSWY3DPEHPK3PXP", touch: true }] }],
};

Deno.test({
  name: "the virtual keys run as a program, are pulled and plugged in by their control socket",
  ignore: !isInstalled(ykman),
  fn: () =>
    withProgram(async ({ control, env, run }) => {
      assert.equal(await run("ykman list --serials"), "11111111\n");
      assert.equal((await askControl(control, { do: "remove" })).ok, true);
      assert.equal(await run("ykman list --serials"), "");
      await askControl(control, { do: "insert" });
      const { accountNames, isWaiting } = await askControl(control, { do: "status" });
      assert.deepEqual({ accountNames, isWaiting }, { accountNames: [account], isWaiting: false });
      assert.equal((await askControl(control, { do: "touch", waitMs: 0 })).ok, false, "nothing to touch for");
      const code = run(`ykman oath accounts code --single ${account}`);
      assert.equal((await askControl(control, { do: "touch" })).ok, true);
      assert.match(await code, /^[0-9]{6}\n$/);
      assert.equal((await askControl(control, { do: "status" })).touchesAsked, 1);
      assert.ok(env.PCSCLITE_CSOCK_NAME);
    }),
});

interface Program {
  readonly control: string;
  readonly env: Readonly<Record<string, string>>;
  /** What a shell command prints. */
  run(command: string): Promise<string>;
}

async function withProgram(body: (program: Program) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "keys-" });
  const socket = `${directory}/pcscd.comm`;
  const control = `${directory}/control.sock`;
  await Deno.writeTextFile(`${directory}/seed.json`, JSON.stringify(seed));
  const args = ["run", "--allow-all", `${yubikeyDirectory}main.ts`, socket, control, `${directory}/seed.json`];
  const program = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const output = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    assert.equal((await output.read()).value, "ready\n");
    const env = { ...await ykmanEnvironment(directory), PCSCLITE_CSOCK_NAME: socket };
    await body({ control, env, run: (command) => run(command, env) });
  } finally {
    program.kill("SIGTERM");
    assert.equal((await program.status).code, 0);
    await output.cancel();
    assert.deepEqual(
      [...Deno.readDirSync(directory)].filter(({ isSymlink, name }) => isSymlink || /sock|comm/.test(name)),
      [],
    );
    await Deno.remove(directory, { recursive: true });
  }
}

async function run(command: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", command], env, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}
