import { accessDenied } from "./aws_error.ts";
import { text } from "./params.ts";
import { totpCode, windowAt } from "./totp.ts";
import type { MfaDevice, User, World } from "./world.ts";

const invalidCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const invalidSerial =
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number " +
  "is valid and associated with this user. ";
const halfGiven = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ";

/** Constraints of STS on the two parameters that prove MFA. */
export const mfaConstraints = {
  SerialNumber: text({ min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" }),
  TokenCode: text({ min: 6, max: 6, pattern: "[\\d]*" }),
};

/** How many windows a code may be from AWS's current one. */
const tolerance = 1;

/**
 * Whether MFA was proven by a token code, and in which window; undefined when neither serial nor code is given.
 *
 * The code is spent by this call, whatever becomes of the rest of the request. Throws AwsError AccessDenied: wrong, spent
 * and expired codes get one and the same text.
 */
export function verifyTokenCode(
  world: World,
  user: User | undefined,
  serial: string | undefined,
  code: string | undefined,
): { readonly window: number } | undefined {
  if (serial === undefined && code === undefined) return undefined;
  if (serial === undefined || code === undefined) throw accessDenied(halfGiven);
  const device = world.devices.find((device) => device.serial === serial);
  const isTheirs = user !== undefined && device?.user === user.name && device.account === user.account;
  if (!isTheirs || device.secret === undefined || world.now() < device.stsKnowsAt) throw accessDenied(invalidSerial);
  const window = windowOfCode(device, code, windowAt(world.now()), tolerance);
  if (window === undefined || device.spentWindows.has(window)) throw accessDenied(invalidCode);
  device.spentWindows.add(window);
  return { window };
}

/** The window, at most `reach` from `center` on the device's clock, whose code is `code`; the nearest, if any. */
export function windowOfCode(device: MfaDevice, code: string, center: number, reach: number): number | undefined {
  if (device.secret === undefined) return undefined;
  for (let distance = 0; distance <= reach; distance++) {
    for (const offset of distance === 0 ? [0] : [-distance, distance]) {
      const window = center + device.driftWindows + offset;
      if (totpCode(device.secret, window) === code) return window;
    }
  }
  return undefined;
}
