import { parseArn } from "./arn.ts";

/** An endpoint that is the same for a whole partition: its host and the region its requests are signed for. */
export interface GlobalHost {
  readonly host: string;
  readonly region: string;
}

/**
 * A group of regions with accounts, ARNs and host names of its own.
 *
 * Source: partitions.json and the endpoint rule set of IAM in <https://github.com/boto/botocore/tree/develop/botocore/data>
 */
export interface Partition {
  readonly name: string;
  readonly regions: RegExp;
  readonly suffix: string;
  readonly dualStackSuffix: string;
  /** The region that serves what has no region. */
  readonly region: string;
  /** IAM's endpoint, and those that FIPS and dual-stack endpoints have where they do not follow the common pattern. */
  readonly iam: GlobalHost;
  readonly iamFips?: GlobalHost;
  readonly iamDualStack?: GlobalHost;
  readonly iamFipsDualStack?: GlobalHost;
}

const signedFor = (region: string) => (host: string): GlobalHost => ({ host, region });
const virginia = signedFor("us-east-1");
const beijing = signedFor("cn-north-1");
const gov = signedFor("us-gov-west-1");

const aws: Partition = {
  name: "aws",
  regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
  suffix: "amazonaws.com",
  dualStackSuffix: "api.aws",
  region: "us-east-1",
  iam: virginia("iam.amazonaws.com"),
  iamDualStack: virginia("iam.global.api.aws"),
  iamFipsDualStack: virginia("iam-fips.global.api.aws"),
};

const partitions: readonly Partition[] = [aws, {
  name: "aws-cn",
  regions: /^cn-\w+-\d+$/,
  suffix: "amazonaws.com.cn",
  dualStackSuffix: "api.amazonwebservices.com.cn",
  region: "cn-northwest-1",
  iam: beijing("iam.cn-north-1.amazonaws.com.cn"),
  iamDualStack: beijing("iam.global.api.amazonwebservices.com.cn"),
}, {
  name: "aws-us-gov",
  regions: /^us-gov-\w+-\d+$/,
  suffix: "amazonaws.com",
  dualStackSuffix: "api.aws",
  region: "us-gov-west-1",
  iam: gov("iam.us-gov.amazonaws.com"),
  iamFips: gov("iam.us-gov.amazonaws.com"),
  iamDualStack: gov("iam.us-gov.api.aws"),
  iamFipsDualStack: gov("iam.us-gov.api.aws"),
}, {
  name: "aws-iso",
  regions: /^us-iso-\w+-\d+$/,
  suffix: "c2s.ic.gov",
  dualStackSuffix: "api.aws.ic.gov",
  region: "us-iso-east-1",
  iam: signedFor("us-iso-east-1")("iam.us-iso-east-1.c2s.ic.gov"),
  iamFips: signedFor("us-iso-east-1")("iam-fips.us-iso-east-1.c2s.ic.gov"),
}, {
  name: "aws-iso-b",
  regions: /^us-isob-\w+-\d+$/,
  suffix: "sc2s.sgov.gov",
  dualStackSuffix: "api.aws.scloud",
  region: "us-isob-east-1",
  iam: signedFor("us-isob-east-1")("iam.us-isob-east-1.sc2s.sgov.gov"),
  iamFips: signedFor("us-isob-east-1")("iam-fips.us-isob-east-1.sc2s.sgov.gov"),
}, {
  name: "aws-iso-e",
  regions: /^eu-isoe-\w+-\d+$/,
  suffix: "cloud.adc-e.uk",
  dualStackSuffix: "api.cloud-aws.adc-e.uk",
  region: "eu-isoe-west-1",
  iam: signedFor("eu-isoe-west-1")("iam.eu-isoe-west-1.cloud.adc-e.uk"),
}, {
  name: "aws-iso-f",
  regions: /^us-isof-\w+-\d+$/,
  suffix: "csp.hci.ic.gov",
  dualStackSuffix: "api.aws.hci.ic.gov",
  region: "us-isof-south-1",
  iam: signedFor("us-isof-south-1")("iam.us-isof-south-1.csp.hci.ic.gov"),
}, {
  name: "aws-eusc",
  regions: /^eusc-(de)-\w+-\d+$/,
  suffix: "amazonaws.eu",
  dualStackSuffix: "api.amazonwebservices.eu",
  region: "eusc-de-east-1",
  iam: signedFor("eusc-de-east-1")("iam.eusc-de-east-1.amazonaws.eu"),
}];

/** The partition of a region; a region that nobody knows yet counts to `aws`, as for botocore. */
export function partitionOfRegion(region: string): Partition {
  return knownPartition(region) ?? aws;
}

/** Whether the region has a name as AWS gives them. */
export function isKnownRegion(region: string): boolean {
  return knownPartition(region) !== undefined;
}

function knownPartition(region: string): Partition | undefined {
  return partitions.find((partition) => partition.regions.test(region) || region === `${partition.name}-global`);
}

/** The partition of the first of `arns` that names a known one, else `aws`. MFA serials of hardware are no ARNs. */
export function partitionOfArns(arns: readonly string[]): Partition {
  for (const arn of arns) {
    const found = partitions.find((partition) => partition.name === parseArn(arn)?.partition);
    if (found !== undefined) return found;
  }
  return aws;
}
