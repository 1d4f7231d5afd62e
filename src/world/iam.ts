/** The calls of AWS IAM. */
import { GetRoleCommand, IAMClient, ListAccessKeysCommand, ListMFADevicesCommand } from "@aws-sdk/client-iam";
import type { MfaDevices, Target } from "./aws.ts";
import type { Transport } from "./transport.ts";

/** MFA devices of the user who signs, or of `userName`; at most eight may be registered, so one page holds them all. */
export async function listMfaDevices(
  transport: Transport,
  target: Target,
  signal: AbortSignal,
  userName?: string,
): Promise<MfaDevices> {
  const client = new IAMClient(transport.clientSettings(target));
  const answer = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new ListMFADevicesCommand({ UserName: userName }), { abortSignal }),
  );
  const devices = answer.MFADevices ?? [];
  return {
    userName: devices[0]?.UserName,
    serials: devices.flatMap((device) => device.SerialNumber ? [device.SerialNumber] : []),
  };
}

/** When the key that signs was made; a user has two at most, so one page holds them all. */
export async function accessKeyCreatedAtMs(
  transport: Transport,
  target: Target,
  signal: AbortSignal,
): Promise<number | null> {
  const client = new IAMClient(transport.clientSettings(target));
  const { AccessKeyMetadata: keys } = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new ListAccessKeysCommand({}), { abortSignal }),
  );
  return keys?.find((key) => key.AccessKeyId === target.keys.accessKeyId)?.CreateDate?.getTime() ?? null;
}

/** Seconds of MaxSessionDuration; null where the role of that name is another one, of the caller's own account. */
export async function roleMaximum(
  transport: Transport,
  target: Target,
  roleArn: string,
  signal: AbortSignal,
): Promise<number | null> {
  const client = new IAMClient(transport.clientSettings(target));
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const { Role } = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new GetRoleCommand({ RoleName }), { abortSignal }),
  );
  return Role?.Arn === roleArn ? Role.MaxSessionDuration ?? null : null;
}
