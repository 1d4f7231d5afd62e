import assert from "node:assert/strict";

const dump = new URL("botocore_dump.py", import.meta.url).pathname;

/**
 * Runs botocore_dump.py with the interpreter of AWS_USE_TEST_PYTHON (default `python3`) and returns its answer.
 * Fails, and does not skip, where that interpreter has no botocore.
 */
export async function botocore(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const python = Deno.env.get("AWS_USE_TEST_PYTHON") ?? "python3";
  const path = Deno.env.get("PATH") ?? "";
  const child = new Deno.Command(python, {
    args: [dump, ...args],
    clearEnv: true,
    // botocore opens files in the locale's encoding; AWS's own command is told to use UTF-8.
    env: { PATH: path, HOME: Deno.env.get("HOME") ?? "/", PYTHONUTF8: "1", ...env },
  });
  const { code, stdout, stderr } = await child.output();
  const reason = new TextDecoder().decode(stderr);
  assert.equal(code, 0, `${python} ${dump} failed; AWS_USE_TEST_PYTHON names a Python that has botocore. ${reason}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
