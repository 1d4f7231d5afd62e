/** What a person may set, for help; a test compares it with the README. */

/** Variables of the shell, each with its meaning. */
export const variables: Readonly<Record<string, string>> = {
  AWS_USE_MARGIN: "renew when less than this is left: 10m unless set",
  AWS_USE_GUARD: "commands that renew before they run; empty: none",
  AWS_USE_DANGER: "profiles shown as danger: '*prod* *live*'",
  AWS_USE_PROMPT_FORMAT: "'{profile} {left}' unless set; also {account}, {region}, {sign}",
  AWS_USE_COMPAT: "aws-vault: also set AWS_VAULT, for prompts that read it",
  AWS_USE_CACHE_DIR: "where credentials are cached",
  AWS_USE_NOTIFY: "off: no desktop notification for a touch out of sight",
  AWS_USE_YKMAN: "another ykman",
  AWS_USE_YKMAN_PASSWORD_COMMAND: "a command that prints the key's OATH password",
  AWS_USE_DEBUG: "1: the stack of an error, redacted",
};

/** Keys of a profile in the AWS config file, beside those of the AWS CLI. */
export const profileKeys: Readonly<Record<string, string>> = {
  mfa_process: "a command that prints the code",
  aws_use_confirm: "true: ask before this profile is used",
  aws_use_mfa_serials: "several MFA devices: the one that is plugged in serves",
  aws_use_yubikey: "serial number of the YubiKey to ask",
};
