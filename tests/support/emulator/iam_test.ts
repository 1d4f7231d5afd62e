import {
  CreateAccessKeyCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "./emulator.ts";
import { advance, assertRefused, clientsFor, clientsForAnswer, mfaOf } from "./sdk_client.ts";
import { alice, bob, carol, seed } from "./seed.ts";
import { totpCode, windowAt } from "./totp.ts";

const bobSerial = "arn:aws:iam::123456789012:mfa/bob";
const invalidCode = "Authentication code for device is not valid.";

async function createDevice(iam: IAMClient, name: string) {
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
  return {
    mfaSerial: VirtualMFADevice!.SerialNumber!,
    mfaSecret: new TextDecoder().decode(VirtualMFADevice!.Base32StringSeed),
  };
}

/** The codes of the window before the current one and of the current one, both `offset` windows later. */
function twoCodes({ world }: Emulator, secret: string, offset = 0) {
  const window = windowAt(world.now()) + offset;
  return { AuthenticationCode1: totpCode(secret, window - 1), AuthenticationCode2: totpCode(secret, window) };
}

Deno.test("a virtual MFA device lives from creation to deletion", async () => {
  await using emulator = await startEmulator(seed);
  const { iam, sts } = clientsFor(emulator, bob);
  const device = await createDevice(iam, "bob");
  assert.equal(device.mfaSerial, bobSerial);
  assert.match(device.mfaSecret, /^[A-Z2-7]{64}$/);
  await assertRefused(
    iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "bob" })),
    "EntityAlreadyExists",
    "MFADevice entity at the same path and name already exists.",
  );
  assert.deepEqual((await iam.send(new ListMFADevicesCommand())).MFADevices, []);

  const target = { SerialNumber: bobSerial, UserName: "bob" };
  const codes = twoCodes(emulator, device.mfaSecret);
  const swapped = { AuthenticationCode1: codes.AuthenticationCode2, AuthenticationCode2: codes.AuthenticationCode1 };
  await assertRefused(
    iam.send(new EnableMFADeviceCommand({ ...target, ...swapped })),
    "InvalidAuthenticationCode",
    invalidCode,
  );
  await iam.send(new EnableMFADeviceCommand({ ...target, ...codes }));
  await assertRefused(
    iam.send(new EnableMFADeviceCommand({ ...target, ...codes })),
    "EntityAlreadyExists",
    "MFA Device is already in use.",
  );
  assert.equal(
    (await iam.send(new ListMFADevicesCommand({ UserName: "bob" }))).MFADevices?.[0].SerialNumber,
    bobSerial,
  );
  // Codes that enabled the device are spent.
  await assertRefused(
    sts.send(new GetSessionTokenCommand({ SerialNumber: bobSerial, TokenCode: codes.AuthenticationCode2 })),
    "AccessDenied",
    /invalid MFA one time pass code/,
  );
  await sts.send(new GetSessionTokenCommand(mfaOf(emulator, device, 1)));

  await assertRefused(
    iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: bobSerial })),
    "DeleteConflict",
    /Must deactivate first/,
  );
  await iam.send(new DeactivateMFADeviceCommand(target));
  const unassigned = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Unassigned" }));
  assert.deepEqual(unassigned.VirtualMFADevices?.map(({ SerialNumber }) => SerialNumber), [bobSerial]);
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: bobSerial }));
  await assertRefused(
    iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: bobSerial })),
    "NoSuchEntity",
    `VirtualMFADevice with serial number ${bobSerial} does not exist.`,
  );
});

Deno.test("EnableMFADevice refuses good codes for a while, and STS learns of the device later still", async () => {
  await using emulator = await startEmulator(seed);
  Object.assign(emulator.world.settings, { mfaEnableDelaySeconds: 100, mfaStsDelaySeconds: 100 });
  const device = await createDevice(clientsFor(emulator, bob).iam, "bob");
  const enable = () =>
    clientsFor(emulator, bob).iam.send(
      new EnableMFADeviceCommand({
        SerialNumber: bobSerial,
        UserName: "bob",
        ...twoCodes(emulator, device.mfaSecret),
      }),
    );
  const getSession = () => clientsFor(emulator, bob).sts.send(new GetSessionTokenCommand(mfaOf(emulator, device)));
  await assertRefused(enable(), "InvalidAuthenticationCode", invalidCode);
  advance(emulator, 101);
  await enable();
  advance(emulator, 60);
  await assertRefused(getSession(), "AccessDenied", /unable to validate MFA code/);
  advance(emulator, 41);
  await getSession();
});

Deno.test("a user has at most eight devices, and IAM lists them page by page", async () => {
  await using emulator = await startEmulator(seed);
  const { iam } = clientsFor(emulator, alice);
  const enable = async (name: string) => {
    const { mfaSerial, mfaSecret } = await createDevice(iam, name);
    const codes = twoCodes(emulator, mfaSecret);
    return await iam.send(new EnableMFADeviceCommand({ SerialNumber: mfaSerial, UserName: "alice", ...codes }));
  };
  for (let count = 2; count <= 8; count++) await enable(`alice-${count}`);
  await assertRefused(enable("alice-9"), "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8");
  const first = await iam.send(new ListMFADevicesCommand({ MaxItems: 5 }));
  const second = await iam.send(new ListMFADevicesCommand({ Marker: first.Marker }));
  assert.deepEqual([first.MFADevices?.length, first.IsTruncated, second.MFADevices?.length, second.IsTruncated], [
    5,
    true,
    3,
    false,
  ]);
});

Deno.test("ResyncMFADevice makes a drifted device usable again", async () => {
  await using emulator = await startEmulator(seed);
  const { iam, sts } = clientsFor(emulator, alice);
  const drifted = (offset: number) => sts.send(new GetSessionTokenCommand(mfaOf(emulator, alice, offset)));
  await assertRefused(drifted(10), "AccessDenied", /invalid MFA one time pass code/);
  await iam.send(
    new ResyncMFADeviceCommand({
      UserName: "alice",
      SerialNumber: alice.mfaSerial,
      ...twoCodes(emulator, alice.mfaSecret, 10),
    }),
  );
  await drifted(11);
  await assertRefused(drifted(0), "AccessDenied", /invalid MFA one time pass code/);
});

Deno.test("access keys rotate, two at a time", async () => {
  await using emulator = await startEmulator(seed);
  const { iam } = clientsFor(emulator, alice);
  emulator.world.settings.accessKeyDelaySeconds = 10;
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand());
  const fresh = { accessKeyId: AccessKey!.AccessKeyId, secretAccessKey: AccessKey!.SecretAccessKey };
  const whoAmI = () => clientsFor(emulator, fresh).sts.send(new GetCallerIdentityCommand());
  await assertRefused(whoAmI(), "InvalidClientTokenId", /invalid\.$/);
  await assertRefused(
    iam.send(new CreateAccessKeyCommand()),
    "LimitExceeded",
    "Cannot exceed quota for AccessKeysPerUser: 2",
  );
  advance(emulator, 11);
  await whoAmI();
  const rotated = clientsFor(emulator, fresh).iam;
  const used = await rotated.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: fresh.accessKeyId }));
  assert.deepEqual([used.UserName, used.AccessKeyLastUsed?.ServiceName], ["alice", "iam"]);
  await rotated.send(new UpdateAccessKeyCommand({ AccessKeyId: alice.accessKeyId, Status: "Inactive" }));
  await assertRefused(iam.send(new ListAccessKeysCommand()), "InvalidClientTokenId", /invalid\.$/);
  await rotated.send(new DeleteAccessKeyCommand({ AccessKeyId: alice.accessKeyId }));
  const { AccessKeyMetadata } = await rotated.send(new ListAccessKeysCommand());
  assert.deepEqual(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId), [fresh.accessKeyId]);
  await assertRefused(
    rotated.send(new DeleteAccessKeyCommand({ AccessKeyId: alice.accessKeyId })),
    "NoSuchEntity",
    `The Access Key with id ${alice.accessKeyId} cannot be found.`,
  );
});

Deno.test("users, roles and aliases can be looked at", async () => {
  await using emulator = await startEmulator(seed);
  const { iam } = clientsFor(emulator, alice);
  assert.equal((await iam.send(new GetUserCommand())).User?.Arn, "arn:aws:iam::123456789012:user/alice");
  await assertRefused(
    iam.send(new GetUserCommand({ UserName: "nobody" })),
    "NoSuchEntity",
    "The user with name nobody cannot be found.",
  );
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "fresh" }));
  assert.equal(Role?.MaxSessionDuration, 43_200);
  assert.deepEqual(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement[0].Condition, {
    Bool: { "aws:MultiFactorAuthPresent": "true" },
    NumericLessThan: { "aws:MultiFactorAuthAge": "300" },
  });
  await assertRefused(
    iam.send(new GetRoleCommand({ RoleName: "nothing" })),
    "NoSuchEntity",
    "The role with name nothing cannot be found.",
  );
  const users = (await iam.send(new ListUsersCommand())).Users?.map(({ UserName }) => UserName);
  assert.deepEqual(users, ["alice", "bob", "carol", "dave"]);
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand())).AccountAliases, ["example-login"]);
});

Deno.test("a user who is forced to MFA may enrol without it, and little else", async () => {
  await using emulator = await startEmulator(seed);
  const { iam } = clientsFor(emulator, carol);
  await createDevice(iam, "carol-spare");
  await assertRefused(
    iam.send(new ListAccessKeysCommand()),
    "AccessDenied",
    "User: arn:aws:iam::123456789012:user/carol is not authorized to perform: iam:ListAccessKeys on resource: user carol " +
      "with an explicit deny in an identity-based policy",
  );
  const simulate = async (hasMfa: boolean) => {
    const { EvaluationResults } = await clientsFor(emulator, alice).iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: "arn:aws:iam::123456789012:user/carol",
        ActionNames: ["iam:EnableMFADevice", "iam:DeactivateMFADevice"],
        ContextEntries: [{
          ContextKeyName: "aws:MultiFactorAuthPresent",
          ContextKeyType: "boolean",
          ContextKeyValues: [String(hasMfa)],
        }],
      }),
    );
    return EvaluationResults?.map(({ EvalDecision }) => EvalDecision);
  };
  assert.deepEqual(await simulate(false), ["allowed", "explicitDeny"]);
  assert.deepEqual(await simulate(true), ["allowed", "allowed"]);
});

Deno.test("a role has to name the user it asks about", async () => {
  await using emulator = await startEmulator(seed);
  const { Credentials } = await clientsFor(emulator, alice).sts.send(
    new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/readonly", RoleSessionName: "alice" }),
  );
  const { iam } = clientsForAnswer(emulator, Credentials);
  await assertRefused(
    iam.send(new ListMFADevicesCommand()),
    "ValidationError",
    "Must specify userName when calling with non-User credentials",
  );
  assert.equal((await iam.send(new ListMFADevicesCommand({ UserName: "alice" }))).MFADevices?.length, 1);
});
