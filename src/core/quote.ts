/** {set, unset} → text that a shell, fish, JSON or dotenv reads: for `aws-use env` alone. */
import { type EnvironmentChange, setPairs } from "./wire.ts";

export const formats = ["sh", "fish", "json", "dotenv"] as const;
export type Format = typeof formats[number];

/** `value` as one word of sh, bash, zsh and dash: nothing inside single quotes is special but the quote itself. */
export function quoteSh(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** `value` as one word of fish, where a backslash inside single quotes is special too. */
export function quoteFish(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/**
 * `change` in `format`, ending with a newline. JSON is a flat object of texts; names to unset are null.
 * Throws Failure("data") for a value with a control character, which not every reader takes as it stands.
 */
export function formatEnvironment(change: EnvironmentChange, format: Format): string {
  const set = setPairs(change);
  switch (format) {
    case "sh":
      return lines([
        ...set.map(([key, value]) => `export ${key}=${quoteSh(value)};`),
        ...change.unset.map((key) => `unset ${key};`),
      ]);
    case "fish":
      return lines([
        ...set.map(([key, value]) => `set -gx ${key} ${quoteFish(value)};`),
        ...change.unset.map((key) => `set -e ${key};`),
        "true;", // fish counts it as a failure that a variable was not set
      ]);
    case "json":
      return `${JSON.stringify(Object.fromEntries([...set, ...change.unset.map((key) => [key, null])]), null, 2)}\n`;
    case "dotenv":
      // Such a file cannot unset, and an empty AWS_PROFILE or AWS_SECURITY_TOKEN would be taken at its word by botocore.
      return lines(set.map(([key, value]) => `${key}=${quoteDotenv(value)}`));
  }
}

/**
 * `value` for dotenv files, whose readers agree on bare words and on quotes without an escape in them. Where a value has
 * every kind of quote, the escape that docker compose and python-dotenv know is the best there is.
 */
function quoteDotenv(value: string): string {
  if (/^[\w./:+=@,-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  // In double quotes some readers replace variables and escapes.
  if (!/["$\\]/.test(value)) return `"${value}"`;
  return value.includes("`") ? `'${value.replaceAll("'", "\\'")}'` : `\`${value}\``;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
