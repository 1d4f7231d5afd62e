import assert from "node:assert/strict";
import { Failure } from "../../src/errors.ts";
import { type NoCodeReason, ykmanFailure } from "../../src/core/ykman_failure.ts";
import {
  explain,
  lacksTouch,
  parseAccounts,
  parseCode,
  parseSerials,
  type YkmanReason,
} from "../../src/core/ykman_output.ts";

const jona = "arn:aws:iam::123456789012:mfa/jona";
const traceback =
  'Traceback (most recent call last):\n  File "/usr/bin/ykman", line 33, in <module>\n    sys.exit(main())\n';
const cardError = "smartcard.Exceptions.CardConnectionException: Failed to transmit with protocol T1. ";
const unexpected = "ERROR: An unexpected error has occurred";

/** What ykman 4.0.9 and 5.9.2 printed on stderr (5.8 and earlier where they differ), and what it means. */
const failures: readonly (readonly [string, string, YkmanReason])[] = [
  ["4", "Error: No YubiKey detected!\n", { name: "noDevice" }],
  ["5", "ERROR: No YubiKey detected!\n", { name: "noDevice" }],
  ["4, empty reader", "Error: No YubiKey found with the given interface(s)\n", { name: "noDevice" }],
  [
    "4",
    "Error: Multiple YubiKeys detected. Use --device SERIAL to specify which one to use.\n",
    { name: "severalDevices", serials: [] },
  ],
  [
    "5.8",
    "ERROR: Multiple YubiKeys detected. Use --device SERIAL to specify which one to use.\n",
    { name: "severalDevices", serials: [] },
  ],
  [
    "5.9",
    "Multiple YubiKeys detected:\n- YubiKey 5A (5.4.3) [OTP+FIDO+CCID] Serial: 11111111\n" +
    "- YubiKey 5C NFC (5.7.1) [OTP+FIDO+CCID] Serial: 22222222\nERROR: Use --device SERIAL to specify which one to use.\n",
    { name: "severalDevices", serials: ["11111111", "22222222"] },
  ],
  [
    "4",
    "Error: Failed connecting to a YubiKey with serial: 333.\nMake sure the application has the required permissions.\n",
    { name: "wrongSerial" },
  ],
  [
    "5",
    "ERROR: Failed connecting to a YubiKey with serial: 333.\nMake sure the application has the required permissions.\n",
    { name: "wrongSerial" },
  ],
  ["4", "Touch your YubiKey...\nError: Touch account timed out!\n", { name: "touchTimeout" }],
  ["5", "Touch your YubiKey...\nERROR: Touch account timed out!\n", { name: "touchTimeout" }],
  ["4", "Error: Authentication to the YubiKey failed. Wrong password?\n", { name: "passwordWrong" }],
  ["5", "ERROR: Authentication to the YubiKey failed. Wrong password?\n", { name: "passwordWrong" }],
  [
    "4",
    "Error: Command 'oath' requires one of the following USB interfaces to be enabled: 'CCID'.\n\n" +
    "Use 'ykman config usb' to set the enabled USB interfaces.\n",
    { name: "oathDisabled" },
  ],
  [
    "5",
    "ERROR: The functionality required for this command is not enabled or not available on this YubiKey.\n",
    { name: "oathDisabled" },
  ],
  [
    "4",
    "WARNING: PC/SC not available. Smart card protocols will not function.\nError: No YubiKey detected!\n",
    { name: "pcscdOff" },
  ],
  [
    "5",
    "WARNING: PC/SC not available. Smart card (CCID) protocols will not function.\nERROR: No YubiKey detected!\n",
    { name: "pcscdOff" },
  ],
  [
    "4",
    traceback +
    "smartcard.Exceptions.CardConnectionException: Unable to connect with protocol: T0 or T1. Sharing violation.\n",
    { name: "busy" },
  ],
  ["5", "WARNING: Failed opening device\nERROR: Failed to connect to YubiKey.\n", { name: "busy" }],
  [
    "5, with --device",
    "WARNING: Failed opening device\nERROR: Failed connecting to a YubiKey with serial: 111.\n" +
    "Make sure the application has the required permissions.\n",
    { name: "busy" },
  ],
  ["4", `${traceback}${cardError}Card was reset.\n`, { name: "cardReset" }],
  ["5", `${unexpected}${traceback}${cardError}Card was reset.\n`, { name: "cardReset" }],
  ["4, two at once", `${traceback}yubikit.core.smartcard.ApduError: APDU error: SW=0x6d00\n`, { name: "cardReset" }],
  ["4", `Touch your YubiKey...\n${traceback}${cardError}Card was removed.\n`, { name: "pulledOut" }],
  ["5", `Touch your YubiKey...\n${unexpected}${traceback}${cardError}Card was removed.\n`, { name: "pulledOut" }],
  ["4, on USB", `Touch your YubiKey...\n${traceback}${cardError}Transaction failed.\n`, { name: "pulledOut" }],
  [
    "4, vpcd",
    `${traceback}smartcard.Exceptions.CardConnectionException: Card returned no valid response\n`,
    { name: "pulledOut" },
  ],
  [
    "anything else",
    `${unexpected}${traceback}OSError: [Errno 5] \u001b[31mInput/output error\n\n`,
    { name: "unknown", text: "OSError: [Errno 5] [31mInput/output error" },
  ],
  [
    "an answer that repeats a seed",
    `${traceback}ValueError: otpauth://totp/alice?secret=${"JBSWY3DP".repeat(8)}\n`,
    { name: "unknown", text: "ValueError: otpauth://totp/alice?secret=…" },
  ],
];

for (const [version, stderr, reason] of failures) {
  Deno.test(`explain() finds ${reason.name} (ykman ${version})`, () => {
    assert.deepEqual(explain({ code: 1, signal: null, stdout: "", stderr }), reason);
    assert.deepEqual(
      explain({ code: 1, signal: null, stdout: "", stderr: stderr.replaceAll("\n", "\r\n") }),
      reason,
      "Windows",
    );
  });
}

Deno.test("explain() finds that somebody has ended ykman", () => {
  const output = { code: 143, signal: "SIGTERM", stdout: "", stderr: "Touch your YubiKey...\n" };
  assert.deepEqual(explain(output), { name: "ended", signal: "SIGTERM" });
});

Deno.test("explain() finds a call that ykman does not know", () => {
  const stderr = "Usage: ykman oath [OPTIONS] COMMAND [ARGS]...\n\nError: No such command 'accounts'.\n";
  assert.deepEqual(explain({ code: 2, signal: null, stdout: "", stderr }), {
    name: "usage",
    text: "Error: No such command 'accounts'.",
  });
});

Deno.test("explain() finds nothing wrong with an answer, but with an empty list without pcscd", () => {
  assert.equal(explain({ code: 0, signal: null, stdout: "x  123456\n", stderr: "Touch your YubiKey...\n" }), undefined);
  const stderr = "WARNING: PC/SC not available. Smart card protocols will not function.\n";
  assert.deepEqual(explain({ code: 0, signal: null, stdout: "", stderr }), { name: "pcscdOff" });
});

Deno.test("parseCode() has the code beside the account's own name", () => {
  assert.equal(parseCode(`${jona}  012345\n`, jona), "012345");
  assert.equal(parseCode(`Password remembered.\n${jona}  012345\n`, jona), "012345");
  assert.equal(parseCode(`${jona}      012345\r\n`, jona), "012345");
});

Deno.test("parseCode() takes no other account's code", () => {
  for (
    const line of [
      `${jona}than  012345`,
      `${jona.toUpperCase()}  012345`,
      `x:${jona}  012345`,
      `60/${jona}  012345`,
      `${jona}  than  012345`,
      `${jona}  [Requires Touch]`,
      `${jona}  12345`,
      "012345",
      "",
    ]
  ) assert.equal(parseCode(`${line}\n`, jona), undefined, line);
});

Deno.test("lacksTouch() is about the account itself", () => {
  assert.ok(lacksTouch(`${jona}  [Requires Touch]\n`, jona));
  assert.ok(!lacksTouch(`${jona}than  [Requires Touch]\n${jona}  012345\n`, jona));
});

Deno.test("parseAccounts() and parseSerials() read one a line", () => {
  assert.deepEqual(parseAccounts(`${jona}\r\nAmazon Web Services:a b\n`), [jona, "Amazon Web Services:a b"]);
  assert.deepEqual(parseAccounts(""), []);
  assert.deepEqual(parseSerials("11111111\r\n 22222222\nWARNING: x\n"), ["11111111", "22222222"]);
});

Deno.test("ykmanFailure() says of every reason what is wrong and what helps, without control characters", () => {
  const reasons: readonly NoCodeReason[] = [
    ...failures.map(([, , reason]) => reason),
    { name: "usage", text: "Error: No such command" },
    { name: "ended", signal: "SIGTERM" },
    { name: "noAccount", serials: [] },
    { name: "noAccount", serials: ["11111111"] },
    { name: "passwordMissing" },
    { name: "noAnswer", seconds: 30 },
    { name: "notInstalled", command: "ykman", isOverridden: false },
    { name: "notInstalled", command: "/opt/\u001b[2Jykman", isOverridden: true },
  ];
  const exitCodes = new Map([["touchTimeout", 77], ["ended", 75]]);
  for (const reason of reasons) {
    for (const asked of [{ mfaSerial: `${jona}\u0007` }, { mfaSerial: jona, deviceSerial: "11111111" }]) {
      const failure = ykmanFailure(reason, asked);
      assert.ok(failure instanceof Failure);
      assert.equal(failure.exitCode, exitCodes.get(reason.name) ?? 69, reason.name);
      for (const text of [failure.message, failure.hint]) {
        assert.doesNotMatch(text, /[\u0000-\u001f]|\.$|^[A-Z](?!ub)/, reason.name);
        assert.notEqual(text, "");
      }
    }
  }
});

Deno.test("ykmanFailure() names the keys and the way to choose one", () => {
  const failure = ykmanFailure({ name: "severalDevices", serials: ["11111111", "22222222"] }, { mfaSerial: jona });
  assert.equal(failure.message, "several YubiKeys are plugged in (11111111, 22222222)");
  assert.equal(
    failure.hint,
    "unplug all but one, or name the one in the profile: aws_use_yubikey = 11111111",
  );
});
