/** A session tag: its key and its value. */
export type Tag = readonly [string, string];

/**
 * The tags of `k=v,k2=v2` (aws-vault's `session_tags`), or `undefined` where that is not their form, a key comes twice
 * or there are more than AWS takes. Spaces around keys and values do not count.
 * Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>: 50 tags, keys of 1 to 128
 * characters that differ in more than case, values of at most 256.
 */
export function parseTags(text: string): readonly Tag[] | undefined {
  const tags = text.split(",").map((pair): Tag => {
    const at = pair.indexOf("=");
    return at < 0 ? ["", ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  const keys = new Set(tags.map(([key]) => key.toLowerCase()));
  const fits = tags.every(([key, value]) => key !== "" && key.length <= 128 && value.length <= 256);
  return fits && keys.size === tags.length && tags.length <= 50 ? tags : undefined;
}

/** The keys of `k,k2` (aws-vault's `transitive_session_tags`), or `undefined` where one is empty. */
export function parseTagKeys(text: string): readonly string[] | undefined {
  const keys = text.split(",").map((key) => key.trim());
  return keys.includes("") ? undefined : keys;
}
