import assert from "node:assert/strict";
import fc from "fast-check";
import { waitForFirstMs, waitForSecondMs } from "../../src/core/code_pair.ts";
import { windowAt, windowOpensAtMs } from "../../src/core/totp_window.ts";

const opensAtMs = windowOpensAtMs(50_000_000);

Deno.test("waitForFirstMs() waits for the next window once this one is no longer young", () => {
  assert.equal(waitForFirstMs(opensAtMs, undefined), 0);
  assert.equal(waitForFirstMs(opensAtMs + 12_000, undefined), 0);
  assert.equal(waitForFirstMs(opensAtMs + 12_001, undefined), 17_999);
  assert.equal(waitForFirstMs(opensAtMs + 29_999, undefined), 1);
});

Deno.test("waitForFirstMs() waits for a window after the spent one", () => {
  assert.equal(waitForFirstMs(opensAtMs + 5_000, 49_999_999), 0);
  assert.equal(waitForFirstMs(opensAtMs + 5_000, 50_000_000), 25_000);
  assert.equal(waitForFirstMs(opensAtMs + 5_000, 50_000_001), 55_000);
});

Deno.test("after both waits the windows follow each other, and the first is young and not spent", () => {
  const times = fc.integer({ min: 0, max: 60_000 }).map((ms) => opensAtMs + ms);
  fc.assert(fc.property(times, fc.option(fc.integer({ min: -2, max: 1 }), { nil: undefined }), (nowMs, spentBy) => {
    const spent = spentBy === undefined ? undefined : windowAt(nowMs) + spentBy;
    const firstAtMs = nowMs + waitForFirstMs(nowMs, spent);
    const first = windowAt(firstAtMs);
    assert.ok(spent === undefined || first > spent);
    assert.ok(firstAtMs - windowOpensAtMs(first) <= 12_000);
    const secondAtMs = firstAtMs + waitForSecondMs(firstAtMs, first);
    assert.equal(secondAtMs, windowOpensAtMs(first + 1));
  }));
});
