import { Failure } from "../errors.ts";
import { type ConfigFile, type Line, type Option, parse, print, type Section } from "./config_file.ts";
import { quoteWord, shellWords } from "./shell_words.ts";
import { hasControl, quoted } from "./text.ts";
import { indentLength, strip } from "./whitespace.ts";

/**
 * The file with `key` of the section `[header]` set to `value`; every other line stays byte for byte.
 *
 * An existing value is replaced in its place, with the further lines that belong to it. A new key goes below the last
 * one of the section, indented and ended as its neighbors: a line before a deeper one would swallow it. A section that
 * is not there is added at the end.
 * Throws Failure "usage" for a key or value that would not come back from the file as it is; the value is not shown.
 */
export function setValue(file: ConfigFile, header: string, key: string, value: string): ConfigFile {
  if (!/^[a-z0-9_.-]+$/.test(key)) throw cannotWrite(`the key ${quoted(key)}`);
  if (hasControl(value) || strip(value) !== value) throw cannotWrite(`this value of ${quoted(key)}`);
  const section = file.sections.get(header);
  if (section === undefined) return addSection(file, header, `${key} = ${value}`);
  const option = section.options.get(key);
  return option === undefined ? addLine(file, section, `${key} = ${value}`) : replace(file, option, value);
}

/** The file without `key` of the section `[header]`; every other line stays byte for byte. */
export function removeValue(file: ConfigFile, header: string, key: string): ConfigFile {
  const option = file.sections.get(header)?.options.get(key);
  return option === undefined ? file : withoutLines(file, new Set([option.line, ...option.continuation]));
}

/**
 * The header of the section that gives the profile `name` its values in the config file; where there is none, the
 * header to make one with. In the credentials file the header is the name itself.
 */
export function profileHeader(file: ConfigFile, name: string): string {
  // Of two sections for one profile botocore takes the last.
  const headers = [...file.sections.keys()].filter((header) => isHeaderOf(header, name));
  return headers.at(-1) ?? (name === "default" ? name : `profile ${quoteWord(name)}`);
}

function isHeaderOf(header: string, name: string): boolean {
  if (header === "default") return name === header;
  if (!header.startsWith("profile")) return false;
  const words = shellWords(header);
  return words?.length === 2 && words[1] === name;
}

function replace(file: ConfigFile, option: Option, value: string): ConfigFile {
  const { text, end } = file.lines[option.line];
  const delimiter = text.search(/[=:]/) + 1;
  const space = strip(text.slice(delimiter)) === ""
    ? " "
    : text.slice(delimiter, delimiter + indentLength(text.slice(delimiter)));
  const lines = file.lines.with(option.line, { text: text.slice(0, delimiter) + space + value, end });
  return withoutLines({ ...file, lines }, new Set(option.continuation));
}

function addLine(file: ConfigFile, section: Section, text: string): ConfigFile {
  const options = [...section.options.values()].flatMap((option) => [option.line, ...option.continuation]);
  const last = options.reduce((a, b) => Math.max(a, b), section.line);
  const lastKey = [...section.options.values()].reduce((line, option) => Math.max(line, option.line), section.line);
  const indents = [indentOf(file.lines[lastKey])];
  // Below a header any indentation begins a key, and a header that is deeper than it would become its value.
  const next = options.length === 0 ? file.lines.slice(last + 1).find(isMeaningful) : undefined;
  if (next !== undefined) indents.push(indentOf(next));
  const indent = indents.reduce((a, b) => a.length >= b.length ? a : b);
  return insert(file, last + 1, [indent + text]);
}

function addSection(file: ConfigFile, header: string, text: string): ConfigFile {
  if (hasControl(header) || header === "" || header === "DEFAULT") throw cannotWrite(`the section ${quoted(header)}`);
  const last = file.lines.at(-1);
  const gap = last === undefined || strip(last.text) === "" ? [] : [""];
  return insert(file, file.lines.length, [...gap, `[${header}]`, text]);
}

/** The file with new lines before the line `at`; a last line that was not ended is, and the new last one is not. */
function insert(file: ConfigFile, at: number, texts: readonly string[]): ConfigFile {
  const end = file.lines[at - 1]?.end || file.lines[0]?.end || "\n";
  const before = file.lines.slice(0, at);
  const added = texts.map((text) => ({ text, end }));
  const unended = before.at(-1)?.end === "";
  if (unended) before[at - 1] = { ...before[at - 1], end };
  if (unended) added[added.length - 1].end = "";
  return reread(file, [...before, ...added, ...file.lines.slice(at)]);
}

function withoutLines(file: ConfigFile, indices: ReadonlySet<number>): ConfigFile {
  const kept = file.lines.filter((_, index) => !indices.has(index));
  // A lone carriage return and the line feed of an empty line that follows it now would be one end of a line.
  const lines = kept.map((line, index) => {
    const next = kept[index + 1];
    return line.end === "\r" && next?.text === "" && next.end === "\n" ? { ...line, end: "\r\n" } : line;
  });
  return reread(file, lines);
}

function reread(file: ConfigFile, lines: readonly Line[]): ConfigFile {
  return parse(print({ ...file, lines }), file.path);
}

function indentOf({ text }: Line): string {
  return text.slice(0, indentLength(text));
}

function isMeaningful({ text }: Line): boolean {
  const stripped = strip(text);
  return stripped !== "" && !stripped.startsWith("#") && !stripped.startsWith(";");
}

function cannotWrite(what: string): Failure {
  return new Failure("usage", `${what} cannot be written to an AWS config file`, {
    hint: "use one line of text without control characters and without spaces around it",
  });
}
