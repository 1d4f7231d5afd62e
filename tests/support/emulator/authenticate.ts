import { AwsError, invalidClientTokenId } from "./aws_error.ts";
import { headerOf, type HttpRequest } from "./http_server.ts";
import { type Authorization, mismatch, parseAuthorization, verifySignature } from "./sigv4.ts";
import { arnOf, findUser, partitionOf, type Session, uniqueId, type User, userArn, type World } from "./world.ts";

export type Service = "sts" | "iam";

/** Who signed a request. */
export interface Caller {
  readonly accessKeyId: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly region: string;
  /** The user behind long-lived keys or a GetSessionToken session. */
  readonly user?: User;
  /** The temporary credentials that were used; none for long-lived keys. */
  readonly session?: Session;
}

const regionPattern: Readonly<Record<string, RegExp>> = {
  "aws": /^(?!cn-|us-gov-)[a-z]{2}(-[a-z]+)+-\d$/,
  "aws-cn": /^cn-[a-z]+-\d$/,
  "aws-us-gov": /^us-gov-[a-z]+-\d$/,
};

/**
 * The caller of a request, after its key, scope, time and signature were checked. Throws AwsError with AWS's codes:
 * MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, ExpiredToken, SignatureDoesNotMatch.
 */
export function authenticate(request: HttpRequest, service: Service, world: World): Caller {
  const authorization = parseAuthorization(request);
  const token = headerOf(request, "x-amz-security-token");
  const { caller, secret } = token === undefined
    ? longLivedCaller(authorization, world)
    : temporaryCaller(authorization, token, world);
  verifyScope(request, authorization, service, partitionOf(world, caller.account));
  verifySignature(request, authorization, secret, world.now());
  noteUse(caller, service, world);
  return caller;
}

/** The ARN that a session's holder has: the user's own, or the assumed role's. */
export function sessionArn(world: World, session: Session): string {
  if (session.role === undefined) return userArn(world, findUser(world, session.account, session.user!)!);
  return arnOf(world, session.account, "sts", `assumed-role/${session.role.name}/${session.role.sessionName}`);
}

function longLivedCaller(authorization: Authorization, world: World): { caller: Caller; secret: string } {
  const { accessKeyId, region } = authorization;
  const user = world.users.find(({ keys }) => keys.some((key) => key.id === accessKeyId));
  const key = user?.keys.find((key) => key.id === accessKeyId);
  if (user === undefined || key?.status !== "Active" || world.now() < key.usableAt) throw invalidClientTokenId();
  const arn = userArn(world, user);
  const caller = { accessKeyId, account: user.account, arn, userId: uniqueId("user", user), region, user };
  return { caller, secret: key.secret };
}

function temporaryCaller(
  authorization: Authorization,
  token: string,
  world: World,
): { caller: Caller; secret: string } {
  const { accessKeyId, region } = authorization;
  const session = world.sessions.find((session) => session.accessKeyId === accessKeyId && session.token === token);
  if (session === undefined) throw invalidClientTokenId();
  if (world.now() >= session.expiresAt) {
    throw new AwsError("ExpiredToken", 403, "The security token included in the request is expired");
  }
  const user = session.user === undefined ? undefined : findUser(world, session.account, session.user);
  if (session.role === undefined && user === undefined) throw invalidClientTokenId();
  const arn = sessionArn(world, session);
  const userId = session.role === undefined
    ? uniqueId("user", { account: session.account, name: session.user! })
    : `${uniqueId("role", { account: session.account, name: session.role.name })}:${session.role.sessionName}`;
  return {
    caller: { accessKeyId, account: session.account, arn, userId, region, user, session },
    secret: session.secret,
  };
}

function verifyScope(request: HttpRequest, authorization: Authorization, service: Service, partition: string): void {
  if (authorization.service !== service) {
    throw mismatch(`Credential should be scoped to correct service: '${service}'. `);
  }
  // On loopback only the scope itself names a region; a request for a real host name must be signed for that host's.
  const expected = regionOfHost(headerOf(request, "host") ?? "");
  if (
    expected !== undefined ? authorization.region !== expected : !regionPattern[partition].test(authorization.region)
  ) {
    throw mismatch(`Credential should be scoped to a valid region, not '${authorization.region}'. `);
  }
}

/** The signing region of a real STS or IAM host name; the global ones are served, and signed for, in one region. */
function regionOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, "");
  const found = /^(sts|iam)(?:-fips)?(?:\.([a-z0-9-]+))?\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.exec(name);
  if (found === null) return undefined;
  const [, service, region, suffix] = found;
  if (suffix === "amazonaws.com.cn" && service === "iam") return "cn-north-1";
  if (region === "us-gov") return "us-gov-west-1";
  return region ?? "us-east-1";
}

function noteUse(caller: Caller, service: Service, world: World): void {
  const key = caller.user?.keys.find((key) => key.id === caller.accessKeyId);
  if (key !== undefined) key.lastUsed = { at: world.now(), service, region: caller.region };
}
