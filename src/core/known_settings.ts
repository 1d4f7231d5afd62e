/** Settings that may stand in a profile: those of AWS's tools and ours, and those of other tools that use the same files. */
import type { Config } from "./config.ts";
import { nearest } from "./nearest.ts";

/** A setting that nobody is known to read. */
export interface UnknownSetting {
  readonly key: string;
  /** The names that may have been meant, best first. */
  readonly near: readonly string[];
  /** The profiles that have it, in the order of the files. */
  readonly profiles: readonly string[];
}

/** The settings of all profiles that nobody is known to read, in the order of the files. */
export function unknownSettings(config: Config): readonly UnknownSetting[] {
  const holders = new Map<string, string[]>();
  for (const { name, config: own, credentials } of config.profiles.values()) {
    const keys = new Set([own, credentials].flatMap((block) => [...block?.section.options.keys() ?? []]));
    for (const key of keys) {
      if (known.has(key) || foreign.some((pattern) => pattern.test(key))) continue;
      const profiles = holders.get(key) ?? [];
      profiles.push(name);
      holders.set(key, profiles);
    }
  }
  return Array.from(holders, ([key, profiles]) => ({ key, near: nearest(key, known), profiles }));
}

/**
 * Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>,
 * <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>,
 * <https://github.com/boto/botocore/blob/develop/botocore/configprovider.py>,
 * <https://github.com/ByteNess/aws-vault/blob/main/USAGE.md>; `aws_use_…` are our own.
 */
const known: ReadonlySet<string> = new Set([
  // credentials
  ...["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_account_id"],
  ...["credential_process", "credential_source", "duration_seconds", "external_id", "login_session", "mfa_serial"],
  ...["role_arn", "role_session_name", "source_profile", "web_identity_token_file"],
  ...["sso_account_id", "sso_region", "sso_registration_scopes", "sso_role_name", "sso_session", "sso_start_url"],
  // where calls go, and how
  ...["account_id_endpoint_mode", "auth_scheme_preference", "ca_bundle", "defaults_mode", "endpoint_url", "region"],
  ...["ignore_configured_endpoint_urls", "max_attempts", "retry_mode", "sdk_ua_app_id", "services"],
  ...["sigv4a_signing_region_set", "sts_regional_endpoints", "tcp_keepalive", "use_dualstack_endpoint"],
  ...["use_fips_endpoint", "endpoint_discovery_enabled", "disable_host_prefix_injection"],
  ...["disable_request_compression", "request_min_compression_size_bytes", "request_checksum_calculation"],
  ...["response_checksum_validation", "parameter_validation", "api_versions", "data_path"],
  ...["ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled"],
  ...["imds_use_ipv6", "metadata_service_num_attempts", "metadata_service_timeout"],
  ...["csm_client_id", "csm_enabled", "csm_host", "csm_port"],
  // single services
  ...["emr", "s3", "s3api", "s3_disable_express_session_auth", "s3_disable_multiregion_access_points"],
  ...["s3_us_east_1_regional_endpoint", "s3_use_arn_region"],
  // the AWS CLI
  ...["cli_auto_prompt", "cli_binary_format", "cli_error_format", "cli_follow_urlparam", "cli_help_output"],
  ...["cli_history", "cli_pager", "cli_timestamp_format", "output"],
  // aws-vault's, honored here too
  ...["include_profile", "mfa_process", "session_tags", "source_identity", "transitive_session_tags"],
  // ours
  ...["aws_use_confirm", "aws_use_mfa_serials", "aws_use_yubikey"],
]);

/** What other tools keep in the same files: saml2aws, aws-mfa, aws-extend-switch-roles, granted, aws-azure-login. */
const foreign: readonly RegExp[] = [
  /^x_/,
  /^(granted|azure|aws_sso|okta|saml|common_fate|yawsso|leapp)_/,
  /^(color|image|group|expiration|assumed_role|assumed_role_arn|role_name|target_region|target_role_name)$/,
  /^(aws_role_session_name|parent_profile|credential_process_timeout|toolkit_artifact_guid)$/,
];
