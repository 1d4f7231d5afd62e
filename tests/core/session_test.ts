import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cacheKey,
  identityOf,
  isFromFuture,
  parseSession,
  secondsLeft,
  secondsUntil,
  type Session,
} from "../../src/core/session.ts";

const session = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEJr//==",
  expiresAt: 1_767_229_200,
  issuedAt: 1_767_225_600,
  identity: "alice@123456789012",
  mfaSerial: "arn:aws:iam::123456789012:mfa/alice",
  profile: "admin",
};

Deno.test("secondsLeft() counts whole seconds down to 0 and never below, and never ends for long-lived keys", () => {
  assert.equal(secondsLeft(session, (session.expiresAt - 10) * 1000), 10);
  assert.equal(secondsLeft(session, (session.expiresAt - 10) * 1000 + 1), 9);
  assert.equal(secondsLeft(session, session.expiresAt * 1000 - 1), 0);
  assert.equal(secondsLeft({ accessKeyId: "A", secretAccessKey: "b" }, Date.now()), Infinity);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e11 }), fc.integer({ min: 0, max: 1e14 }), (at, nowMs) => {
      const left = secondsUntil(at, nowMs);
      assert.ok(Number.isInteger(left) && left >= 0);
      // It is never told longer than it is.
      if (left > 0) assert.ok(nowMs + left * 1000 <= at * 1000);
    }),
  );
});

Deno.test("isFromFuture() is true for what was issued more than a minute after now", () => {
  const issuedMs = session.issuedAt * 1000;
  assert.equal(isFromFuture(session, issuedMs), false);
  assert.equal(isFromFuture(session, issuedMs - 60_000), false);
  assert.equal(isFromFuture(session, issuedMs - 60_001), true);
  assert.equal(isFromFuture({ accessKeyId: "A", secretAccessKey: "b" }, 0), false);
});

Deno.test("cacheKey() is the same whatever the order, and another for another value", async () => {
  const key = await cacheKey({ roleArn: "r", tags: [["a", "1"]], nested: { x: 1, y: 2 } });
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(await cacheKey({ nested: { y: 2, x: 1 }, tags: [["a", "1"]], roleArn: "r", policy: undefined }), key);
  const others = [
    { roleArn: "r", tags: [["a", "2"]], nested: { x: 1, y: 2 } },
    { roleArn: "r", tags: [["1", "a"]], nested: { x: 1, y: 2 } },
    { roleArn: "r", tags: [["a", "1"]], nested: { x: 1, y: "2" } },
    { roleArn: "r", tags: ["a", "1"], nested: { x: 1, y: 2 } },
    { roleArn: "r", tags: [["a", "1"]], nested: { x: 1, y: 2 }, policy: "" },
    { roleArn: "r", tags: [["a", "1"]], nested: { x: 1, y: 2 }, policy: null },
  ];
  assert.equal(new Set([key, ...await Promise.all(others.map(cacheKey))]).size, others.length + 1);
});

Deno.test("cacheKey() tells apart what a separator could hide", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), fc.string(), fc.string(), async (a, b, c, d) => {
      const same = a === c && b === d;
      assert.equal(await cacheKey({ a, b }) === await cacheKey({ a: c, b: d }), same);
    }),
    { numRuns: 50 },
  );
});

Deno.test("parseSession() reads back what was written, and nothing else", () => {
  const whole: Session | null = parseSession(`${JSON.stringify({ ...session, more: "1" })}\n`);
  assert.deepEqual(whole, session);
  const { identity: _identity, mfaSerial: _serial, profile: _profile, ...least } = session;
  assert.deepEqual(JSON.parse(JSON.stringify(parseSession(JSON.stringify(least)))), least);
});

Deno.test("parseSession() takes nothing of a file that is no session", () => {
  const broken: readonly (readonly [string, unknown])[] = [
    ["accessKeyId", undefined],
    ["accessKeyId", ""],
    ["accessKeyId", "ASIA\nAWS_REGION=us-east-1"],
    ["secretAccessKey", 7],
    ["secretAccessKey", "with space"],
    ["sessionToken", undefined],
    ["sessionToken", "tök"],
    ["sessionToken", "token\u0000"],
    ["identity", "alice\x1b[2J"],
    ["identity", null],
    ["mfaSerial", "a\u009bb"],
    ["profile", ["admin"]],
    ["expiresAt", "1767229200"],
    ["expiresAt", 1e300],
    ["expiresAt", -1],
    ["expiresAt", 1.5],
    ["expiresAt", session.issuedAt + 5 * 24 * 3600],
    ["issuedAt", undefined],
  ];
  for (const [name, value] of broken) {
    assert.equal(parseSession(JSON.stringify({ ...session, [name]: value })), null, `${name} ${value}`);
  }
  const text = JSON.stringify(session);
  for (const cut of ["", " ", "null", "[]", "7", '"x"', text.slice(0, -1), `${text}${text}`, `x${text}`]) {
    assert.equal(parseSession(cut), null, cut);
  }
});

Deno.test("parseSession() never throws and never returns a value with a control character", () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constant(null), fc.constant(undefined));
  const changed = fc.record(
    Object.fromEntries(Object.keys(session).map((key) => [key, value])) as Record<string, typeof value>,
    { requiredKeys: [] },
  );
  fc.assert(fc.property(changed, (some) => {
    const parsed = parseSession(JSON.stringify({ ...session, ...some }));
    if (parsed !== null) assert.doesNotMatch(Object.values(parsed).join(" "), /[\u0000-\u001f\u007f-\u009f]/);
  }));
  fc.assert(fc.property(fc.string(), (text) => assert.equal(parseSession(text), null)));
});

Deno.test("identityOf() is session name or user, and account", () => {
  for (
    const [arn, identity] of [
      ["arn:aws:sts::123456789012:assumed-role/admin/alice", "alice@123456789012"],
      ["arn:aws-us-gov:sts::123456789012:assumed-role/admin/alice@example.com", "alice@example.com@123456789012"],
      ["arn:aws:iam::123456789012:user/team/alice", "alice@123456789012"],
      ["arn:aws:sts::123456789012:federated-user/alice", "alice@123456789012"],
      ["arn:aws:iam::123456789012:root", undefined],
      ["arn:aws:iam::123456789012:role/admin", undefined],
      ["alice", undefined],
      ["", undefined],
    ] as const
  ) assert.equal(identityOf(arn), identity, arn);
});
