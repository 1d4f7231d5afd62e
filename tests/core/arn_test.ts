import assert from "node:assert/strict";
import { isPolicyArn, isRoleArn, lastPart, parseArn } from "../../src/core/arn.ts";
import { isFido } from "../../src/core/mfa_serial.ts";
import { parseTagKeys, parseTags } from "../../src/core/session_tags.ts";

Deno.test("parseArn() takes an ARN apart", () => {
  assert.deepEqual(parseArn("arn:aws-us-gov:iam::123456789012:role/a/b:c"), {
    partition: "aws-us-gov",
    service: "iam",
    region: "",
    account: "123456789012",
    resource: "role/a/b:c",
  });
  for (
    const text of [
      "",
      "arn:aws:iam",
      "arn:aws:iam::12:role/x",
      "arn:aws:iam::123456789012:",
      "arn:aws:iam::123456789012:a b",
    ]
  ) {
    assert.equal(parseArn(text), undefined, text);
  }
});

Deno.test("isRoleArn() and isPolicyArn() know their own", () => {
  assert.ok(isRoleArn("arn:aws:iam::123456789012:role/path/name"));
  assert.ok(isPolicyArn("arn:aws:iam::aws:policy/ReadOnlyAccess"));
  assert.ok(isPolicyArn("arn:aws-cn:iam::123456789012:policy/path/mine"));
  for (
    const text of [
      "arn:aws:iam::123456789012:role/",
      "arn:aws:iam::123456789012:user/x",
      "arn:aws:sts::123456789012:role/x",
      "arn:aws:iam::aws:role/x",
      "arn:aws:iam:::policy/x",
    ]
  ) {
    assert.ok(!isRoleArn(text) && !isPolicyArn(text), text);
  }
});

Deno.test("lastPart() is what follows the last slash", () => {
  assert.equal(lastPart("arn:aws:iam::123456789012:mfa/team/alice"), "alice");
  assert.equal(lastPart("GAHT12345678"), "GAHT12345678");
  assert.equal(lastPart("a/"), "");
});

Deno.test("isFido() knows passkeys from virtual devices", () => {
  assert.ok(isFido("arn:aws:iam::123456789012:u2f/user/alice/key-ABC"));
  assert.ok(!isFido("arn:aws:iam::123456789012:mfa/u2f/alice"));
  assert.ok(!isFido("GAHT12345678"));
});

Deno.test("parseTags() reads aws-vault's session tags within AWS's limits", () => {
  assert.deepEqual(parseTags(" a = 1 ,b=x=y,c="), [["a", "1"], ["b", "x=y"], ["c", ""]]);
  const many = Array.from({ length: 50 }, (_, n) => `k${n}=v`).join(",");
  assert.equal(parseTags(many)?.length, 50);
  for (
    const text of ["", "a", "=x", "a=1,", "a=1,A=2", `${many},k50=v`, `${"k".repeat(129)}=v`, `k=${"v".repeat(257)}`]
  ) {
    assert.equal(parseTags(text), undefined, text);
  }
  assert.deepEqual(parseTagKeys(" a , b"), ["a", "b"]);
  assert.equal(parseTagKeys("a,,b"), undefined);
});
