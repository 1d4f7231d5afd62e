import { ListMFADevicesCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "./emulator.ts";
import { advance, assertRefused, clientsFor, clientsForAnswer, mfaOf } from "./sdk_client.ts";
import { alice, bob, carol, dave, seed } from "./seed.ts";

const invalidCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const invalidSerial =
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number " +
  "is valid and associated with this user. ";
const chainingCap =
  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";

const role = (name: string, account = "123456789012") => `arn:aws:iam::${account}:role/${name}`;

function assume(name: string, more: Partial<AssumeRoleCommandInput> = {}): AssumeRoleCommand {
  const arn = name.startsWith("arn:") ? name : role(name);
  return new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "alice", ...more });
}

function notAuthorized(who: string, arn: string, action = "sts:AssumeRole"): string {
  return `User: ${who} is not authorized to perform: ${action} on resource: ${arn}`;
}

async function mfaSession(emulator: Emulator, person: typeof alice | typeof carol = alice) {
  const command = new GetSessionTokenCommand(mfaOf(emulator, person));
  const { Credentials } = await clientsFor(emulator, person).sts.send(command);
  return clientsForAnswer(emulator, Credentials);
}

const aliceArn = "arn:aws:iam::123456789012:user/alice";

Deno.test("GetSessionToken takes a code once and refuses wrong, spent and expired ones with one sentence", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  const mfa = mfaOf(emulator, alice);
  await sts.send(new GetSessionTokenCommand(mfa));
  await assertRefused(sts.send(new GetSessionTokenCommand(mfa)), "AccessDenied", invalidCode);
  await assertRefused(sts.send(new GetSessionTokenCommand(mfaOf(emulator, alice, -3))), "AccessDenied", invalidCode);
  await sts.send(new GetSessionTokenCommand(mfaOf(emulator, alice, 1)));
  const ofCarol = { SerialNumber: alice.mfaSerial, TokenCode: mfaOf(emulator, carol).TokenCode };
  await assertRefused(sts.send(new GetSessionTokenCommand(ofCarol)), "AccessDenied", invalidCode);
  assert.deepEqual(emulator.calls.map(({ window }) => window !== undefined), [true, false, false, true, false]);
  assert.ok(!JSON.stringify(emulator.calls).includes(mfa.TokenCode));
});

Deno.test("GetSessionToken refuses a device that is not the caller's, and half a proof", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, bob);
  await assertRefused(sts.send(new GetSessionTokenCommand(mfaOf(emulator, alice))), "AccessDenied", invalidSerial);
  await assertRefused(
    sts.send(new GetSessionTokenCommand({ TokenCode: "123456" })),
    "AccessDenied",
    /must provide both MFA serial number and one time pass code/,
  );
});

Deno.test("GetSessionToken checks the form of its parameters", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  const refused = (input: { DurationSeconds?: number; TokenCode?: string }, message: RegExp) =>
    assertRefused(
      sts.send(new GetSessionTokenCommand({ SerialNumber: alice.mfaSerial, TokenCode: "123456", ...input })),
      "ValidationError",
      message,
    );
  await refused({ TokenCode: "12345" }, /'12345' at 'tokenCode' .* length greater than or equal to 6$/);
  await refused({ TokenCode: "12a456" }, /^1 validation error .* pattern: \[\\d\]\*$/);
  await refused({ DurationSeconds: 899 }, /'durationSeconds' .* value greater than or equal to 900$/);
  await refused({ DurationSeconds: 129_601, TokenCode: "1" }, /^2 validation errors detected: /);
});

Deno.test("GetSessionToken lasts 12 hours unless told, and its credentials end then", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  const { Credentials } = await sts.send(new GetSessionTokenCommand());
  const seconds = (Credentials!.Expiration!.getTime() - emulator.world.now()) / 1000;
  assert.ok(seconds > 43_190 && seconds <= 43_200);
  const session = clientsForAnswer(emulator, Credentials).sts;
  assert.equal((await session.send(new GetCallerIdentityCommand())).Arn, aliceArn);
  await assertRefused(
    session.send(new GetSessionTokenCommand()),
    "AccessDenied",
    "Cannot call GetSessionToken with session credentials",
  );
  advance(emulator, 43_201);
  await assertRefused(
    clientsForAnswer(emulator, Credentials).sts.send(new GetCallerIdentityCommand()),
    "ExpiredToken",
    "The security token included in the request is expired",
  );
});

Deno.test("GetSessionToken and ListMFADevices can be denied to a user", async () => {
  await using emulator = await startEmulator(seed);
  const { sts, iam } = clientsFor(emulator, dave);
  const arn = "arn:aws:iam::123456789012:user/dave";
  await assertRefused(
    sts.send(new GetSessionTokenCommand()),
    "AccessDenied",
    `${notAuthorized(arn, arn, "sts:GetSessionToken")} with an explicit deny in an identity-based policy`,
  );
  await assertRefused(
    iam.send(new ListMFADevicesCommand()),
    "AccessDenied",
    `${notAuthorized(arn, "user dave", "iam:ListMFADevices")} because no identity-based policy allows the ` +
      "iam:ListMFADevices action",
  );
  await sts.send(assume("admin", { ...mfaOf(emulator, dave), DurationSeconds: 43_200 }));
});

Deno.test("a session without MFA gets InvalidClientTokenId from IAM, one with MFA an answer", async () => {
  await using emulator = await startEmulator(seed);
  const { Credentials } = await clientsFor(emulator, bob).sts.send(new GetSessionTokenCommand());
  await assertRefused(
    clientsForAnswer(emulator, Credentials).iam.send(new ListMFADevicesCommand()),
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
  );
  const { iam } = await mfaSession(emulator);
  assert.equal((await iam.send(new ListMFADevicesCommand())).MFADevices?.[0].SerialNumber, alice.mfaSerial);
});

Deno.test("AssumeRole wants what the role's trust policy wants", async () => {
  await using emulator = await startEmulator(seed);
  const keys = clientsFor(emulator, alice).sts;
  const session = (await mfaSession(emulator)).sts;
  const refused = (client: typeof keys, name: string, more: Partial<AssumeRoleCommandInput> = {}) =>
    assertRefused(client.send(assume(name, more)), "AccessDenied", notAuthorized(aliceArn, role(name)));

  await refused(keys, "admin");
  await session.send(assume("admin"));
  await session.send(assume(role("prod", "210987654321")));
  await refused(session, "deploy");
  await refused(session, "deploy", { ExternalId: "wrong" });
  await session.send(assume("deploy", { ExternalId: "deploy-7f3a" }));
  await refused(session, "locked");
  await refused(session, "no-such-role");
  await refused(keys, "named", { RoleSessionName: "mallory" });
  await keys.send(assume("named"));
  await refused(keys, "traced");
  assert.equal((await keys.send(assume("traced", { SourceIdentity: "alice" }))).SourceIdentity, "alice");
  await refused(keys, "tagged", { Tags: [{ Key: "project", Value: "x" }] });
  await keys.send(assume("tagged", { Tags: [{ Key: "project", Value: "x" }, { Key: "cost", Value: "42" }] }));
  emulator.world.roles.find(({ name }) => name === "readonly")!.trust.allowTagSession = false;
  await assertRefused(
    keys.send(assume("readonly", { Tags: [{ Key: "a", Value: "b" }] })),
    "AccessDenied",
    notAuthorized(aliceArn, role("readonly"), "sts:TagSession"),
  );
});

Deno.test("AssumeRole with a maximum MFA age wants a fresh code, from the session or in the call", async () => {
  await using emulator = await startEmulator(seed);
  await (await mfaSession(emulator)).sts.send(assume("fresh"));
  advance(emulator, 300);
  await assertRefused(
    clientsForAnswer(emulator, sessionCredentials(emulator, 0)).sts.send(assume("fresh")),
    "AccessDenied",
    notAuthorized(aliceArn, role("fresh")),
  );
  await clientsFor(emulator, alice).sts.send(assume("fresh", mfaOf(emulator, alice)));
});

Deno.test("AssumeRole keeps to the role's maximum, and to an hour in a chain, sessions included", async () => {
  await using emulator = await startEmulator(seed);
  const keys = clientsFor(emulator, alice).sts;
  const mfa = mfaOf(emulator, alice);
  await assertRefused(
    keys.send(assume("short", { ...mfa, DurationSeconds: 3601 })),
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  );
  // The refusal above has cost the code.
  await assertRefused(keys.send(assume("short", mfa)), "AccessDenied", invalidCode);
  advance(emulator, 60);
  const session = (await mfaSession(emulator)).sts;
  await assertRefused(session.send(assume("admin", { DurationSeconds: 3601 })), "ValidationError", chainingCap);
  const hub = await session.send(assume(role("teams/hub")));
  const hubSts = clientsForAnswer(emulator, hub.Credentials).sts;
  const spoke = role("spoke", "210987654321");
  await assertRefused(hubSts.send(assume(spoke, { DurationSeconds: 7200 })), "ValidationError", chainingCap);
  const { Credentials, AssumedRoleUser } = await hubSts.send(assume(spoke));
  assert.equal(AssumedRoleUser?.Arn, "arn:aws:sts::210987654321:assumed-role/spoke/alice");
  const leaf = await clientsForAnswer(emulator, Credentials).sts.send(assume(role("leaf", "210987654321")));
  const identity = await clientsForAnswer(emulator, leaf.Credentials).sts.send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, "arn:aws:sts::210987654321:assumed-role/leaf/alice");
  assert.equal(identity.UserId, leaf.AssumedRoleUser?.AssumedRoleId);
});

Deno.test("a role's credentials carry no MFA into the next role, and cannot prove it", async () => {
  await using emulator = await startEmulator(seed);
  const hub = await (await mfaSession(emulator)).sts.send(assume(role("teams/hub")));
  const { sts } = clientsForAnswer(emulator, hub.Credentials);
  const hubArn = "arn:aws:sts::123456789012:assumed-role/hub/alice";
  await assertRefused(sts.send(assume("admin")), "AccessDenied", notAuthorized(hubArn, role("admin")));
  await assertRefused(sts.send(assume("admin", mfaOf(emulator, alice, 1))), "AccessDenied", invalidSerial);
  await sts.send(assume("readonly"));
});

Deno.test("source identity and transitive tags stay for the whole chain", async () => {
  await using emulator = await startEmulator(seed);
  const first = await (await mfaSession(emulator)).sts.send(assume(role("teams/hub"), {
    SourceIdentity: "alice",
    Tags: [{ Key: "project", Value: "x" }, { Key: "local", Value: "y" }],
    TransitiveTagKeys: ["project"],
  }));
  const { sts } = clientsForAnswer(emulator, first.Credentials);
  const spoke = role("spoke", "210987654321");
  const second = await sts.send(assume(spoke));
  assert.equal(second.SourceIdentity, "alice");
  assert.deepEqual(emulator.world.sessions.at(-1)?.tags, { project: "x" });
  await assertRefused(
    sts.send(assume(spoke, { SourceIdentity: "mallory" })),
    "AccessDenied",
    notAuthorized("arn:aws:sts::123456789012:assumed-role/hub/alice", spoke, "sts:SetSourceIdentity"),
  );
  await assertRefused(
    sts.send(assume(spoke, { Tags: [{ Key: "Project", Value: "z" }] })),
    "InvalidParameterValue",
    /conflicts with a transitive tag key/,
  );
});

Deno.test("AssumeRole checks names, session policies and tags", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  const refused = (more: Partial<AssumeRoleCommandInput>, code: string, message: RegExp) =>
    assertRefused(sts.send(assume("readonly", more)), code, message);
  await refused({ RoleSessionName: "a" }, "ValidationError", /'roleSessionName' .* length greater than or equal to 2/);
  await refused({ RoleSessionName: "a b" }, "ValidationError", /'roleSessionName' .* pattern: \[\\w\+=,\.@-\]\*/);
  await refused({ Policy: "{" }, "MalformedPolicyDocument", /invalid Json/);
  await refused({ Policy: `{"Statement":"${"x".repeat(2048)}"}` }, "ValidationError", /'policy' .* equal to 2048/);
  const tags = Array.from({ length: 10 }, (_, index) => ({ Key: `key${index}`, Value: "v".repeat(250) }));
  await refused({ Tags: tags }, "PackedPolicyTooLarge", /^Packed policy consumes 125% of allotted space/);
  await refused(
    { Tags: [{ Key: "a", Value: "" }, { Key: "A", Value: "" }] },
    "InvalidParameterValue",
    /^Duplicate tag keys/,
  );
  const Policy = '{"Version":"2012-10-17","Statement":[]}';
  const arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  const { PackedPolicySize } = await sts.send(assume("readonly", { Policy, PolicyArns: [{ arn }] }));
  assert.ok(PackedPolicySize !== undefined && PackedPolicySize > 0 && PackedPolicySize < 10);
  assert.equal(emulator.world.sessions.at(-1)?.policy, Policy);
  assert.deepEqual(emulator.world.sessions.at(-1)?.policyArns, [arn]);
});

Deno.test("a user who is forced to MFA may call STS with a code in the call, or a session", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, carol);
  const arn = "arn:aws:iam::123456789012:user/carol";
  const denied = `${notAuthorized(arn, role("readonly"))} with an explicit deny in an identity-based policy`;
  await assertRefused(sts.send(assume("readonly")), "AccessDenied", denied);
  await (await mfaSession(emulator, carol)).sts.send(assume("readonly"));
});

Deno.test("inactive and deleted keys get the text of unknown ones", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  const text = "The security token included in the request is invalid.";
  const user = emulator.world.users.find(({ name }) => name === "alice")!;
  user.keys[0].status = "Inactive";
  await assertRefused(sts.send(new GetCallerIdentityCommand()), "InvalidClientTokenId", text);
  user.keys.length = 0;
  await assertRefused(sts.send(new GetCallerIdentityCommand()), "InvalidClientTokenId", text);
});

function sessionCredentials({ world }: Emulator, index: number) {
  const { accessKeyId, secret, token } = world.sessions[index];
  return { AccessKeyId: accessKeyId, SecretAccessKey: secret, SessionToken: token };
}
