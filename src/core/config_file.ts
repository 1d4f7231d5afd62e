import { Failure } from "../errors.ts";
import { shellWord } from "./shell_word.ts";
import { shown } from "./text.ts";
import { indentLength, splitLines, strip, stripEnd } from "./whitespace.ts";

/** The value of a key: text, or the lines of a nested block (`s3 =` and indented lines) as keys and values. */
export type Value = string | ReadonlyMap<string, string>;

/** A key of a section, with the places of its text, so that an edit touches nothing else. */
export interface Option {
  readonly key: string;
  readonly value: Value;
  /** Index of the line that names the key. */
  readonly line: number;
  /** Indices of the further lines that belong to the value. */
  readonly continuation: readonly number[];
}

export interface Section {
  /** The text between the brackets, as it stands. */
  readonly header: string;
  /** Index of the line of the header. */
  readonly line: number;
  readonly options: ReadonlyMap<string, Option>;
}

/** Something that botocore refuses the file for; `line` counts from 1. Never holds a line's text: it may be a secret. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  /** What mends it, where that is more than the line. */
  readonly hint?: string;
}

/** One line of the file with the characters that end it, none for a last line that is not ended. */
export interface Line {
  readonly text: string;
  readonly end: string;
}

/** An AWS config or credentials file, line by line and as botocore understands it. */
export interface ConfigFile {
  readonly path: string;
  readonly byteOrderMark: string;
  readonly lines: readonly Line[];
  readonly sections: ReadonlyMap<string, Section>;
  /** The keys of `[DEFAULT]`, which every other section has too unless it sets them itself. */
  readonly defaults: ReadonlyMap<string, Option>;
}

/**
 * The file with this text, as botocore reads it: Python's RawConfigParser, then indented blocks.
 *
 * A byte order mark is skipped although botocore refuses it. Takes time linear in the length of `text`, also to refuse.
 * Throws Failure "data" naming the path and the first line that botocore refuses.
 * Source: <https://docs.python.org/3/library/configparser.html#supported-ini-file-structure> and
 * <https://github.com/boto/botocore/blob/develop/botocore/configloader.py>
 */
export function parse(text: string, path: string): ConfigFile {
  const { file, problems } = parseTolerant(text, path);
  if (problems.length > 0) throw refused(problems[0]);
  return file;
}

/** The Failure "data" that refuses a file for `problem`. */
export function refused(problem: Problem): Failure {
  return new Failure("data", `cannot read ${shown(problem.path)}, line ${problem.line}: ${problem.message}`, {
    hint: problem.hint ?? `correct the line with: \${EDITOR:-vi} +${problem.line} ${shellWord(problem.path)}`,
  });
}

/** Exactly the text that was parsed. */
export function print(file: ConfigFile): string {
  return file.byteOrderMark + file.lines.map((line) => line.text + line.end).join("");
}

/**
 * What can be read of the file, and what botocore refuses it for, in the order of the lines.
 *
 * Lines with a problem are left out; of two sections or keys with one name the first counts, a second section adds to it.
 */
export function parseTolerant(text: string, path: string): { file: ConfigFile; problems: readonly Problem[] } {
  const byteOrderMark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const lines = cutLines(text.slice(byteOrderMark.length));
  const { sections, defaults, problems } = readLines(lines);
  const blocks = readBlocks(sections, defaults, lines);
  const file = { path, byteOrderMark, lines, sections: blocks.sections, defaults: blocks.defaults };
  const all = [...problems, ...blocks.problems].sort((a, b) => a.line - b.line);
  return { file, problems: all.map((problem) => ({ path, ...problem })) };
}

type Place = Omit<Problem, "path">;

interface OpenOption {
  key: string;
  parts: string[];
  line: number;
  continuation: number[];
}

interface OpenSection {
  header: string;
  line: number;
  options: Map<string, OpenOption>;
}

/** Header of the section whose keys every other section inherits; upper case, and not the profile `[default]`. */
const defaultsHeader = "DEFAULT";

/** Python opens the file with universal newlines, so a lone carriage return ends a line too. */
function cutLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  const ends = /\r\n|\r|\n/g;
  let start = 0;
  for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
    lines.push({ text: text.slice(start, end.index), end: end[0] });
    start = ends.lastIndex;
  }
  return start < text.length ? [...lines, { text: text.slice(start), end: "" }] : lines;
}

function readLines(lines: readonly Line[]) {
  const sections = new Map<string, OpenSection>();
  const defaults: OpenSection = { header: defaultsHeader, line: -1, options: new Map() };
  const problems: Place[] = [];
  let section: OpenSection | undefined;
  let option: OpenOption | undefined;
  let level = 0;

  for (const [index, { text }] of lines.entries()) {
    const stripped = strip(text);
    if (stripped.startsWith("#") || stripped.startsWith(";")) continue;
    if (stripped === "") {
      option?.parts.push("");
      continue;
    }
    const indent = indentLength(text);
    if (option !== undefined && indent > level) {
      option.parts.push(stripped);
      option.continuation.push(index);
      continue;
    }
    level = indent;
    const refuse = (message: string) => problems.push({ line: index + 1, message });

    const header = sectionHeader(stripped);
    if (header !== undefined) {
      const known = header === defaultsHeader ? defaults : sections.get(header);
      // Only [DEFAULT] may stand in a file twice.
      if (known !== undefined && known !== defaults) {
        refuse(`the section [${shown(header)}] is there already, at line ${known.line + 1}`);
      }
      section = known ?? { header, line: index, options: new Map() };
      sections.set(header, section);
      option = undefined;
    } else if (isUnclosed(stripped) && (section === undefined || !delimiters.test(stripped))) {
      refuse('this line begins a [section] and has no "]"');
      option = section && openOption(stripped, index);
    } else if (section === undefined) {
      refuse("this line stands before the first [section]");
    } else {
      option = openOption(stripped, index);
      const known = section.options.get(option.key);
      if (!delimiters.test(stripped)) refuse('this line is neither a [section] nor "key = value"');
      else if (option.key === "") refuse("this line has no key before its delimiter");
      else if (known !== undefined) refuse(`the same key stands in this section already, at line ${known.line + 1}`);
      else section.options.set(option.key, option);
    }
  }
  sections.delete(defaultsHeader);
  return { sections, defaults, problems };
}

/** A line without a delimiter is opened too, or indented lines after it would be added to the key before. */
function openOption(stripped: string, line: number): OpenOption {
  const delimiter = stripped.search(delimiters);
  const key = stripEnd(stripped.slice(0, Math.max(delimiter, 0))).toLowerCase();
  return { key, parts: [strip(stripped.slice(delimiter + 1))], line, continuation: [] };
}

/** Between a key and its value. */
const delimiters = /[=:]/;

function isUnclosed(stripped: string): boolean {
  return stripped.startsWith("[") && !stripped.includes("]");
}

/** Greedy: everything up to the last closing bracket, so that `[a] # ]` is a section of a strange name, as for botocore. */
function sectionHeader(stripped: string): string | undefined {
  if (!stripped.startsWith("[")) return undefined;
  const end = stripped.lastIndexOf("]");
  return end > 1 ? stripped.slice(1, end) : undefined;
}

function readBlocks(open: ReadonlyMap<string, OpenSection>, openDefaults: OpenSection, lines: readonly Line[]) {
  const problems: Place[] = [];
  const sections = new Map<string, Section>();
  for (const section of open.values()) {
    const options = new Map<string, Option>();
    for (const option of section.options.values()) options.set(option.key, close(option, lines, problems));
    sections.set(section.header, { header: section.header, line: section.line, options });
  }
  const defaults = new Map<string, Option>();
  for (const option of openDefaults.options.values()) {
    const own: Place[] = [];
    defaults.set(option.key, close(option, lines, own));
    // botocore meets a broken block in [DEFAULT] only where a section inherits it.
    if (own.length > 0 && someLacks(sections, option.key)) problems.push(...own);
  }
  return { sections, defaults, problems };
}

function someLacks(sections: ReadonlyMap<string, Section>, key: string): boolean {
  for (const section of sections.values()) if (!section.options.has(key)) return true;
  return false;
}

function close(open: OpenOption, lines: readonly Line[], problems: Place[]): Option {
  const { key, line, continuation } = open;
  const text = stripEnd(open.parts.join("\n"));
  if (!text.startsWith("\n")) return { key, value: text, line, continuation };
  const block = new Map<string, string>();
  for (const index of continuation) {
    for (const entry of splitLines(lines[index].text).map(strip)) {
      const delimiter = entry.indexOf("=");
      if (delimiter >= 0) block.set(strip(entry.slice(0, delimiter)), strip(entry.slice(delimiter + 1)));
      else if (entry !== "") problems.push({ line: index + 1, message: 'this indented line is not "key = value"' });
    }
  }
  return { key, value: block, line, continuation };
}
