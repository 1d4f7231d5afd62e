import assert from "node:assert/strict";
import { isNamed, isVirtual, kindOf, newDeviceArn, oathCapacity } from "../../src/core/mfa_device.ts";
import { splitSerials } from "../../src/core/mfa_serials.ts";
import { Failure } from "../../src/errors.ts";

const alice = "arn:aws:iam::123456789012:user/teams/blue/alice";

Deno.test("kindOf() tells virtual, FIDO and hardware devices by their serials", () => {
  assert.equal(kindOf("arn:aws:iam::123456789012:mfa/alice"), "virtual");
  assert.equal(kindOf("arn:aws-cn:iam::123456789012:mfa/team/alice"), "virtual");
  assert.equal(kindOf("arn:aws:iam::123456789012:u2f/user/alice/key-ABC"), "fido");
  assert.equal(kindOf("GAHT12345678"), "hardware");
  assert.ok(!isVirtual("arn:aws:sns::123456789012:mfa/alice"));
});

Deno.test("isNamed() takes the whole serial or the name, never a part of it", () => {
  const serial = "arn:aws:iam::123456789012:mfa/team/bob";
  assert.ok(isNamed(serial, "bob") && isNamed(serial, serial) && isNamed("GAHT12345678", "GAHT12345678"));
  assert.ok(!isNamed(serial, "bo") && !isNamed(serial, "team/bob"));
});

Deno.test("newDeviceArn() is in the user's account and partition, without the user's path", () => {
  assert.equal(newDeviceArn(alice, "alice"), "arn:aws:iam::123456789012:mfa/alice");
  assert.equal(newDeviceArn("arn:aws-cn:iam::111122223333:user/chen", "k+1"), "arn:aws-cn:iam::111122223333:mfa/k+1");
});

Deno.test("newDeviceArn() refuses what AWS or the key would", () => {
  assert.equal(newDeviceArn(alice, "a".repeat(34)).length, 64);
  for (const name of ["", "a b", "a/b", "ä", "a\n", "a".repeat(35)]) {
    assert.throws(() => newDeviceArn(alice, name), (error) => error instanceof Failure && error.kind === "usage");
  }
});

Deno.test("oathCapacity() is that of the firmware, the smaller one where it is not known", () => {
  const capacities = [undefined, "", "4.3.7", "5.4.3", "5.6.9", "5.7.0", "5.10.1", "6.0.0"].map(oathCapacity);
  assert.deepEqual(capacities, [32, 32, 32, 32, 32, 64, 64, 64]);
});

Deno.test("splitSerials() takes spaces, commas and line ends", () => {
  assert.deepEqual(splitSerials(" a, b\tc,,\nd "), ["a", "b", "c", "d"]);
  assert.deepEqual(splitSerials(" , "), []);
});
