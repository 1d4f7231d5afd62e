/** What an answer is made of: lists become `<member>` elements, undefined values are left out. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | {
  readonly [name: string]: XmlValue;
};

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** `value` as the content of an XML element in the manner of AWS's query protocol. */
export function toXml(value: XmlValue): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join("");
  if (typeof value !== "object") return String(value).replace(/[&<>"]/g, (letter) => entities[letter]);
  return Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => `<${name}>${toXml(child)}</${name}>`)
    .join("");
}

/** An instant as AWS prints it: UTC, whole seconds. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
