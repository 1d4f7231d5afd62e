import assert from "node:assert/strict";
import fc from "fast-check";
import { formatLeft, parseDuration } from "../../src/core/duration.ts";

Deno.test("parseDuration() takes seconds, minutes and hours", () => {
  const cases: Readonly<Record<string, number | undefined>> = {
    "900": 900,
    "90s": 90,
    "45m": 2700,
    "2h": 7200,
    "0": 0,
    "": undefined,
    "-1": undefined,
    "1.5h": undefined,
    "2h30m": undefined,
    "2 h": undefined,
    "2H": undefined,
    "1d": undefined,
    "0x10": undefined,
    "9999999999": undefined,
  };
  for (const [text, seconds] of Object.entries(cases)) assert.equal(parseDuration(text), seconds, text);
});

Deno.test("formatLeft() says how long is left and never more", () => {
  const cases: readonly (readonly [number, string])[] = [
    ...[[-5, "0s"], [0, "0s"], [45.9, "45s"], [59, "59s"], [60, "1m"], [3599, "59m"], [3600, "1h"], [
      3659,
      "1h",
    ]] as const,
    ...[[3660, "1h01m"], [7500, "2h05m"], [7200, "2h"], [35_999, "9h59m"], [36_000, "10h"], [43_199, "11h"]] as const,
    ...[[43_200, "12h"], [129_600, "36h"]] as const,
  ];
  for (const [seconds, text] of cases) assert.equal(formatLeft(seconds), text, String(seconds));
  fc.assert(fc.property(fc.integer({ min: 0, max: 200_000 }), (seconds) => {
    const parts = [...formatLeft(seconds).matchAll(/(\d+[smh])/g)].map(([part]) => parseDuration(part) ?? NaN);
    const told = parts.reduce((a, b) => a + b, 0);
    assert.ok(told <= seconds && seconds - told < 3600);
  }));
});
