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
      ]);
    case "json":
      return `${JSON.stringify(Object.fromEntries([...set, ...change.unset.map((key) => [key, null])]), null, 2)}\n`;
    case "dotenv":
      return lines([
        ...set.map(([key, value]) => `${key}=${quoteDotenv(value)}`),
        ...change.unset.map((key) => `${key}=`),
      ]);
  }
}

// Every dotenv reader takes these characters bare; single quotes are literal in docker compose, node and python-dotenv.
function quoteDotenv(value: string): string {
  return /^[\w./:+=@,-]*$/.test(value) ? value : `'${value.replaceAll("'", "\\'")}'`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
