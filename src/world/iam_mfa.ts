/** The calls of AWS IAM that make, change and remove MFA devices. */
import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { AwsError, type IamUser, type NewMfaDevice, type Simulation, type Target, type TwoCodes } from "./aws.ts";
import type { Transport } from "./transport.ts";

export async function createVirtualMfaDevice(
  transport: Transport,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<NewMfaDevice> {
  const client = new IAMClient(transport.clientSettings(target));
  const { VirtualMFADevice } = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }), { abortSignal }),
  );
  const { SerialNumber, Base32StringSeed } = VirtualMFADevice ?? {};
  if (!SerialNumber || !Base32StringSeed) throw incomplete(target);
  return { serial: SerialNumber, seed: new TextDecoder().decode(Base32StringSeed) };
}

export async function enableMfaDevice(
  transport: Transport,
  target: Target,
  request: TwoCodes,
  signal: AbortSignal,
): Promise<void> {
  const client = new IAMClient(transport.clientSettings(target));
  const command = new EnableMFADeviceCommand({
    UserName: request.userName,
    SerialNumber: request.serial,
    AuthenticationCode1: request.codes[0],
    AuthenticationCode2: request.codes[1],
  });
  await transport.call(target.endpoint, signal, (abortSignal) => client.send(command, { abortSignal }));
}

export async function resyncMfaDevice(
  transport: Transport,
  target: Target,
  request: TwoCodes,
  signal: AbortSignal,
): Promise<void> {
  const client = new IAMClient(transport.clientSettings(target));
  const command = new ResyncMFADeviceCommand({
    UserName: request.userName,
    SerialNumber: request.serial,
    AuthenticationCode1: request.codes[0],
    AuthenticationCode2: request.codes[1],
  });
  await transport.call(target.endpoint, signal, (abortSignal) => client.send(command, { abortSignal }));
}

export async function deactivateMfaDevice(
  transport: Transport,
  target: Target,
  { userName, serial }: { readonly userName: string; readonly serial: string },
  signal: AbortSignal,
): Promise<void> {
  const client = new IAMClient(transport.clientSettings(target));
  const command = new DeactivateMFADeviceCommand({ UserName: userName, SerialNumber: serial });
  await transport.call(target.endpoint, signal, (abortSignal) => client.send(command, { abortSignal }));
}

export async function deleteVirtualMfaDevice(
  transport: Transport,
  target: Target,
  serial: string,
  signal: AbortSignal,
): Promise<void> {
  const client = new IAMClient(transport.clientSettings(target));
  const command = new DeleteVirtualMFADeviceCommand({ SerialNumber: serial });
  await transport.call(target.endpoint, signal, (abortSignal) => client.send(command, { abortSignal }));
}

/** Serials of the virtual MFA devices of the account: all, or those that are enabled for nobody. */
export async function listVirtualMfaDevices(
  transport: Transport,
  target: Target,
  signal: AbortSignal,
  which: "Any" | "Unassigned" = "Any",
): Promise<readonly string[]> {
  const client = new IAMClient(transport.clientSettings(target));
  const serials: string[] = [];
  let Marker: string | undefined;
  do {
    // The largest page there is; a company's account holds some thousand devices.
    const command = new ListVirtualMFADevicesCommand({ AssignmentStatus: which, MaxItems: 1000, Marker });
    const page = await transport.call(
      target.endpoint,
      signal,
      (abortSignal) => client.send(command, { abortSignal }),
    );
    serials.push(...(page.VirtualMFADevices ?? []).flatMap((device) => device.SerialNumber ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return serials;
}

/** The user with that name, without one the user who signs. */
export async function getUser(
  transport: Transport,
  target: Target,
  userName: string | undefined,
  signal: AbortSignal,
): Promise<IamUser> {
  const client = new IAMClient(transport.clientSettings(target));
  const { User } = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new GetUserCommand({ UserName: userName }), { abortSignal }),
  );
  if (!User?.UserName || !User.Arn) throw incomplete(target);
  return { name: User.UserName, arn: User.Arn };
}

/** Those of the actions that the policies of `request.principal` surely do not allow. */
export async function deniedActions(
  transport: Transport,
  target: Target,
  request: Simulation,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const client = new IAMClient(transport.clientSettings(target));
  const context = {
    "aws:MultiFactorAuthPresent": { type: "boolean", value: String(request.withMfa) },
    "aws:username": { type: "string", value: request.userName },
  } as const;
  const command = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: request.principal,
    ActionNames: [...request.actions],
    ResourceArns: [request.resource],
    ContextEntries: Object.entries(context).map(([name, { type, value }]) => ({
      ContextKeyName: name,
      ContextKeyType: type,
      ContextKeyValues: [value],
    })),
  });
  const { EvaluationResults } = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(command, { abortSignal }),
  );
  // What hangs on a context that only a real call has is not known.
  return (EvaluationResults ?? [])
    .filter(({ EvalDecision, MissingContextValues }) =>
      EvalDecision === "explicitDeny" || (EvalDecision === "implicitDeny" && !MissingContextValues?.length)
    )
    .flatMap(({ EvalActionName }) => EvalActionName ?? []);
}

function incomplete(target: Target): AwsError {
  return new AwsError("trouble", "garbage", "the answer is no answer of AWS", 200, new URL(target.endpoint.url).host);
}
