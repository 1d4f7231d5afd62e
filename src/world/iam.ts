/** The calls of AWS IAM. */
import { GetRoleCommand, IAMClient, ListMFADevicesCommand } from "@aws-sdk/client-iam";
import type { MfaDevices, Target } from "./aws.ts";
import type { Transport } from "./transport.ts";

/** MFA devices of the user who signs; at most eight may be registered, so one page holds them all. */
export async function listMfaDevices(transport: Transport, target: Target, signal: AbortSignal): Promise<MfaDevices> {
  const client = new IAMClient(transport.clientSettings(target));
  const answer = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new ListMFADevicesCommand({}), { abortSignal }),
  );
  const devices = answer.MFADevices ?? [];
  return {
    userName: devices[0]?.UserName,
    serials: devices.flatMap((device) => device.SerialNumber ? [device.SerialNumber] : []),
  };
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
