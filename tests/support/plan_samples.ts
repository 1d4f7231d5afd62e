import { type Config, readConfig } from "../../src/core/config.ts";

/** The parsed config of these texts. */
export function configOf(configText: string | null, credentialsText: string | null = null): Config {
  return readConfig({ configText, configPath: "/c", credentialsText, credentialsPath: "/k" });
}

/** The `[name]` section of a credentials file with long-lived keys; the access key id tells whose they are. */
export function keysOf(name: string, extra = ""): string {
  return `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = secret-${name}\n${extra}\n`;
}

export const serial = "arn:aws:iam::123456789012:mfa/alice";
export const adminArn = "arn:aws:iam::210987654321:role/admin";
export const deployArn = "arn:aws:iam::333333333333:role/path/deploy";
