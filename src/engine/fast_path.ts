/** The file env/NAME of the cache, from which a shell plugin switches without starting a process. */
import { hasControl } from "../core/text.ts";
import { isVerb } from "../cli.ts";
import type { Environment } from "../world/world.ts";

/** Under which values of these the file was made; the plugins compare them with today's. */
const circumstances = [
  "HOME",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_STS",
  "AWS_ENDPOINT_URL_IAM",
  "AWS_USE_COMPAT",
] as const;

/** First line of the file, or null where a value cannot stand in one. */
export function fastPathHeader(environment: Environment): string | null {
  const values = circumstances.map((name) => environment.get(name) ?? "");
  return values.some(hasControl) ? null : `# ${values.join("\t")}\n`;
}

/** Whether a shell may look for the file by itself: the name is a file name (at most 255 bytes), no flag and no verb. */
export function isPlainName(profile: string): boolean {
  return /^[A-Za-z0-9._@+][A-Za-z0-9._@+-]{0,249}$/.test(profile) && !/^\.{1,2}$/.test(profile) && !isVerb(profile);
}
