import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { cacheRoot, openCache } from "../../src/world/session_cache.ts";
import type { Environment, Files, FileStatus, Lock, World } from "../../src/world/world.ts";
import { fakeWorld } from "../support/fake_world.ts";

const nowMs = Date.UTC(2026, 0, 1);

const link: FileStatus = {
  isFile: false,
  isDirectory: false,
  isLink: true,
  mode: 0o777,
  uid: 1000,
  size: 0,
  modifiedMs: nowMs,
};
const foreign: FileStatus = { ...link, isLink: false, isDirectory: true, mode: 0o700, uid: 0 };

function environmentOf(variables: Readonly<Record<string, string>>): Environment {
  return { get: (name) => variables[name], all: () => variables };
}

function withFiles(world: World, files: Partial<Files>): World {
  return { ...world, files: { ...world.files, ...files } };
}

Deno.test("cacheRoot() is refused where a variable would make it depend on the folder one is in", () => {
  for (
    const [variables, told] of [
      [{ HOME: "/h", AWS_USE_CACHE_DIR: "cache" }, "AWS_USE_CACHE_DIR"],
      [{ HOME: "/h", XDG_RUNTIME_DIR: "./run" }, "XDG_RUNTIME_DIR"],
      [{ HOME: "/h", XDG_CACHE_HOME: "~/.cache" }, "XDG_CACHE_HOME"],
      [{ HOME: "h" }, "HOME"],
    ] as const
  ) {
    assert.throws(() => cacheRoot(environmentOf(variables)), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.exitCode, 73);
      assert.match(error.message, new RegExp(`^the cache is refused: ${told} is ".*", which is no absolute path$`));
      assert.equal(error.hint, told === "HOME" ? "export HOME=/an/absolute/path" : `correct it, or: unset ${told}`);
      return true;
    });
  }
  // What is not looked at may be as it likes.
  assert.equal(cacheRoot(environmentOf({ AWS_USE_CACHE_DIR: "/c/", XDG_CACHE_HOME: "rel" })), "/c");
});

Deno.test("openCache() refuses what somebody puts in the place of a folder while it is made", async () => {
  for (const there of [link, foreign]) {
    for (const place of ["/cache", "/cache/roles"]) {
      const { world } = fakeWorld({ nowMs });
      const made = new Set<string>();
      const late = withFiles(world, {
        makeDirectory: (path) => Promise.resolve(void made.add(path)),
        status: (path) => Promise.resolve(path === place && made.has(path) ? there : null),
      });
      await assert.rejects(openCache(late), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.exitCode, 73);
        assert.match(error.message, new RegExp(`^the cache is refused: ${place} (is a link|belongs to user 0)`));
        return true;
      });
    }
  }
});

Deno.test("a lock whose holder waits for a person to the end: told which process that is, and how it is ended", async () => {
  const fake = fakeWorld({ nowMs });
  const path = "/cache/locks/one";
  const cache = await openCache(withFiles(fake.world, { lock: () => new Promise(() => {}) }));
  fake.clock.sleep(2500).then(() => fake.files.set(path, "process 99 on /dev/pts/7 waits for a code to be typed\n"));
  await assert.rejects(cache.exclusively("one", "asks AWS", () => assert.fail("it has no lock")), {
    kind: "tryAgain",
    message: "another aws-use, which asks AWS, does not end: process 99 on /dev/pts/7 waits for a code to be typed",
    hint: "answer it there, or end it with: kill 99",
  });
  assert.equal(fake.clock.elapsedMs(), 120_000);
  assert.deepEqual(fake.seen, [
    "waiting for another aws-use, which asks AWS, for at most 120 s …",
    "waiting for another aws-use, which asks AWS (process 99 on /dev/pts/7 waits for a code to be typed), " +
    "for at most 120 s …",
  ]);
});

for (const end of ["the limit", "Ctrl-C"] as const) {
  Deno.test(`a lock that comes after ${end} is released at once, and its action never runs`, async () => {
    const fake = fakeWorld({ nowMs });
    const given = Promise.withResolvers<{ lock: Lock; noted: string }>();
    const cache = await openCache(withFiles(fake.world, { lock: () => given.promise }));
    const waiting = cache.exclusively("one", "asks AWS", () => assert.fail("it has no lock"));
    if (end === "Ctrl-C") fake.cancel.abort(new DOMException("cancelled", "AbortError"));
    await assert.rejects(
      waiting,
      end === "Ctrl-C" ? { name: "AbortError" } : {
        message: "another aws-use, which asks AWS, does not end",
      },
    );
    let released = 0;
    given.resolve({
      lock: {
        path: "x",
        note: () => Promise.resolve(),
        clear: () => Promise.resolve(),
        release: () => void released++,
      },
      noted: "",
    });
    await given.promise;
    await Promise.resolve();
    assert.equal(released, 1);
  });
}
