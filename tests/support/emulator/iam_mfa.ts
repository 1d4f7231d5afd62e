import { randomBytes } from "node:crypto";
import type { Action, ActionCall } from "./action.ts";
import { authorizeIam } from "./authorize.ts";
import { AwsError, noSuchEntity } from "./aws_error.ts";
import { namePattern, page, targetUser, targetUserName, userNameConstraint } from "./iam_common.ts";
import { windowOfCode } from "./mfa.ts";
import { text, validate } from "./params.ts";
import { base32Encode, windowAt } from "./totp.ts";
import { arnOf, findUser, type MfaDevice, uniqueId, userArn, type World } from "./world.ts";
import { isoSeconds, type XmlValue } from "./xml.ts";

/** MFA devices of users. */
export const iamMfaActions: Readonly<Record<string, Action>> = {
  CreateVirtualMFADevice: createVirtualMfaDevice,
  DeactivateMFADevice: deactivateMfaDevice,
  DeleteVirtualMFADevice: deleteVirtualMfaDevice,
  EnableMFADevice: enableMfaDevice,
  ListMFADevices: listMfaDevices,
  ListVirtualMFADevices: listVirtualMfaDevices,
  ResyncMFADevice: resyncMfaDevice,
};

/** Source: "IAM and AWS STS quotas" <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> */
const devicesPerUser = 8;

/** How far a device's clock may be off for ResyncMFADevice, in windows. Ours: AWS does not publish its own. */
const resyncReach = 120;

const serialConstraint = { SerialNumber: text({ required: true, min: 9, max: 256, pattern: "[\\w+=/:,.@-]+" }) };
const codeConstraint = text({ required: true, min: 6, max: 6, pattern: "[\\d]+" });
const codeConstraints = { AuthenticationCode1: codeConstraint, AuthenticationCode2: codeConstraint };

/** A PNG of one pixel: the answer must hold one, and nobody scans it. */
const onePixelPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

function createVirtualMfaDevice({ world, caller, params }: ActionCall): XmlValue {
  validate(params, {
    VirtualMFADeviceName: text({ required: true, min: 1, max: 226, pattern: namePattern }),
    Path: text({ min: 1, max: 512, pattern: "(/)|(/[!-~]+/)" }),
  });
  const path = params.get("Path") ?? "/";
  const serial = arnOf(world, caller.account, "iam", `mfa${path}${params.get("VirtualMFADeviceName")}`);
  authorizeIam(caller, "CreateVirtualMFADevice", serial, world);
  if (world.devices.some((device) => device.serial === serial)) {
    throw new AwsError("EntityAlreadyExists", 409, "MFADevice entity at the same path and name already exists.");
  }
  const secret = base32Encode(randomBytes(40));
  const now = world.now();
  world.devices.push({
    serial,
    account: caller.account,
    kind: "virtual",
    secret,
    createdAt: now,
    usableAt: now + world.settings.mfaEnableDelaySeconds * 1000,
    stsKnowsAt: Number.POSITIVE_INFINITY,
    driftWindows: 0,
    spentWindows: new Set(),
  });
  // A blob in the service model: base64 around the base32 text.
  return { VirtualMFADevice: { SerialNumber: serial, Base32StringSeed: btoa(secret), QRCodePNG: onePixelPng } };
}

function enableMfaDevice(call: ActionCall): XmlValue {
  const { world, caller, params } = call;
  validate(params, { ...userNameConstraint, ...serialConstraint, ...codeConstraints });
  authorizeIam(caller, "EnableMFADevice", `user ${targetUserName(call)}`, world);
  const user = targetUser(call);
  const device = deviceOf(call);
  if (device.user !== undefined) {
    throw new AwsError("EntityAlreadyExists", 409, "MFA Device is already in use.");
  }
  if (world.devices.filter((other) => belongsTo(other, user)).length >= devicesPerUser) {
    throw new AwsError("LimitExceeded", 409, `Cannot exceed quota for MFADevicesPerUser: ${devicesPerUser}`);
  }
  verifyConsecutiveCodes(call, device, 1);
  device.user = user.name;
  device.enabledAt = world.now();
  device.stsKnowsAt = world.now() + world.settings.mfaStsDelaySeconds * 1000;
  return undefined;
}

function resyncMfaDevice(call: ActionCall): XmlValue {
  const { world, caller, params } = call;
  validate(params, { ...userNameConstraint, ...serialConstraint, ...codeConstraints });
  authorizeIam(caller, "ResyncMFADevice", `user ${targetUserName(call)}`, world);
  const device = enabledDeviceOf(call);
  const window = verifyConsecutiveCodes(call, device, resyncReach);
  device.driftWindows = window - windowAt(world.now());
  return undefined;
}

function deactivateMfaDevice(call: ActionCall): XmlValue {
  validate(call.params, { ...userNameConstraint, ...serialConstraint });
  authorizeIam(call.caller, "DeactivateMFADevice", `user ${targetUserName(call)}`, call.world);
  const device = enabledDeviceOf(call);
  device.user = undefined;
  device.enabledAt = undefined;
  return undefined;
}

function deleteVirtualMfaDevice(call: ActionCall): XmlValue {
  const { world, caller, params } = call;
  validate(params, serialConstraint);
  authorizeIam(caller, "DeleteVirtualMFADevice", params.get("SerialNumber")!, world);
  const device = deviceOf(call);
  if (device.user !== undefined) {
    throw new AwsError("DeleteConflict", 409, "MFA VirtualDevice in use. Must deactivate first.");
  }
  world.devices.splice(world.devices.indexOf(device), 1);
  return undefined;
}

function listMfaDevices(call: ActionCall): XmlValue {
  const { world, caller, params } = call;
  validate(params, userNameConstraint);
  authorizeIam(caller, "ListMFADevices", `user ${targetUserName(call)}`, world);
  const user = targetUser(call);
  const devices = world.devices.filter((device) => belongsTo(device, user));
  return page(
    params,
    "MFADevices",
    devices.map(({ serial, enabledAt }) => ({
      UserName: user.name,
      SerialNumber: serial,
      EnableDate: isoSeconds(enabledAt ?? 0),
    })),
  );
}

function listVirtualMfaDevices({ world, caller, params }: ActionCall): XmlValue {
  validate(params, { AssignmentStatus: text({ pattern: "Assigned|Unassigned|Any" }) });
  authorizeIam(caller, "ListVirtualMFADevices", arnOf(world, caller.account, "iam", "mfa/"), world);
  const status = params.get("AssignmentStatus") ?? "Any";
  const devices = world.devices.filter((device) =>
    device.account === caller.account && device.kind === "virtual" &&
    (status === "Any" || (status === "Assigned") === (device.user !== undefined))
  );
  return page(params, "VirtualMFADevices", devices.map((device) => describeVirtualDevice(world, device)));
}

function describeVirtualDevice(world: World, { serial, account, user: name, enabledAt }: MfaDevice): XmlValue {
  const user = name === undefined ? undefined : findUser(world, account, name);
  if (user === undefined) return { SerialNumber: serial };
  return {
    SerialNumber: serial,
    EnableDate: isoSeconds(enabledAt ?? 0),
    User: {
      Path: user.path,
      UserName: user.name,
      UserId: uniqueId("user", user),
      Arn: userArn(world, user),
      CreateDate: isoSeconds(user.createdAt),
    },
  };
}

/**
 * The window of the second of two codes, which must follow each other; both are spent, also where a delay refuses them.
 * Throws AwsError InvalidAuthenticationCode.
 */
function verifyConsecutiveCodes({ world, params, noteWindow }: ActionCall, device: MfaDevice, reach: number): number {
  const center = windowAt(world.now());
  const second = windowOfCode(device, params.get("AuthenticationCode2")!, center, reach);
  const first = second === undefined
    ? undefined
    : windowOfCode(device, params.get("AuthenticationCode1")!, second - 1 - device.driftWindows, 0);
  const isFresh = first !== undefined && ![first, first + 1].some((window) => device.spentWindows.has(window));
  if (isFresh) [first, first + 1].forEach((window) => device.spentWindows.add(window));
  if (!isFresh || world.now() < device.usableAt) {
    throw new AwsError("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.");
  }
  noteWindow(first + 1);
  return first + 1;
}

function deviceOf({ world, caller, params }: ActionCall): MfaDevice {
  const serial = params.get("SerialNumber")!;
  const device = world.devices.find((device) => device.serial === serial && device.account === caller.account);
  if (device === undefined) throw noSuchEntity(`VirtualMFADevice with serial number ${serial} does not exist.`);
  return device;
}

function enabledDeviceOf(call: ActionCall): MfaDevice {
  const user = targetUser(call);
  const serial = call.params.get("SerialNumber");
  const device = call.world.devices.find((device) => device.serial === serial && belongsTo(device, user));
  if (device === undefined) throw noSuchEntity(`MFA Device invalid for user.`);
  return device;
}

function belongsTo(device: MfaDevice, user: { name: string; account: string }): boolean {
  return device.user === user.name && device.account === user.account;
}
