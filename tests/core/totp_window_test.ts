import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatSpent,
  isTokenCode,
  lastDigitLine,
  parseSpent,
  spend,
  type Spent,
  waitForUnspentMs,
  windowAt,
  windowMs,
  windowOfCode,
  windowOpensAtMs,
} from "../../src/core/totp_window.ts";

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });

Deno.test("windowAt() counts windows of 30 s since 1970", () => {
  // RFC 6238, appendix B: the time step of each of these seconds.
  const steps: readonly (readonly [number, number])[] = [
    [59, 0x1],
    [1111111109, 0x23523ec],
    [1234567890, 0x273ef07],
    [20000000000, 0x27bc86aa],
  ];
  for (const [seconds, step] of steps) assert.equal(windowAt(seconds * 1000), step);
  assert.equal(windowAt(29_999), 0);
  assert.equal(windowAt(30_000), 1);
});

Deno.test("windowOpensAtMs() is the first instant of its window", () => {
  fc.assert(fc.property(instant, (atMs) => {
    const opensAtMs = windowOpensAtMs(windowAt(atMs));
    assert.ok(opensAtMs <= atMs && atMs < opensAtMs + windowMs);
  }));
});

Deno.test("windowOfCode() is the window in which the touch was asked for, however late the touch came", () => {
  assert.equal(windowOfCode({ touchAskedAtMs: 59_400, answeredAtMs: 74_000 }), 1);
});

Deno.test("windowOfCode() is, without a touch, the window of the answer", () => {
  assert.equal(windowOfCode({ answeredAtMs: 59_999 }), 1);
  assert.equal(windowOfCode({ answeredAtMs: 60_000 }), 2);
});

Deno.test("waitForUnspentMs() waits until the window after the spent one opens", () => {
  assert.equal(waitForUnspentMs(65_000, undefined), 0);
  assert.equal(waitForUnspentMs(65_000, 1), 0);
  assert.equal(waitForUnspentMs(65_000, 2), 25_000);
  assert.equal(waitForUnspentMs(65_000, 3), 55_000);
});

Deno.test("waitForUnspentMs() does not wait for a memory that only a wrong clock can have made", () => {
  assert.equal(waitForUnspentMs(65_000, 4), 0);
});

Deno.test("waitForUnspentMs() ends in an unspent window and is never longer than two windows", () => {
  fc.assert(fc.property(instant, fc.integer({ min: -5, max: 1 }), (nowMs, ahead) => {
    const spent = windowAt(nowMs) + ahead;
    const waitMs = waitForUnspentMs(nowMs, spent);
    assert.ok(waitMs >= 0 && waitMs <= 2 * windowMs);
    assert.ok(windowAt(nowMs + waitMs) > spent);
    if (waitMs > 0) assert.equal(windowAt(nowMs + waitMs - 1), spent);
  }));
});

Deno.test("isTokenCode() takes six ASCII digits and nothing else", () => {
  assert.ok(isTokenCode("012345"));
  for (const text of ["", "12345", "1234567", "12345a", " 123456", "123456\n", "١٢٣٤٥٦", "-12345"]) {
    assert.ok(!isTokenCode(text), JSON.stringify(text));
  }
});

Deno.test("lastDigitLine() finds the code below what else a program prints", () => {
  assert.equal(lastDigitLine("Password remembered.\n123456\n"), "123456");
  assert.equal(lastDigitLine("111111\n 22222222 \r\n"), "22222222");
  assert.equal(lastDigitLine("654321\nbye\n"), "654321");
  for (const text of ["", "12345\n", "123456789\n", "code 123456\n", "１２３４５６\n"]) {
    assert.equal(lastDigitLine(text), undefined, JSON.stringify(text));
  }
});

Deno.test("spend() remembers the latest window and the codes of the last few", () => {
  const spent = [..."abcdefghih"].reduce<Spent | null>(
    (before, code, n) => spend(before, 7 + n, code),
    null,
  );
  assert.deepEqual(spent, { window: 16, digests: [..."higfedcb"] });
  assert.equal(spend({ window: 13, digests: [] }, 12, "a").window, 13);
});

Deno.test("spend() forgets a window that only a wrong clock can have made", () => {
  assert.equal(spend({ window: 900, digests: [] }, 12, "a").window, 12);
});

Deno.test("parseSpent() reads what formatSpent() wrote, for the same device only", () => {
  const mfaSerial = fc.string({ minLength: 1 }).filter((text) => !/[\r\n\u2028\u2029]/.test(text));
  const spent = fc.record({
    window: fc.integer({ min: 0, max: 136_748_160 }),
    digests: fc.array(fc.stringMatching(/^[0-9a-f]+$/), { maxLength: 4 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(mfaSerial, spent, (serial, memory) => {
    const text = formatSpent(serial, memory);
    assert.deepEqual(parseSpent(text, serial), memory);
    assert.equal(parseSpent(text, `${serial}2`), null);
  }));
});

Deno.test("parseSpent() takes a damaged memory for none", () => {
  for (const text of ["", "12", "x serial\n", "12 serial", "-1 serial\n", "12 serial\nmore\n", "12 serial\nab"]) {
    assert.equal(parseSpent(text, "serial"), null, JSON.stringify(text));
  }
});
