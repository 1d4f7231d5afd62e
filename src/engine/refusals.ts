/** What AWS or the network said → a Failure in our words, AWS's own text as its cause. */
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import type { Plan, Step } from "../core/plan.ts";
import { Failure } from "../errors.ts";
import { explainCommand, withFlag } from "./hint_command.ts";
import type { AwsError } from "../world/aws.ts";

export interface Refused {
  readonly plan: Plan;
  readonly step: Step | null;
  /** Name of the call, as AWS names it. */
  readonly call: string;
  /** The command that does the same again, and the same without additions. */
  readonly again: string;
  readonly plain: string;
  /** The command that shows how the credentials come about; the profile's own unless said. */
  readonly explain?: string;
  /** Seconds that the clock of AWS is ahead; null where it is not known. */
  readonly clockOffset: number | null;
}

/** From here on a clock is called wrong: the codes of an MFA device are refused, and people want to know. */
export const clockToleranceSeconds = 30;

/** The Failure for an error of a call that carried no code, or whose code was not the reason. */
export function failureOf(error: AwsError, refused: Refused): Failure {
  return error.kind === "refused" ? refusal(error, refused) : noAnswer(error, refused);
}

/** The Failure where AWS did not get as far as yes or no: "unavailable" without an answer, "tryAgain" for AWS's trouble. */
export function noAnswer(error: AwsError, { call, again }: Pick<Refused, "call" | "again">): Failure {
  if (error.kind === "trouble") {
    return new Failure("tryAgain", `${call}: ${error.host} answered ${answerOf(error)}`, {
      hint: troubleHint(error, again),
      cause: error,
    });
  }
  const what = error.kind === "unreachable" ? `cannot reach ${error.host}` : `no answer from ${error.host}`;
  return new Failure("unavailable", `${what}: ${shown(error.message)}`, {
    hint: networkHint(error, again),
    cause: error,
  });
}

function troubleHint({ code, status }: AwsError, again: string): string {
  if (code !== "garbage") return `it is AWS's trouble; try again in a minute: ${again}`;
  return (status ?? 0) >= 500
    ? `AWS or a proxy on the way has trouble; check HTTPS_PROXY, or try again in a minute: ${again}`
    : `a proxy or the sign-in page of a network may have answered; check HTTPS_PROXY, then: ${again}`;
}

/** Status, code and text of an answer, as far as AWS gave them. */
export function answerOf({ status, code, message }: AwsError): string {
  if (code === "garbage") return shown(`${status} ${message}`);
  return shown([status, code, message && `(${message})`].filter(Boolean).join(" "), 200);
}

/** What helps where there was no answer, and the command that tries again. */
export function networkHint(error: AwsError, again: string): string {
  return `${networkHints[error.code] ?? "check the network and HTTPS_PROXY"}; then: ${again}`;
}

const networkHints: Readonly<Record<string, string>> = {
  dns: "check the network, the name server and the region",
  tls: "behind a company proxy name its certificate: export AWS_CA_BUNDLE=/path/to/ca.pem",
  proxy: "check HTTPS_PROXY and NO_PROXY",
  timeout: "check the network, VPN and HTTPS_PROXY",
};

function refusal(error: AwsError, refused: Refused): Failure {
  const { plan, step, again, call } = refused;
  const explain = refused.explain ?? explainCommand(plan.profile);
  const said = shown(error.message, 300);
  const cause = error;
  const inEnvironment = plan.keysFrom.kind === "environment";
  const where = inEnvironment ? "the environment" : `profile ${quoted(plan.keysFrom.profile)}`;
  const key = `access key ${masked(plan.keys.accessKeyId)} of ${where}`;
  const enterKeys = inEnvironment
    ? "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…"
    : `aws configure --profile ${shellWord(plan.keysFrom.profile)}`;

  if (isClockRefusal(error)) return clockFailure(refused.clockOffset ?? 0, again, error);
  switch (error.code) {
    case "InvalidClientTokenId":
    case "UnrecognizedClientException":
      return new Failure("denied", `AWS does not take the ${key}: it is inactive, deleted or of another partition`, {
        hint: `put an active key into ${where}: ${enterKeys}`,
        cause,
      });
    case "SignatureDoesNotMatch":
      if (/scoped to a valid region/i.test(error.message)) {
        const { region } = plan.sts;
        return new Failure("config", `AWS takes no requests for region ${quoted(region)}: ${said}`, {
          hint: `correct it (--region, AWS_REGION, or region of profile ${
            quoted(plan.profile)
          }), then: ${refused.plain}`,
          cause,
        });
      }
      // A wrong service or date is nothing that other keys would mend.
      if (!/signature we calculated does not match/i.test(error.message)) break;
      return new Failure("denied", `the secret access key does not belong to the ${key}`, {
        hint: `put both halves of one key into ${where}: ${enterKeys}`,
        cause,
      });
    case "ExpiredToken":
    case "ExpiredTokenException":
      return new Failure("denied", `the credentials have expired: ${said}`, {
        hint: plan.keys.sessionToken ? `put new ones into ${where}: ${enterKeys}` : `get new ones: ${again}`,
        cause,
      });
    case "RegionDisabledException":
      return new Failure("config", `STS is not active in region ${plan.sts.region} for this account`, {
        hint: `use another one: ${withFlag(refused.plain, "--region us-east-1")}`,
        cause,
      });
    case "PackedPolicyTooLarge":
    case "PackedPolicyTooLargeException":
    case "MalformedPolicyDocument":
    case "MalformedPolicyDocumentException":
      return new Failure("config", `AWS refuses the session policy: ${said}`, {
        hint: "check the JSON given by --policy; with tags it may be at most 2,048 packed bytes",
        cause,
      });
  }
  if (step?.call === "AssumeRole" && /DurationSeconds|duration/i.test(error.message)) {
    return new Failure("config", `role ${quoted(step.roleArn)} does not allow ${step.durationSeconds} s: ${said}`, {
      hint: / --duration /.test(again)
        ? `ask for less: ${withFlag(refused.plain, "--duration 1h")}`
        : `ask for less: aws configure set duration_seconds 3600 --profile ${shellWord(step.profile)}`,
      cause,
    });
  }
  if (step?.call === "AssumeRole" && /AccessDenied/.test(error.code)) return roleRefused(error, step, refused, explain);
  if (/AccessDenied|NotAuthorized/.test(error.code)) {
    return new Failure("denied", `AWS refuses ${call}: ${said}`, {
      hint: `an administrator must allow ${call} to the user of profile ${quoted(plan.keysFrom.profile)}`,
      cause,
    });
  }
  return new Failure("denied", `AWS refuses ${call}: ${shown(error.code)}: ${said}`, {
    hint: `see how the credentials come about: ${explain}`,
    cause,
  });
}

/** Whether AWS refuses a request for the time in its signature. */
export function isClockRefusal({ kind, code, message }: AwsError): boolean {
  const said = `${code} ${message}`;
  return kind === "refused" && /Signature (expired|not yet current)|RequestExpired|RequestTimeTooSkewed/i.test(said);
}

/** Whether AWS refuses the keys, or what is signed by them: no call of theirs will do better. */
export function isKeyRefusal(error: AwsError): boolean {
  return error.kind === "refused" && !isClockRefusal(error) &&
    /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch)$/.test(error.code);
}

/** AssumeRole denied: AWS does not say which condition failed, so we say what was visible of each. */
function roleRefused(
  error: AwsError,
  step: Step & { call: "AssumeRole" },
  { plan }: Refused,
  explain: string,
): Failure {
  const withMfa = plan.steps.some((each) => each.mfaSerial !== null);
  const visible = [
    withMfa ? "an MFA code was given" : "no MFA code was given",
    step.externalId ? `external id ${quoted(step.externalId)}` : "no external_id",
    step.sourceIdentity ? `source identity ${quoted(step.sourceIdentity)}` : "",
    `session name ${quoted(step.roleSessionName)}`,
  ].filter(Boolean).join(", ");
  return new Failure("denied", `AWS refuses role ${quoted(step.roleArn)}: ${shown(error.message, 300)}`, {
    hint: `its trust policy may want MFA, an external id or another principal (sent: ${visible}); ` +
      `compare: ${explain}`,
    cause: error,
  });
}

/** The Failure for a clock that is `offset` seconds behind (positive) or ahead of (negative) AWS. */
export function clockFailure(offset: number, again: string, cause?: unknown): Failure {
  return new Failure("tryAgain", clockText(offset), {
    hint: `set it (Linux: sudo timedatectl set-ntp true, macOS: sudo sntp -sS time.apple.com), then: ${again}`,
    cause,
  });
}

export function clockText(offset: number): string {
  if (offset === 0) return "the clock of this machine and AWS's differ";
  return `clock is ${Math.abs(offset)} s ${offset > 0 ? "behind" : "ahead of"} AWS`;
}

/** The last four characters of a key's id: enough to tell keys apart. */
export function masked(accessKeyId: string): string {
  return `…${shown(accessKeyId).slice(-4)}`;
}
