/** The calls of AWS STS. */
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import {
  type AssumeRoleRequest,
  AwsError,
  type GetSessionTokenRequest,
  type Issued,
  notOfAws,
  type Target,
} from "./aws.ts";
import type { Transport } from "./transport.ts";

export async function getSessionToken(
  transport: Transport,
  target: Target,
  request: GetSessionTokenRequest,
  signal: AbortSignal,
): Promise<Issued> {
  const client = clientOf(transport, target);
  const answer = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) =>
      client.send(
        new GetSessionTokenCommand({
          DurationSeconds: request.durationSeconds,
          SerialNumber: request.mfaSerial,
          TokenCode: request.tokenCode,
        }),
        { abortSignal },
      ),
  );
  return issued(answer.Credentials, target);
}

export async function assumeRole(
  transport: Transport,
  target: Target,
  request: AssumeRoleRequest,
  signal: AbortSignal,
): Promise<Issued> {
  const client = clientOf(transport, target);
  const answer = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) =>
      client.send(
        new AssumeRoleCommand({
          RoleArn: request.roleArn,
          RoleSessionName: request.roleSessionName,
          DurationSeconds: request.durationSeconds,
          ExternalId: request.externalId,
          SourceIdentity: request.sourceIdentity,
          Tags: request.tags.length ? request.tags.map(([Key, Value]) => ({ Key, Value })) : undefined,
          TransitiveTagKeys: request.transitiveTagKeys.length ? [...request.transitiveTagKeys] : undefined,
          Policy: request.policy,
          PolicyArns: request.policyArns.length ? request.policyArns.map((arn) => ({ arn })) : undefined,
          SerialNumber: request.mfaSerial,
          TokenCode: request.tokenCode,
        }),
        { abortSignal },
      ),
  );
  return { ...issued(answer.Credentials, target), arn: answer.AssumedRoleUser?.Arn };
}

export async function getCallerIdentity(
  transport: Transport,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly arn: string; readonly account: string }> {
  const client = clientOf(transport, target);
  const answer = await transport.call(
    target.endpoint,
    signal,
    (abortSignal) => client.send(new GetCallerIdentityCommand({}), { abortSignal }),
  );
  if (!answer.Arn || !answer.Account) throw incomplete(target);
  return { arn: answer.Arn, account: answer.Account };
}

/**
 * Runs a whole call with an answer of our own, while the person reaches for the key: what is compiled by it need not be when
 * there is a code. Nothing leaves this process.
 */
export async function rehearse(transport: Transport, endpoint: Target["endpoint"]): Promise<void> {
  const keys = { accessKeyId: "AKIDREHEARSAL", secretAccessKey: "none", sessionToken: "none" };
  const body =
    "<GetSessionTokenResponse><GetSessionTokenResult><Credentials><Expiration>2026-01-01T00:00:00Z</Expiration>" +
    "</Credentials></GetSessionTokenResult></GetSessionTokenResponse>";
  const requestHandler = {
    handle: () => Promise.resolve({ response: { statusCode: 200, headers: {}, body: new Blob([body]) } }),
  };
  const client = new STSClient({ ...transport.clientSettings({ endpoint, keys }), requestHandler } as object);
  await client.send(new GetSessionTokenCommand({ SerialNumber: "none", TokenCode: "000000" })).catch(() => {});
}

function clientOf(transport: Transport, target: Target): STSClient {
  return new STSClient(transport.clientSettings(target));
}

function issued(credentials: Credentials | undefined, target: Target): Issued {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw incomplete(target);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAtAws: Math.floor(Expiration.getTime() / 1000),
  };
}

function incomplete(target: Target): AwsError {
  return new AwsError("trouble", "garbage", notOfAws, 200, new URL(target.endpoint.url).host);
}
