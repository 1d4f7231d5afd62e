/** The parts of an Amazon Resource Name that a plan looks at. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All that follows the account: `role/path/name`, `mfa/alice`. */
  readonly resource: string;
}

/**
 * The parts of `text`, or `undefined` where it is no ARN.
 * Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
 */
export function parseArn(text: string): Arn | undefined {
  const parts = /^arn:([\w-]+):([\w-]+):([\w-]*):(\d{12}|aws|):([!-~]+)$/.exec(text);
  if (parts === null) return undefined;
  const [, partition, service, region, account, resource] = parts;
  return { partition, service, region, account, resource };
}

/** Whether `text` is the ARN of an IAM role. */
export function isRoleArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === "iam" && /^\d{12}$/.test(arn.account) && /^role\/.*[^/]$/.test(arn.resource);
}

/** Whether `text` is the ARN of an IAM policy, one of AWS's own included. */
export function isPolicyArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === "iam" && arn.account !== "" && /^policy\/.*[^/]$/.test(arn.resource);
}

/** What follows the last slash of an ARN or another name: `alice` of `arn:aws:iam::123456789012:mfa/alice`. */
export function lastPart(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1);
}
