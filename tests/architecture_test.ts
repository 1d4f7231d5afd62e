/** Who may know whom (docs/architecture.md), where effects live, and what must agree across files. */
import assert from "node:assert/strict";
import { version } from "../src/cli.ts";
import { readConfig } from "../src/core/config.ts";
import { unknownSettings } from "../src/core/known_settings.ts";
import { exitCodeMeanings, exitCodes } from "../src/errors.ts";
import { profileKeys, variables } from "../src/core/own_settings.ts";

const root = new URL("..", import.meta.url).pathname;

interface Import {
  readonly specifier: string;
  /** Nothing of it is left when the program runs. */
  readonly isType: boolean;
}

interface Source {
  readonly path: string;
  readonly code: string;
  readonly imports: readonly Import[];
}

/** First path below src/, or the file itself: `core`, `world`, `main.ts`. */
function layerOf(path: string): string {
  return path.split("/")[1];
}

/** What each layer may import of ours. Everything below src/ that is not here may import nothing. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli.ts", "run.ts", "world"],
  "run.ts": ["arguments.ts", "cli.ts", "commands", "core", "errors.ts", "help.ts", "world"],
  "help.ts": ["cli.ts", "core", "errors.ts"],
  "arguments.ts": ["cli.ts", "core", "errors.ts"],
  commands: ["arguments.ts", "cli.ts", "commands", "core", "engine", "errors.ts", "world"],
  engine: ["arguments.ts", "cli.ts", "core", "engine", "errors.ts", "world"],
  world: ["core", "errors.ts", "world"],
  core: ["core", "errors.ts"],
};

const sources = readSources("src");

function readSources(folder: string): readonly Source[] {
  return [...Deno.readDirSync(root + folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return readSources(path);
    return path.endsWith(".ts") ? [readSource(path)] : [];
  }).toSorted((a, b) => a.path < b.path ? -1 : 1);
}

function readSource(path: string): Source {
  return parse(path, Deno.readTextFileSync(root + path));
}

function parse(path: string, text: string): Source {
  const code = withoutComments(text);
  const written = [...code.matchAll(/^(?:import|export)\s+(type\s+)?([\w*{][^;"=]*?)\s+from\s+"([^"\n]+)"/gm)]
    .map(([, type, names, specifier]) => ({ specifier, isType: type !== undefined || namesTypesOnly(names) }));
  const bare = [...code.matchAll(/^import\s+"([^"\n]+)"/gm)].map(([, specifier]) => ({ specifier, isType: false }));
  const lazy = [...code.matchAll(/\bimport\(\s*([^,)]*)/g)].map(([, specifier]) => {
    const literal = /^"([^"]+)"\s*$/.exec(specifier)?.[1];
    assert.ok(literal, `${path}: import(${specifier}) cannot be judged`);
    return { specifier: literal, isType: false };
  });
  return { path, code, imports: [...written, ...bare, ...lazy] };
}

/** `{ type A, type B }`: deno fmt leaves it so, and nothing of it is loaded. */
function namesTypesOnly(names: string): boolean {
  const inside = /^\{([^}]*)\}$/.exec(names)?.[1];
  return inside !== undefined && inside.split(",").every((name) => name.trim() === "" || /^type\s/.test(name.trim()));
}

/** Strings stay, so that what looks like a comment in one of them does not end the code. */
function withoutComments(code: string): string {
  const tokens = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return code.replace(tokens, (token) => token.startsWith("//") || token.startsWith("/*") ? " " : token);
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** What gives a file effects: the runtime, Node's modules, the AWS clients, other programs. */
function effectsOf({ code, imports }: Source): readonly string[] {
  const said = /\b(Deno|process|globalThis\.Deno)\./.test(withoutStrings(code)) ? ["Deno"] : [];
  const loaded = imports.filter((each) => !each.isType).map((each) => each.specifier);
  return [...said, ...loaded.filter((specifier) => /^(node:|@aws-sdk\/|@smithy\/|execa$)/.test(specifier))];
}

/** Files that load an effect, by themselves or by what they load. */
function effectful(path: string, seen = new Set<string>()): boolean {
  const source = sources.find((candidate) => candidate.path === path);
  if (source === undefined || seen.has(path)) return false;
  seen.add(path);
  if (effectsOf(source).length > 0) return true;
  return source.imports.filter((each) => !each.isType && each.specifier.startsWith("."))
    .some((each) => effectful(resolve(path, each.specifier), seen));
}

function committedFiles(): readonly string[] {
  const { success, stdout } = new Deno.Command("git", { args: ["ls-files", "-z"], cwd: root, stderr: "null" })
    .outputSync();
  assert.ok(success, "git ls-files must list the committed files");
  return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
}

Deno.test("this test sees every form of import", () => {
  const { imports } = parse(
    "src/example.ts",
    `import a, { b } from "./a.ts";
import {
  type C,
  d,
} from "./b.ts";
import type { E } from "./c.ts"; // import "./not.ts"
import { type F, type G } from "./d.ts";
import "./e.ts";
import * as h from "./f.ts";
export { i } from "./g.ts";
export * from "./h.ts";
export type { J } from "./i.ts";
export const k = 'import "./no.ts"', l = () => import("./j.ts"), m = () => import("./k.txt", { with: { type: "text" } });
/* import "./nor.ts" */`,
  );
  const told = imports.map(({ specifier, isType }) => `${specifier.slice(2, 3)}${isType ? " type" : ""}`).toSorted();
  assert.deepEqual(told, ["a", "b", "c type", "d type", "e", "f", "g", "h", "i type", "j", "k"]);
});

Deno.test("imports point in one direction: main, run, commands, engine, core", () => {
  assert.ok(sources.length > 20);
  const wrong = sources.flatMap(({ path, imports }) =>
    imports.filter((each) => each.specifier.startsWith("."))
      .map((each) => resolve(path, each.specifier))
      .filter((target) => target.startsWith("src/") && !(mayImport[layerOf(path)] ?? []).includes(layerOf(target)))
      .map((target) => `${path} imports ${target}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("commands and engine get their effects handed in: they load no file that has any", () => {
  const wrong = sources.filter(({ path }) => ["commands", "engine"].includes(layerOf(path))).flatMap((source) =>
    source.imports.filter((each) => !each.isType && each.specifier.startsWith("."))
      .map((each) => resolve(source.path, each.specifier))
      .filter((target) => layerOf(target) === "world" && effectful(target))
      .map((target) => `${source.path} loads ${target}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("only main.ts and world/ touch the runtime, Node, the AWS clients and other programs", () => {
  const wrong = sources.filter(({ path }) => !["main.ts", "world"].includes(layerOf(path)))
    .flatMap((source) => effectsOf(source).map((effect) => `${source.path}: ${effect}`));
  assert.deepEqual(wrong, []);
});

Deno.test("core depends on nothing but itself, and on no clock or chance", () => {
  const core = sources.filter(({ path }) => layerOf(path) === "core");
  assert.ok(core.length > 5);
  const packages = core.flatMap(({ path, imports }) =>
    imports.filter((each) => !each.specifier.startsWith(".")).map((each) => `${path}: ${each.specifier}`)
  );
  const impure = /\b(Date\.now|new Date\(\)|Math\.random|crypto\.(?!subtle\b)|fetch\(|setTimeout|console\.)/;
  const impurities = core.map(({ path, code }) => [path, impure.exec(withoutStrings(code))?.[0]])
    .filter(([, found]) => found !== undefined);
  assert.deepEqual([packages, impurities], [[], []]);
});

Deno.test("cli.ts imports nothing, because main.ts reads it before rights are given up", () => {
  assert.deepEqual(sources.find(({ path }) => path === "src/cli.ts")?.imports, []);
});

Deno.test("main.ts loads only cli.ts and the channels before rights are given up", () => {
  const main = sources.find(({ path }) => path === "src/main.ts")!;
  const early = main.code.slice(0, main.code.indexOf("revokeSync"));
  const loaded = main.imports.map((each) => each.specifier).filter((specifier) => early.includes(`"${specifier}"`));
  assert.deepEqual(loaded.toSorted(), ["./cli.ts", "./world/channels.ts"]);
  const channels = sources.find(({ path }) => path === "src/world/channels.ts")!;
  assert.deepEqual(channels.imports.filter((each) => !each.isType), []);
});

// zinit links every file outside completions/ that starts with "_" as a completion, and takes a functions/ folder at the root
// for zsh's autoload functions (zinit-install.zsh, zinit.zsh); fisher cannot copy into a folder that is a link.
Deno.test("the tree is one that every plugin manager takes", () => {
  const paths = committedFiles();
  assert.deepEqual(paths.filter((path) => path.startsWith("functions/")), []);
  const underscored = paths.filter((path) => path.split("/").at(-1)!.startsWith("_"));
  assert.deepEqual(underscored.filter((path) => !path.startsWith("completions/")), []);
  for (const folder of ["conf.d", "completions"]) {
    assert.ok(Deno.lstatSync(root + folder).isDirectory, `${folder} is no real folder`);
  }
});

Deno.test("every file that tells a version tells the same one", async () => {
  const read = (path: string) => Deno.readTextFile(root + path);
  const told: Record<string, string | undefined> = {
    "deno.json": JSON.parse(await read("deno.json")).version,
    "CHANGELOG.md": /^## \[?(\d+\.\d+\.\d+)/m.exec(await read("CHANGELOG.md"))?.[1],
  };
  for (const shell of ["zsh", "bash", "fish"]) {
    const text = await read(`shell/aws-use.${shell}`);
    told[`shell/aws-use.${shell}`] = /_aws_use_version[= ](\d+\.\d+\.\d+)/.exec(text)?.[1];
  }
  assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((path) => [path, version])));
});

Deno.test("the README's table of exit codes is that of errors.ts", async () => {
  const readme = await Deno.readTextFile(`${root}README.md`);
  const rows = [...readme.matchAll(/^\| *`?(\d+)`? *\| *(.*?) *\|/gm)].map((
    [, code, meaning],
  ) => [Number(code), meaning]);
  assert.deepEqual(rows, Object.entries(exitCodeMeanings).map(([code, meaning]) => [Number(code), meaning]));
  const told = Object.keys(exitCodeMeanings).map(Number).filter((code) => code !== 0);
  assert.deepEqual(Object.values(exitCodes).toSorted((a, b) => a - b), told);
});

Deno.test("--help has the settings of the README's section, and those of our own that profiles may have", async () => {
  const readme = await Deno.readTextFile(`${root}README.md`);
  const [, table, text] = /^### Settings\n(.*?)\n\n(In .*?)\n/ms.exec(readme)!;
  const documented = [...table.matchAll(/AWS_USE_\w+/g)].map(([name]) => name);
  assert.deepEqual(Object.keys(variables).toSorted(), documented.toSorted());
  const keys = [...text.matchAll(/`((?:aws_use|mfa)_\w+)/g)].map(([, name]) => name);
  assert.deepEqual(Object.keys(profileKeys).toSorted(), keys.toSorted());
  const config = `[default]\n${Object.keys(profileKeys).map((key) => `${key} = x\n`).join("")}`;
  const read = readConfig({ configText: config, configPath: "c", credentialsText: null, credentialsPath: "s" });
  assert.deepEqual(unknownSettings(read), []);
});

Deno.test("no committed file names a path of a developer's machine or a package registry's host", async () => {
  // Put together, so that this file is none of those that it looks for.
  const home = ["", "work", ""].join("/");
  const hosts = ["registry.npmjs", "files.pythonhosted", "pypi"].map((name) => `${name}.org`);
  const wrong: string[] = [];
  for (const path of committedFiles()) {
    const text = await Deno.readTextFile(root + path).catch(() => "");
    for (const word of [home, "/root/", "/Users/", ["..", "shared"].join("/"), [".", "library"].join(""), ...hosts]) {
      if (text.includes(word) && path !== "tests/architecture_test.ts") wrong.push(`${path}: ${word}`);
    }
  }
  assert.deepEqual(wrong, []);
});
