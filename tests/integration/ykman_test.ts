import assert from "node:assert/strict";
import { windowAt } from "../../src/core/totp_window.ts";
import { Failure } from "../../src/errors.ts";
import { accountsOnKeys, codeFromYubiKey } from "../../src/world/ykman.ts";
import { totp } from "../support/totp.ts";
import { fastClock, ykmanTest } from "../support/ykmans.ts";

const alice = "arn:aws:iam::123456789012:mfa/alice";
const secretBase32 = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const plain = { name: alice, secretBase32 };
const touchy = { name: alice, secretBase32, touch: true };
const bob = { name: "arn:aws:iam::123456789012:mfa/bob", secretBase32 };
const never = new AbortController().signal;

ykmanTest("codeFromYubiKey() has the code of the account and its window", {
  keys: [{ serial: 11111111, accounts: [bob, plain] }],
}, async ({ world, keys }) => {
  const { code, window, deviceSerial } = await codeFromYubiKey(world, { mfaSerial: alice, signal: never });
  assert.ok([totp(secretBase32, window), totp(secretBase32, window - 1)].includes(code));
  assert.ok(windowAt(Date.now()) - window <= 1);
  assert.equal(deviceSerial, undefined);
  assert.equal(keys.touchesAsked, 0);
});

ykmanTest("codeFromYubiKey() says that a touch is wanted, then has the code", {
  keys: [{ serial: 11111111, accounts: [touchy] }],
}, async ({ world, keys }) => {
  const wanted: (string | undefined)[] = [];
  const pids: number[] = [];
  const asked = codeFromYubiKey(world, {
    mfaSerial: alice,
    signal: never,
    onStarted: (pid) => pids.push(pid),
    onTouchWanted: (serial) => {
      wanted.push(serial);
      keys.touch();
    },
  });
  const { code, window } = await asked;
  assert.equal(code, totp(secretBase32, window));
  assert.deepEqual(wanted, [undefined]);
  assert.equal(keys.touchesAsked, 1);
  assert.ok(pids.length === 1 && pids[0] > 0);
});

ykmanTest("codeFromYubiKey() is denied when the touch does not come", {
  keys: [{ serial: 11111111, accounts: [touchy] }],
  touchTimeoutMs: 300,
}, async ({ world }) => {
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 77, "the YubiKey was not touched in time");
});

ykmanTest("codeFromYubiKey() says that no key is plugged in", { keys: [] }, async ({ world }) => {
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 69, "no YubiKey is plugged in");
});

ykmanTest("codeFromYubiKey() asks, of two keys, the one that holds the account", {
  keys: [{ serial: 11111111, accounts: [bob] }, { serial: 22222222, accounts: [touchy] }],
}, async ({ world, keys }) => {
  const wanted: (string | undefined)[] = [];
  const { code, window, deviceSerial } = await codeFromYubiKey(world, {
    mfaSerial: alice,
    signal: never,
    onTouchWanted: (serial) => {
      wanted.push(serial);
      keys.touch({ serial: 22222222 });
    },
  });
  assert.equal(code, totp(secretBase32, window));
  assert.equal(deviceSerial, "22222222");
  assert.deepEqual(wanted, ["22222222"]);
});

ykmanTest("codeFromYubiKey() names the keys when none of two holds the account", {
  keys: [{ serial: 11111111, accounts: [bob] }, { serial: 22222222 }],
}, async ({ world }) => {
  await fails(
    codeFromYubiKey(world, { mfaSerial: alice, signal: never }),
    69,
    `no YubiKey that is plugged in (11111111, 22222222) has an OATH account named "${alice}"`,
  );
});

ykmanTest("codeFromYubiKey() asks only the key that it is told to", {
  keys: [{ serial: 11111111, accounts: [bob] }, { serial: 22222222, accounts: [plain] }],
}, async ({ world }) => {
  const request = { mfaSerial: alice, signal: never };
  assert.equal((await codeFromYubiKey(world, { ...request, deviceSerial: "22222222" })).deviceSerial, "22222222");
  await fails(
    codeFromYubiKey(world, { ...request, deviceSerial: "11111111" }),
    69,
    `YubiKey 11111111 has no OATH account named "${alice}"`,
  );
  await fails(
    codeFromYubiKey(world, { ...request, deviceSerial: "33333333" }),
    69,
    "YubiKey 33333333 is not plugged in, but 11111111, 22222222",
  );
  await fails(
    codeFromYubiKey(world, { ...request, deviceSerial: "--help" }),
    78,
    'aws_use_yubikey is "--help", which is not the serial number of a YubiKey',
  );
});

ykmanTest("codeFromYubiKey() takes no code of an account whose name only contains the one that is wanted", {
  keys: [{ serial: 11111111, accounts: [{ ...plain, name: `${alice}2` }, { ...plain, period: 60 }] }],
}, async ({ world }) => {
  const message = `the YubiKey has no OATH account named "${alice}"`;
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 69, message);
  await fails(codeFromYubiKey(world, { mfaSerial: `${alice}2`.toUpperCase(), signal: never }), 69);
});

ykmanTest("codeFromYubiKey() unlocks the key with the password, and says when it lacks or has the wrong one", {
  keys: [{ serial: 11111111, accounts: [plain], password: "correct horse" }],
}, async ({ world }) => {
  const request = { mfaSerial: alice, signal: never };
  const { code, window } = await codeFromYubiKey(world, { ...request, password: "correct horse" });
  assert.ok([totp(secretBase32, window), totp(secretBase32, window - 1)].includes(code));
  await fails(codeFromYubiKey(world, request), 69, "the YubiKey wants its OATH password");
  await fails(codeFromYubiKey(world, { ...request, password: "x" }), 69, "the YubiKey refused the OATH password");
});

ykmanTest("codeFromYubiKey() says that OATH is switched off", {
  keys: [{ serial: 11111111, oathDisabled: true }],
}, async ({ world }) => {
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 69, "the YubiKey has OATH switched off");
});

ykmanTest("codeFromYubiKey() says that the key was pulled out while it waited for the touch", {
  keys: [{ serial: 11111111, accounts: [touchy] }],
}, async ({ world, keys }) => {
  await fails(
    codeFromYubiKey(world, { mfaSerial: alice, signal: never, onTouchWanted: () => keys.remove() }),
    69,
    "the YubiKey was pulled out meanwhile",
  );
});

ykmanTest("codeFromYubiKey() asks again when another program has reset the card, but only once", {
  keys: [{ serial: 11111111, accounts: [plain] }],
}, async ({ world, keys }) => {
  keys.resetCard(1);
  const { code, window } = await codeFromYubiKey(world, { mfaSerial: alice, signal: never });
  assert.ok([totp(secretBase32, window), totp(secretBase32, window - 1)].includes(code));
  keys.resetCard(2);
  await fails(
    codeFromYubiKey(world, { mfaSerial: alice, signal: never }),
    69,
    "another program reset the YubiKey meanwhile",
  );
});

ykmanTest("codeFromYubiKey() waits for a key that another program has for a moment", {
  keys: [{ serial: 11111111, accounts: [plain] }],
}, async ({ world, keys }) => {
  // ykman 5 connects twice in each run: exclusively, then shared.
  keys.busy(2);
  const limits: number[] = [];
  const request = { mfaSerial: alice, signal: never, onBusy: (limitMs: number) => limits.push(limitMs) };
  const { code, window } = await codeFromYubiKey(world, request);
  assert.ok([totp(secretBase32, window), totp(secretBase32, window - 1)].includes(code));
  assert.deepEqual(limits, [17_000]);
});

ykmanTest("codeFromYubiKey() gives up on a key that another program keeps", {
  keys: [{ serial: 11111111, accounts: [plain] }],
  clock: fastClock(6),
}, async ({ world, keys }) => {
  keys.busy(Infinity);
  await fails(
    codeFromYubiKey(world, { mfaSerial: alice, signal: never }),
    69,
    "the YubiKey is in use by another program",
  );
});

ykmanTest("codeFromYubiKey() waits for the one of two keys that another program has, for it may hold the account", {
  keys: [{ serial: 11111111, accounts: [plain] }, { serial: 22222222, accounts: [bob] }],
}, async ({ world, keys }) => {
  keys.busy(Infinity);
  const request = { mfaSerial: alice, signal: never, onBusy: () => keys.busy(0) };
  assert.equal((await codeFromYubiKey(world, request)).deviceSerial, "11111111");
});

ykmanTest("codeFromYubiKey() gives up on the one of two keys that another program keeps", {
  keys: [{ serial: 11111111, accounts: [plain] }, { serial: 22222222, accounts: [bob] }],
  clock: fastClock(6),
}, async ({ world, keys }) => {
  keys.busy(Infinity);
  const message = /^the YubiKey is in use by (another program|ykman|scdaemon)$/;
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 69, message);
});

ykmanTest("codeFromYubiKey() says that pcscd is off", { keys: [] }, async ({ world, keys }) => {
  await keys.stop();
  await fails(codeFromYubiKey(world, { mfaSerial: alice, signal: never }), 69, "ykman cannot reach pcscd");
  await fails(accountsOnKeys(world, { signal: never }), 69, "ykman cannot reach pcscd");
});

ykmanTest("codeFromYubiKey() ends ykman at once on Ctrl-C, and the next call has its code when the key is free", {
  keys: [{ serial: 11111111, accounts: [touchy] }],
  touchTimeoutMs: 2_000,
}, async ({ world, keys }) => {
  const interrupt = new AbortController();
  const pids: number[] = [];
  let abortedAtMs = 0;
  await fails(
    codeFromYubiKey(world, {
      mfaSerial: alice,
      signal: interrupt.signal,
      onStarted: (pid) => pids.push(pid),
      onTouchWanted: async () => {
        await keys.waitTouch();
        abortedAtMs = Date.now();
        interrupt.abort();
      },
    }),
    130,
    "cancelled while ykman was asked for a code",
  );
  assert.ok(Date.now() - abortedAtMs < 1_000);
  assert.ok(keys.isWaiting(), "the key goes on waiting, as a real one does");
  keys.configureTouch({ touchTimeoutMs: 15_000 });
  const { code, window } = await codeFromYubiKey(world, {
    mfaSerial: alice,
    signal: never,
    onTouchWanted: () => keys.touch(),
  });
  assert.equal(code, totp(secretBase32, window));
  assert.equal(await world.processes.startTime(pids[0]), null, "the first ykman is gone");
});

ykmanTest("accountsOnKeys() reads each key, and says which it could not", {
  keys: [
    { serial: 11111111, accounts: [bob, touchy] },
    { serial: 22222222, accounts: [plain], password: "correct horse" },
    { serial: 33333333 },
  ],
}, async ({ world, keys }) => {
  const [first, second, third] = await accountsOnKeys(world, { signal: never });
  assert.deepEqual(first, { deviceSerial: "11111111", accounts: [alice, bob.name] });
  assert.equal(second.deviceSerial, "22222222");
  assert.deepEqual(second.accounts, []);
  assert.equal(second.failure?.message, "YubiKey 22222222 wants its OATH password");
  assert.deepEqual(third, { deviceSerial: "33333333", accounts: [] });
  assert.equal(keys.touchesAsked, 0);
});

ykmanTest("accountsOnKeys() is empty without a key", { keys: [] }, async ({ world }) => {
  assert.deepEqual(await accountsOnKeys(world, { signal: never }), []);
});

async function fails(work: Promise<unknown>, exitCode: number, message?: string | RegExp): Promise<void> {
  const error = await work.then(() => undefined, (reason) => reason);
  assert.ok(error instanceof Failure, `a Failure, not ${error}`);
  if (typeof message === "string") assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
  assert.equal(error.exitCode, exitCode);
}
