import { type IAMClient, IAMClient as Iam } from "@aws-sdk/client-iam";
import { type STSClient, STSClient as Sts } from "@aws-sdk/client-sts";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import assert from "node:assert/strict";
import type { Emulator } from "./emulator.ts";
import { totpCode, windowAt } from "./totp.ts";

interface Keys {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** Clients of the JavaScript SDK for the emulator, without retries, whose clock follows the emulator's. */
export function clientsFor(
  emulator: Emulator,
  keys: Keys & { readonly sessionToken?: string },
  region = "us-east-1",
): { sts: STSClient; iam: IAMClient } {
  const config = {
    endpoint: emulator.url,
    region,
    credentials: { ...keys, accessKeyId: keys.accessKeyId!, secretAccessKey: keys.secretAccessKey! },
    maxAttempts: 1,
    requestHandler: new FetchHttpHandler(),
    systemClockOffset: emulator.world.now() - Date.now(),
  };
  return { sts: new Sts(config), iam: new Iam(config) };
}

/** Clients for credentials as STS answers them. */
export function clientsForAnswer(
  emulator: Emulator,
  credentials: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined,
): { sts: STSClient; iam: IAMClient } {
  return clientsFor(emulator, {
    accessKeyId: credentials?.AccessKeyId,
    secretAccessKey: credentials?.SecretAccessKey,
    sessionToken: credentials?.SessionToken,
  });
}

/** The two parameters that prove MFA, with a code of the current window or one `offset` windows from it. */
export function mfaOf(
  emulator: Emulator,
  person: { readonly mfaSerial: string; readonly mfaSecret: string },
  offset = 0,
): { SerialNumber: string; TokenCode: string } {
  const window = windowAt(emulator.world.now()) + offset;
  return { SerialNumber: person.mfaSerial, TokenCode: totpCode(person.mfaSecret, window) };
}

/** Moves AWS's clock on by `seconds`. */
export function advance(emulator: Emulator, seconds: number): void {
  emulator.setClockOffset((emulator.world.now() - Date.now()) / 1000 + seconds);
}

/** Asserts that AWS refused with `code` and exactly `message`. */
export async function assertRefused(call: Promise<unknown>, code: string, message: string | RegExp): Promise<void> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof Error, "the call succeeded");
  // The SDK names modelled errors by their class, with "Exception" after AWS's code.
  assert.equal(error.name.replace(/Exception$/, ""), code.replace(/Exception$/, ""));
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
}
