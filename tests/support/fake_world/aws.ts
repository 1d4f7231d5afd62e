import { type Aws, AwsError, type Target } from "../../../src/world/aws.ts";
import { AwsError as Answer } from "../emulator/aws_error.ts";
import type { Caller } from "../emulator/authenticate.ts";
import { sessionArn } from "../emulator/authenticate.ts";
import { type Fault, type Faults, makeFaults } from "../emulator/faults.ts";
import { iamActions } from "../emulator/iam.ts";
import { stsActions } from "../emulator/sts.ts";
import { findUser, userArn, type World } from "../emulator/world.ts";

export interface FakeAws extends Aws {
  readonly faults: Faults;
  /** Names of the calls that came in. */
  readonly calls: string[];
  /** Called with each call's name, before it is answered. */
  onCall: (name: string) => void;
}

// deno-lint-ignore no-explicit-any -- answers of the emulator are looked at by name
type Any = any;

/** The emulator's STS and IAM without a network: a call is a function call, at the time of the world's clock. */
export function fakeAws(world: World): FakeAws {
  const faults = makeFaults();
  const calls: string[] = [];

  async function call(
    target: Target,
    service: "sts" | "iam",
    name: string,
    params: Record<string, unknown>,
  ): Promise<Any> {
    await Promise.resolve();
    calls.push(name);
    aws.onCall(name);
    const { fault } = faults.take(name);
    if (fault && fault.when !== "after") throw faulty(fault);
    const answer = answered(target, service, name, params);
    if (fault) throw faulty(fault);
    return answer;
  }

  function answered(target: Target, service: "sts" | "iam", name: string, params: Record<string, unknown>): Any {
    const given = Object.entries(params).filter(([, value]) => value !== undefined).map(([key, value]) =>
      [key, String(value)] as const
    );
    const caller = callerOf(target, world);
    const action = (service === "sts" ? stsActions : iamActions)[name];
    try {
      return action({ world, caller, params: new Map(given), noteWindow: () => {} });
    } catch (error) {
      if (!(error instanceof Answer)) throw error;
      throw new AwsError("refused", error.code, error.message, error.status, "aws.test");
    }
  }

  const issued = ({ Credentials }: Any) => ({
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    expiresAtAws: Date.parse(Credentials.Expiration) / 1000,
  });

  const answering = {
    faults,
    calls,
    onCall: (_name: string) => {},
    warmUp: () => Promise.resolve(),
    rehearse: () => Promise.resolve(),
    clockOffset: () => 0,
    async getSessionToken(target, { durationSeconds, mfaSerial, tokenCode }, signal) {
      const params = { DurationSeconds: durationSeconds, SerialNumber: mfaSerial, TokenCode: tokenCode };
      const answer = await call(target, "sts", "GetSessionToken", params);
      signal.throwIfAborted();
      return issued(answer);
    },
    assumeRole: () => Promise.reject(new Error("no test here assumes a role")),
    async getCallerIdentity(target) {
      const { Arn, Account } = await call(target, "sts", "GetCallerIdentity", {});
      return { arn: Arn, account: Account };
    },
    async listMfaDevices(target, _, userName) {
      const { MFADevices } = await call(target, "iam", "ListMFADevices", { UserName: userName });
      return { userName: MFADevices[0]?.UserName, serials: MFADevices.map((device: Any) => device.SerialNumber) };
    },
    roleMaximum: () => Promise.resolve(null),
    async getUser(target, userName) {
      const { User } = await call(target, "iam", "GetUser", { UserName: userName });
      return { name: User.UserName, arn: User.Arn };
    },
    async createVirtualMfaDevice(target, name) {
      const { VirtualMFADevice } = await call(target, "iam", "CreateVirtualMFADevice", { VirtualMFADeviceName: name });
      return { serial: VirtualMFADevice.SerialNumber, seed: atob(VirtualMFADevice.Base32StringSeed) };
    },
    async enableMfaDevice(target, request) {
      await call(target, "iam", "EnableMFADevice", twoCodes(request));
    },
    async resyncMfaDevice(target, request) {
      await call(target, "iam", "ResyncMFADevice", twoCodes(request));
    },
    async deactivateMfaDevice(target, { userName, serial }) {
      await call(target, "iam", "DeactivateMFADevice", { UserName: userName, SerialNumber: serial });
    },
    async deleteVirtualMfaDevice(target, serial) {
      await call(target, "iam", "DeleteVirtualMFADevice", { SerialNumber: serial });
    },
    async listVirtualMfaDevices(target, _, which) {
      const { VirtualMFADevices } = await call(target, "iam", "ListVirtualMFADevices", { AssignmentStatus: which });
      return VirtualMFADevices.map((device: Any) => device.SerialNumber);
    },
    async deniedActions(target, { principal, actions, withMfa }) {
      const { EvaluationResults } = await call(target, "iam", "SimulatePrincipalPolicy", {
        PolicySourceArn: principal,
        ...Object.fromEntries(actions.map((action, at) => [`ActionNames.member.${at + 1}`, action])),
        "ContextEntries.member.1.ContextKeyName": "aws:MultiFactorAuthPresent",
        "ContextEntries.member.1.ContextKeyValues.member.1": withMfa,
      });
      return EvaluationResults.filter((result: Any) => result.EvalDecision !== "allowed")
        .map((result: Any) => result.EvalActionName);
    },
  } satisfies Partial<FakeAws>;
  // What no command of mfa calls is left out, and would be noticed.
  const aws = answering as unknown as FakeAws;
  return aws;
}

function twoCodes({ userName, serial, codes }: Parameters<Aws["enableMfaDevice"]>[1]) {
  const [AuthenticationCode1, AuthenticationCode2] = codes;
  return { UserName: userName, SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 };
}

function callerOf({ keys, endpoint: { region } }: Target, world: World): Caller {
  const { accessKeyId } = keys;
  const session = world.sessions.find((each) => each.accessKeyId === accessKeyId);
  const user = session?.user === undefined
    ? world.users.find((each) => each.keys.some(({ id }) => id === accessKeyId))
    : findUser(world, session.account, session.user);
  if (user === undefined) throw new Error(`no user has the key ${accessKeyId}`);
  const arn = session === undefined ? userArn(world, user) : sessionArn(world, session);
  return { accessKeyId, account: user.account, arn, userId: user.name, region, user, session };
}

/** What our transport makes of a fault. */
function faulty(fault: Fault): AwsError {
  if (fault.kind === "error") return new AwsError("refused", fault.code, fault.message, fault.status, "aws.test");
  if (fault.kind === "unavailable") return new AwsError("trouble", "ServiceUnavailable", "trouble", 503, "aws.test");
  if (fault.kind === "reset") return new AwsError("unanswered", "broken", "the connection broke", null, "aws.test");
  throw new Error(`no fault of this kind here: ${fault.kind}`);
}
