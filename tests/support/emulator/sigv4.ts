import { createHash, createHmac } from "node:crypto";
import { AwsError } from "./aws_error.ts";
import { headerOf, type HttpRequest } from "./http_server.ts";

/** What an Authorization header of Signature Version 4 says. */
export interface Authorization {
  readonly accessKeyId: string;
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** How far the time of a signature may be from AWS's: IAM user guide, "Elements of an AWS API request signature". */
export const maximumSkewMinutes = 15;

const algorithm = "AWS4-HMAC-SHA256";

/**
 * The parts of the Authorization header. Throws AwsError MissingAuthenticationToken or IncompleteSignature.
 *
 * Source: IAM user guide, "Create a signed AWS API request"
 * <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
 */
export function parseAuthorization(request: HttpRequest): Authorization {
  const header = headerOf(request, "authorization");
  if (header === undefined) {
    throw new AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
  }
  if (!header.startsWith(`${algorithm} `)) {
    throw incomplete("Authorization header requires 'AWS4-HMAC-SHA256' algorithm.");
  }
  const parts = new Map(
    header.slice(algorithm.length).split(",").map((part) => {
      const [name, ...value] = part.trim().split("=");
      return [name, value.join("=")];
    }),
  );
  const missing = ["Credential", "Signature", "SignedHeaders"].filter((name) => !parts.get(name));
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" "));
  }
  if (timeOf(request) === undefined) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const credential = parts.get("Credential")!.split("/");
  if (credential.length !== 5) {
    throw incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
  }
  const [accessKeyId, date, region, service, terminator] = credential;
  if (terminator !== "aws4_request") {
    throw mismatch(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`);
  }
  const signedHeaders = parts.get("SignedHeaders")!.split(";");
  return { accessKeyId, date, region, service, signedHeaders, signature: parts.get("Signature")! };
}

/**
 * Throws AwsError SignatureDoesNotMatch, with AWS's text, unless `request` was signed with `secret` for `authorization`'s
 * scope and within 15 minutes of `nowMs`.
 *
 * Stricter than AWS in one thing: every `x-amz-*` header and Content-Type must be signed, which AWS only recommends.
 */
export function verifySignature(
  request: HttpRequest,
  authorization: Authorization,
  secret: string,
  nowMs: number,
): void {
  const time = timeOf(request)!;
  if (time.slice(0, 8) !== authorization.date) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
        `'${authorization.date}' != '${time.slice(0, 8)}', from '${time}'.`,
    );
  }
  verifyTime(time, nowMs);
  verifySignedHeaders(request, authorization);
  if (signatureOf(request, authorization, secret, time) !== authorization.signature) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
        "and signing method. Consult the service documentation for details.",
    );
  }
}

export function mismatch(message: string): AwsError {
  return new AwsError("SignatureDoesNotMatch", 403, message);
}

function incomplete(message: string): AwsError {
  return new AwsError("IncompleteSignature", 400, message);
}

function timeOf(request: HttpRequest): string | undefined {
  const time = headerOf(request, "x-amz-date");
  return time !== undefined && /^\d{8}T\d{6}Z$/.test(time) ? time : undefined;
}

function verifyTime(time: string, nowMs: number): void {
  const [signed, now] = [parseBasic(time), Math.floor(nowMs / 1000) * 1000];
  const skewMs = maximumSkewMinutes * 60_000;
  if (signed < now - skewMs) {
    const limit = formatBasic(now - skewMs);
    throw mismatch(`Signature expired: ${time} is now earlier than ${limit} (${formatBasic(now)} - 15 min.)`);
  }
  if (signed > now + skewMs) {
    const limit = formatBasic(now + skewMs);
    throw mismatch(`Signature not yet current: ${time} is still later than ${limit} (${formatBasic(now)} + 15 min.)`);
  }
}

function verifySignedHeaders(request: HttpRequest, { signedHeaders }: Authorization): void {
  const signed = new Set(signedHeaders);
  if (!signed.has("host")) throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const [name] of request.headers) {
    if ((name.startsWith("x-amz-") || name === "content-type") && !signed.has(name)) {
      throw mismatch(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  if (signedHeaders.join() !== [...signed].sort().join()) throw mismatch("SignedHeaders must be sorted and unique.");
}

function signatureOf(request: HttpRequest, authorization: Authorization, secret: string, time: string): string {
  const scope = [authorization.date, authorization.region, authorization.service, "aws4_request"];
  const stringToSign = [
    algorithm,
    time,
    scope.join("/"),
    sha256(canonicalRequest(request, authorization.signedHeaders)),
  ];
  const key = scope.reduce((previous: string | Uint8Array, part) => hmac(previous, part), `AWS4${secret}`);
  return hmac(key, stringToSign.join("\n")).toString("hex");
}

function canonicalRequest(request: HttpRequest, signedHeaders: readonly string[]): string {
  const [path, query = ""] = request.target.split("?", 2);
  const headers = signedHeaders.map((name) => {
    const values = request.headers.filter(([header]) => header === name).map(([, value]) => value.replace(/ +/g, " "));
    return `${name}:${values.join(",")}\n`;
  });
  return [request.method, path, canonicalQuery(query), headers.join(""), signedHeaders.join(";"), sha256(request.body)]
    .join("\n");
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join("&");
}

function encodeRfc3986(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Uint8Array, text: string) {
  return createHmac("sha256", key).update(text).digest();
}

function parseBasic(time: string): number {
  return Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function formatBasic(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+|[-:]/g, "");
}
