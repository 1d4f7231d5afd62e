import { Failure } from "../errors.ts";
import { type Config, valueIn } from "./config.ts";
import { type Partition, partitionOfArns, partitionOfRegion } from "./partition.ts";
import { type Profile, setting, type Variables } from "./profile.ts";
import { quoted } from "./text.ts";

/** Where requests go, and the region that their signatures name. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
}

export interface Endpoints {
  readonly partition: string;
  readonly sts: Endpoint;
  readonly iam: Endpoint;
}

/**
 * The endpoints of STS and IAM for a profile, as botocore chooses them.
 *
 * `region` is what the person or the profile asks for; without one, AWS_REGION and AWS_DEFAULT_REGION serve, then the
 * partition of `arns` decides. Differs from botocore where that has no answer or one that does not exist: FIPS,
 * dual-stack or own endpoints without a region take the partition's main region.
 * Throws Failure "config" for settings that contradict themselves or name what is not there.
 * Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html>,
 * <https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>,
 * <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
 */
export function endpoints(
  profile: Profile,
  config: Config,
  environment: Variables,
  region: string | undefined,
  arns: readonly string[],
): Endpoints {
  const asked = region ?? regionOfEnvironment(environment);
  const plain = asked?.replace(/^fips-|-fips$/, "");
  const fips = plain !== asked || isTrue(profile, environment, "use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT");
  const dualStack = isTrue(profile, environment, "use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT");
  const partition = plain === undefined ? partitionOfArns(arns) : partitionOfRegion(plain);
  const legacy = usesLegacyGlobal(profile, environment);
  const own = (service: "sts" | "iam"): Endpoint | undefined => {
    const url = configuredUrl(service, profile, config, environment);
    return url === undefined ? undefined : { url, region: plain ?? partition.region };
  };
  return {
    partition: partition.name,
    sts: own("sts") ?? sts(partition, plain, { fips, dualStack, legacy }),
    iam: own("iam") ?? iam(partition, { fips, dualStack }),
  };
}

interface Variant {
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/**
 * Regions that `sts_regional_endpoints = legacy` sends to the global endpoint.
 * Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html>
 */
const legacyRegions: readonly string[] = [
  ...["ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1"],
  ...["eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"],
];

function sts(partition: Partition, region: string | undefined, variant: Variant & { legacy: boolean }): Endpoint {
  const { fips, dualStack, legacy } = variant;
  const regional = region !== undefined && region !== "aws-global" ? region : undefined;
  const isGlobal = partition.name === "aws" && (regional === undefined || legacy && legacyRegions.includes(regional));
  if (isGlobal && !fips && !dualStack) return { url: "https://sts.amazonaws.com", region: "us-east-1" };
  const signed = regional ?? partition.region;
  const suffix = dualStack ? partition.dualStackSuffix : partition.suffix;
  // All STS endpoints of AWS GovCloud (US) are FIPS endpoints; only the dual-stack ones say so.
  const marked = fips && (dualStack || partition.name !== "aws-us-gov");
  return { url: `https://sts${marked ? "-fips" : ""}.${signed}.${suffix}`, region: signed };
}

function iam(partition: Partition, { fips, dualStack }: Variant): Endpoint {
  const common = {
    host: `iam${fips ? "-fips" : ""}.${dualStack ? partition.dualStackSuffix : partition.suffix}`,
    region: partition.region,
  };
  const own = fips
    ? (dualStack ? partition.iamFipsDualStack : partition.iamFips)
    : (dualStack ? partition.iamDualStack : partition.iam);
  const { host, region } = own ?? common;
  return { url: `https://${host}`, region };
}

function regionOfEnvironment(environment: Variables): string | undefined {
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const region = environment[name];
    if (region) return checkedRegion(region, () => regionFailure("config", name, region));
  }
  return undefined;
}

/** `region` when it can stand in a host name, else throws what `failure` makes. */
export function checkedRegion(region: string, failure: () => Failure): string {
  if (!/^(?!\d+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/.test(region)) throw failure();
  return region;
}

/** The Failure for a region that cannot stand in a host name. */
export function regionFailure(kind: "usage" | "config", where: string, region: string): Failure {
  return new Failure(kind, `${where} is ${quoted(region)}, which is no region`, {
    hint: "name one like eu-west-1; all are listed by: aws account list-regions",
  });
}

/** As botocore: what is not the word true is false, and an empty variable hides the profile's value. */
function isTrue(profile: Profile, environment: Variables, key: string, variable: string): boolean {
  return (environment[variable] ?? setting(profile, key))?.toLowerCase() === "true";
}

function usesLegacyGlobal(profile: Profile, environment: Variables): boolean {
  const value = (environment.AWS_STS_REGIONAL_ENDPOINTS ?? setting(profile, "sts_regional_endpoints")) || "regional";
  if (value === "legacy" || value === "regional") return value === "legacy";
  throw new Failure("config", `sts_regional_endpoints is ${quoted(value)}, and has to be "regional" or "legacy"`, {
    hint: `correct it in the profile ${quoted(profile.name)} or in AWS_STS_REGIONAL_ENDPOINTS`,
  });
}

function configuredUrl(service: "sts" | "iam", profile: Profile, config: Config, environment: Variables) {
  const ignored = isTrue(
    profile,
    environment,
    "ignore_configured_endpoint_urls",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  );
  if (ignored) return undefined;
  const url = environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || environment.AWS_ENDPOINT_URL ||
    servicesUrl(service, profile, config) || setting(profile, "endpoint_url");
  if (!url) return undefined;
  if (/^https?:\/\/[^/\s]/.test(url) && URL.canParse(url)) return url;
  throw new Failure("config", `the endpoint of ${service.toUpperCase()} is ${quoted(url)}, which is no URL`, {
    hint: `it comes from AWS_ENDPOINT_URL or endpoint_url; write it like https://${service}.example.com`,
  });
}

function servicesUrl(service: string, profile: Profile, config: Config): string | undefined {
  const name = setting(profile, "services");
  if (name === undefined) return undefined;
  const block = config.services.get(name);
  if (block === undefined || block.section.options.size + block.defaults.size === 0) {
    throw new Failure("config", `profile ${quoted(profile.name)} uses services ${quoted(name)}, which is not there`, {
      hint: `add a section [services ${name}] to ${config.configFile.path}, or take "services" out of the profile`,
    });
  }
  const settings = valueIn(block, service);
  if (typeof settings !== "string") return settings?.get("endpoint_url");
  throw new Failure("config", `"${service}" in [services ${name}] is not a block of indented lines`, {
    hint: `write below "${service} =" an indented line "endpoint_url = URL"`,
  });
}
