/** Changes to the person's AWS files, on a real file system. */
import assert from "node:assert/strict";
import { setValue } from "../../src/core/config_edit.ts";
import { readConfigFile } from "../../src/engine/config.ts";
import { changeConfig } from "../../src/engine/config_change.ts";
import { Failure } from "../../src/errors.ts";
import type { SessionCache } from "../../src/world/session_cache.ts";
import { denoFiles } from "../../src/world/files.ts";
import type { Files, World } from "../../src/world/world.ts";

const serial = "arn:aws:iam::123456789012:mfa/alice";
const cache = {
  exclusively: (_name: string, _what: string, action: () => Promise<unknown>) => action(),
} as unknown as SessionCache;
const world = {} as World;
const change = (path: string, files: Partial<Files> = {}) =>
  changeConfig(
    { ...world, files: { ...denoFiles, ...files } },
    cache,
    path,
    (file) => setValue(file, "default", "mfa_serial", serial),
  );

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
      assert.deepEqual(await change(path), { backup: `${path}.aws-use-backup` });
    } finally {
      Deno.umask(umask);
    }
    const line = `  mfa_serial = ${serial}\r\n`;
    const after = before.replace("eu-central-1\r\n", `eu-central-1\r\n${line}`);
    assert.deepEqual(await Deno.readFile(path), new TextEncoder().encode(after));
    assert.deepEqual(await Deno.readFile(`${path}.aws-use-backup`), new TextEncoder().encode(before));
    assert.deepEqual([modeOf(path), modeOf(`${path}.aws-use-backup`)], [0o664, 0o664]);
    assert.equal(await change(path), null, "nothing to change any more");
    assert.deepEqual(namesIn(folder).sort(), ["config", "config.aws-use-backup"]);
  }));

const keys = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\n";
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("changeConfig() keeps no copy of keys once the new file is read back, and until then for the person alone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/credentials`;
    const texts = [
      keys,
      "[default]\nregion = eu-central-1\n# AWS_SECRET_ACCESS_KEY = old\n",
      "[x]\naws_session_token = t\n",
    ];
    for (const before of texts) {
      await Deno.writeTextFile(path, before);
      await Deno.chmod(path, 0o664);
      const copies: [text: string, mode: number][] = [];
      const replace: Files["replace"] = async (target, ...rest) => {
        await denoFiles.replace(target, ...rest);
        if (target !== path) copies.push([await Deno.readTextFile(target), modeOf(target)]);
      };
      assert.deepEqual(await change(path, { replace }), { backup: null });
      assert.deepEqual(copies, [[before, 0o600]]);
      assert.deepEqual(namesIn(folder), ["credentials"]);
      assert.equal(modeOf(path), 0o664);
      assert.match(await Deno.readTextFile(path), /^mfa_serial = /m);
    }
  }));

Deno.test("changeConfig() of a file with keys: what cannot be written leaves no copy, what is written wrong names it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/credentials`;
    await Deno.writeTextFile(path, keys);
    const full: Files["replace"] = async (target, ...rest) => {
      if (target === path) throw new Error("No space left on device (os error 28)");
      await denoFiles.replace(target, ...rest);
    };
    await assert.rejects(change(path, { replace: full }), (error) => error instanceof Failure && error.kind === "io");
    assert.deepEqual([namesIn(folder), await Deno.readTextFile(path)], [["credentials"], keys]);

    const halved: Files["replace"] = (target, text, mode) =>
      denoFiles.replace(target, target === path ? text.slice(0, 30) : text, mode);
    const copy = `${path}.aws-use-backup`;
    await assert.rejects(change(path, { replace: halved }), (error) => {
      assert.ok(error instanceof Failure && error.kind === "io");
      assert.equal(error.message, `"${path}" does not hold what was written to it; as it was: ${copy}`);
      assert.ok(error.hint.endsWith(`diff ${copy} ${path}`), error.hint);
      return true;
    });
    assert.deepEqual([await Deno.readTextFile(copy), modeOf(copy)], [keys, 0o600]);
  }));

Deno.test("changeConfig() writes through a link and keeps it", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/dotfiles`);
    await Deno.mkdir(`${folder}/.aws`);
    await Deno.writeTextFile(`${folder}/dotfiles/aws`, "[default]\n");
    await Deno.symlink("../dotfiles/aws", `${folder}/.aws/config`);
    const target = await Deno.realPath(`${folder}/dotfiles/aws`);
    assert.deepEqual(await change(`${folder}/.aws/config`), { backup: `${target}.aws-use-backup` });
    assert.equal(await Deno.readLink(`${folder}/.aws/config`), "../dotfiles/aws");
    assert.equal(await Deno.readTextFile(`${folder}/dotfiles/aws`), `[default]\nmfa_serial = ${serial}\n`);
  }));

Deno.test("changeConfig() makes a file that is not there, for the person alone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/.aws/config`;
    assert.deepEqual(await change(path), { backup: null });
    assert.equal(await Deno.readTextFile(path), `[default]\nmfa_serial = ${serial}\n`);
    assert.deepEqual([modeOf(path), modeOf(`${folder}/.aws`)], [0o600, 0o700]);
    assert.deepEqual(namesIn(`${folder}/.aws`), ["config"]);
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

Deno.test("the command that opens a file names that file, whatever it is called, or none", () =>
  inFolder(async (folder) => {
    const unreadable = { ...world, files: { ...denoFiles, readBytes: () => Promise.reject(new Error("no")) } } as World;
    for (
      const [name, word] of [
        ["it's", `'${folder}/it'\\''s'`],
        ["$(id) ", `'${folder}/$(id) '`],
        ["hidden\u200b", "NAME_WITH_HIDDEN_CHARACTERS"],
        ["two\nlines", "NAME_WITH_HIDDEN_CHARACTERS"],
      ]
    ) {
      const path = `${folder}/${name}`;
      const hint = (command: string) => (error: unknown) =>
        error instanceof Failure && error.kind === "io" && error.hint.endsWith(`: chmod ${command} ${word}`);
      await assert.rejects(readConfigFile(unreadable, path), hint("u+r"), name);
      await Deno.mkdir(path);
      await assert.rejects(change(path), hint("u+w"), name);
    }
  }));
