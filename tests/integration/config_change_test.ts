/** Changes to the person's AWS files, on a real file system. */
import assert from "node:assert/strict";
import { setValue } from "../../src/core/config_edit.ts";
import { changeConfig } from "../../src/engine/config_change.ts";
import { Failure } from "../../src/errors.ts";
import type { SessionCache } from "../../src/world/session_cache.ts";
import { denoFiles } from "../../src/world/files.ts";
import type { World } from "../../src/world/world.ts";

const serial = "arn:aws:iam::123456789012:mfa/alice";
const cache = {
  exclusively: (_name: string, _what: string, action: () => Promise<unknown>) => action(),
} as unknown as SessionCache;
const world = { files: denoFiles } as unknown as World;
const change = (path: string) =>
  changeConfig(world, cache, path, (file) => setValue(file, "default", "mfa_serial", serial));

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("changeConfig() keeps every other byte, the mode whatever the umask, and a copy of what was there", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    const before = "\ufeff# mine\r\n[default]\r\n  region = eu-central-1\r\n[profile b]\r\nregion=us-east-1";
    await Deno.writeTextFile(path, before);
    await Deno.chmod(path, 0o664);
    const umask = Deno.umask(0o077);
    try {
      assert.equal(await change(path), true);
    } finally {
      Deno.umask(umask);
    }
    const line = `  mfa_serial = ${serial}\r\n`;
    const after = before.replace("eu-central-1\r\n", `eu-central-1\r\n${line}`);
    assert.deepEqual(await Deno.readFile(path), new TextEncoder().encode(after));
    assert.deepEqual(await Deno.readFile(`${path}.aws-use-backup`), new TextEncoder().encode(before));
    assert.deepEqual([modeOf(path), modeOf(`${path}.aws-use-backup`)], [0o664, 0o664]);
    assert.equal(await change(path), false, "nothing to change any more");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["config", "config.aws-use-backup"]);
  }));

Deno.test("changeConfig() writes through a link and keeps it", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/dotfiles`);
    await Deno.mkdir(`${folder}/.aws`);
    await Deno.writeTextFile(`${folder}/dotfiles/aws`, "[default]\n");
    await Deno.symlink("../dotfiles/aws", `${folder}/.aws/config`);
    assert.equal(await change(`${folder}/.aws/config`), true);
    assert.equal(await Deno.readLink(`${folder}/.aws/config`), "../dotfiles/aws");
    assert.equal(await Deno.readTextFile(`${folder}/dotfiles/aws`), `[default]\nmfa_serial = ${serial}\n`);
  }));

Deno.test("changeConfig() makes a file that is not there, for the person alone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/.aws/config`;
    assert.equal(await change(path), true);
    assert.equal(await Deno.readTextFile(path), `[default]\nmfa_serial = ${serial}\n`);
    assert.deepEqual([modeOf(path), modeOf(`${folder}/.aws`)], [0o600, 0o700]);
    assert.deepEqual([...Deno.readDirSync(`${folder}/.aws`)].map(({ name }) => name), ["config"]);
  }));

Deno.test("changeConfig() leaves a file alone that botocore refuses, or that it cannot write", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, "[default]\nregion\n");
    await assert.rejects(change(path), (error) => error instanceof Failure && error.kind === "data");
    assert.equal(await Deno.readTextFile(path), "[default]\nregion\n");

    await Deno.mkdir(`${folder}/folder`);
    await assert.rejects(change(`${folder}/folder`), (error) => error instanceof Failure && error.kind === "io");
  }));
