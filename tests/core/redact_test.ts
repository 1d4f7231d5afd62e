import assert from "node:assert/strict";
import { redacted } from "../../src/core/redact.ts";

const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const sessionToken = `IQoJb3JpZ2luX2VjEJr${"x/4+aB_-".repeat(40)}==`;

Deno.test("redacted() takes secret access keys, session tokens and codes out of what AWS or a library says", () => {
  for (
    const [said, shown] of [
      [`Canonical String 'host:sts\nx-amz-security-token:${sessionToken}\n\nhost'`, "x-amz-security-token:…\n"],
      [`{"secretAccessKey":"${secretAccessKey}","sessionToken":"${sessionToken}"}`, `:"…","sessionToken":"…"}`],
      [`AWS_SECRET_ACCESS_KEY=x secret ${secretAccessKey}.`, "secret …."],
      [`aws_secret_access_key=${secretAccessKey}`, "aws_secret_access_key=…"],
      [`aws_secret_access_key = ${secretAccessKey}\nx`, "aws_secret_access_key = …\n"],
      [`key:${secretAccessKey}, arn:aws:iam::123456789012:user/alice`, "key:…, arn:"],
      [`otpauth://totp/alice?secret=${seed}&issuer=x`, "secret=…&issuer"],
      [`a seed of 20 bytes: ${seed.slice(0, 32)}`, "bytes: …"],
      ["TokenCode=123456&Version=1", "TokenCode=…&"],
      ["Value '123456' at 'tokenCode'; invalid MFA code: 123456", "code: …"],
    ]
  ) {
    const text = redacted(said);
    assert.ok(text.includes(shown), text);
    for (const secret of [secretAccessKey, seed.slice(0, 32), sessionToken, sessionToken.slice(100)]) {
      assert.ok(!text.includes(secret), text);
    }
  }
});

Deno.test("redacted() leaves names, ARNs, paths and hashes as they are", () => {
  for (
    const text of [
      `profile "${"a".repeat(200)}" is not in ~/.aws/config`,
      "arn:aws:iam::123456789012:role/Team1PlatformAdministratorAccess1234",
      "arn:aws:iam::123456789012:role/Team1PlatformAdministratorAccess123",
      "A_NAME_IN_CAPITALS_THAT_IS_LONGER_THAN_ANY_SEED_OF_AWS",
      "file:///home/alice/.local/share/aws-use/core/chunk-ABC.js:12:123456",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "access key AKIAIOSFODNN7EXAMPLE of 123456789012",
    ]
  ) assert.equal(redacted(text), text);
});
