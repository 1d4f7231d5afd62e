import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatSpentWindow,
  isTokenCode,
  lastDigitLine,
  parseSpentWindow,
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
  const times = { calledAtMs: 59_000, touchAskedAtMs: 59_400, answeredAtMs: 74_000 };
  assert.equal(windowOfCode(times), 1);
});

Deno.test("windowOfCode() is the later window where one opened before ykman fixed its time step", () => {
  assert.equal(windowOfCode({ calledAtMs: 59_900, touchAskedAtMs: 60_200, answeredAtMs: 62_000 }), 2);
  assert.equal(windowOfCode({ calledAtMs: 59_900, answeredAtMs: 60_200 }), 2);
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

Deno.test("parseSpentWindow() reads what formatSpentWindow() wrote, for the same device only", () => {
  const mfaSerial = fc.string({ minLength: 1 }).filter((text) =>
    !text.includes("\n") && !/[\r\u2028\u2029]/.test(text)
  );
  fc.assert(fc.property(mfaSerial, fc.integer({ min: 0, max: 136_748_160 }), (serial, window) => {
    const text = formatSpentWindow(serial, window);
    assert.equal(parseSpentWindow(text, serial), window);
    assert.equal(parseSpentWindow(text, `${serial}2`), undefined);
  }));
});

Deno.test("parseSpentWindow() takes a damaged memory for none", () => {
  for (const text of ["", "12", "x serial\n", "12 serial", "-1 serial\n", "12 serial\nmore\n"]) {
    assert.equal(parseSpentWindow(text, "serial"), undefined, JSON.stringify(text));
  }
});
