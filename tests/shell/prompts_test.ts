/** The lines of `aws-use prompt --setup`, pasted into the real prompts in a real terminal. */
import assert from "node:assert/strict";
import { promptSetups } from "../../src/core/prompt_setups.ts";
import { colorsOf } from "../support/managers/colored_screen.ts";
import { findTool, tried, wayTo } from "../support/managers/found.ts";
import { copyPlugin } from "../support/managers/plugin_folder.ts";
import { p10kSettings, type PromptScene, promptScenes } from "../support/managers/prompt_scenes.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { quietFish, withoutHistory } from "../support/quiet_home.ts";
import { removeFolder } from "../support/remove.ts";

/** Seconds left, what the prompt says then, and its color. */
const states = [
  { profile: "calm", left: 59 * 60 + 55, text: "calm 59m", color: "green" },
  { profile: "soon", left: 5 * 60 + 55, text: "soon 5m", color: "yellow" },
  { profile: "gone", left: -5, text: "gone expired", color: "red" },
  { profile: "prod", left: 59 * 60 + 55, text: "prod 59m", color: "magenta" },
] as const;

/** Names that a shell, a prompt or a terminal would obey, and what they look like when nobody does. */
const hostile = (home: string) => [
  { profile: "%F{red}%n%%%1v", text: "%F{red}%n%%%1v 59m" },
  { profile: `$(touch ${home}/ran)\${HOME}`, text: `$(touch ${home}/ran)\${HOME} 59m` },
  { profile: `\`touch ${home}/ran\``, text: `\`touch ${home}/ran\` 59m` },
  { profile: "a\\u\\[\\e[31m\\]\\x41b", text: "a\\u\\[\\e[31m\\]\\x41b 59m" },
  { profile: "\x1b[31mred\x1b]0;title\x07", text: "[31mred]0;title 59m" },
  { profile: "o'clock", text: "o'clock 59m" },
  { profile: '}"quotes"\'{$x', text: '}"quotes"\'{$x 59m' },
  { profile: "<red>anchor</>", text: "<red>anchor</> 59m" },
  { profile: "--color=red", text: "--color=red 59m" },
  { profile: "@PWD@", text: "@PWD@ 59m" },
];

for (const setup of Object.keys(promptSetups)) {
  Deno.test(`prompt --setup ${setup} is tried in a prompt`, () => {
    assert.ok(promptScenes.some((scene) => scene.setup === setup));
  });
}

for (const scene of tried(promptScenes)) {
  const name = nameOf(scene);
  const isMissing = scene.tool !== undefined && findTool(scene.tool) === undefined;
  const reason = isMissing ? `; ${wayTo(scene.tool!)}` : "";

  Deno.test({
    name:
      `prompt --setup ${name} shows profile and time left, colored by state, beside the person's own prompt${reason}`,
    ignore: isMissing,
    async fn() {
      await using person = await openPrompt(scene);
      const { terminal } = person;
      for (const { profile, left, text, color } of states) {
        await person.activate(profile, left);
        await terminal.waitFor((screen) => occurrences(screen, text) > 0 && screen.includes(scene.own));
        const screen = await terminal.screen({ colors: true });
        if (scene.isColored) assert.deepEqual(colorsOf(text, screen), [color], screen);
        assert.equal(occurrences(await terminal.screen(), text), 1, "pasting twice must not show it twice");
      }
      await person.deactivate();
      await terminal.waitFor((screen) => screen.includes(scene.own) && !screen.includes("59m"));
    },
  });

  Deno.test({
    name: `prompt --setup ${name} shows hostile profile names as they stand${reason}`,
    ignore: isMissing,
    async fn() {
      await using person = await openPrompt(scene);
      for (const { profile, text: exact } of hostile(person.home)) {
        const text = scene.shown?.(exact) ?? exact;
        await person.activate(profile, 59 * 60 + 55);
        await person.terminal.waitFor((screen) => screen.includes(text) && screen.includes(scene.own));
        const screen = await person.terminal.screen({ colors: true });
        if (scene.isColored) assert.deepEqual(colorsOf(text, screen), ["green"], screen);
      }
      await assert.rejects(Deno.stat(`${person.home}/ran`), Deno.errors.NotFound);
    },
  });
}

if (findTool("tide") !== undefined) {
  Deno.test("tide: a plugin that is removed leaves no item that every prompt would complain of", async () => {
    await using person = await openPrompt(promptScenes.find(({ setup }) => setup === "tide")!);
    await person.activate("calm", 59 * 60 + 55);
    await person.terminal.waitFor("calm 59m");
    for (const line of ["emit aws-use_uninstall", "clear", "echo $tide_right_prompt_items"]) {
      await person.terminal.type(line);
      await person.terminal.press("Enter");
    }
    const screen = await person.terminal.waitFor(/^status cmd_duration/m);
    assert.doesNotMatch(screen, /aws_use|Unknown command/);
  });
}

const strace = await new Deno.Command("strace", { args: ["-V"] }).output().then(() => true, () => false);

// Before fish 3.6 there is one for the time.
const isOld = ({ program = "" }: { readonly program?: string }) => /fish-3\.[45]/.test(program);

for (const scene of promptScenes.filter((scene) => scene.setup === scene.shell && !isOld(scene))) {
  Deno.test({
    name: `prompt --setup ${nameOf(scene)} starts no process at a prompt${strace ? "" : "; no strace"}`,
    ignore: !strace,
    async fn() {
      await using person = await openPrompt(scene, ["strace", "-f", "-qq", "-e", "trace=%process", "-o", "trace"]);
      await person.activate("calm", 59 * 60 + 55);
      await person.terminal.waitFor((screen) => occurrences(screen, "calm 59m") === 1);
      const before = await startsIn(`${person.home}/trace`);
      assert.ok(before > 0, "`clear` is a process that must be seen");
      for (let prompts = 2; prompts <= 6; prompts++) {
        await person.terminal.press("Enter");
        await person.terminal.waitFor((screen) => occurrences(screen, "calm 59m") === prompts);
      }
      assert.equal(await startsIn(`${person.home}/trace`), before);
    },
  });
}

/** How many processes the shell itself has started, threads left out: fish 4 reads manuals beside its first prompts. */
async function startsIn(trace: string): Promise<number> {
  const lines = (await Deno.readTextFile(trace)).split("\n");
  const shell = lines[0].split(" ")[0];
  const starts = new RegExp(`^${shell} +(fork|vfork|clone3?)\\(`);
  return lines.filter((line) => starts.test(line) && !line.includes("CLONE_THREAD")).length;
}

const p10k = findTool("powerlevel10k");

if (p10k !== undefined) {
  Deno.test("powerlevel10k's instant prompt shows what a new shell inherits, and nothing of the shell that recorded it", async () => {
    const home = await Deno.makeTempDir({ prefix: "au-" });
    await quietFish(home);
    try {
      await copyPlugin(`${home}/aws-use`);
      const cache = `${home}/.cache`;
      await Deno.mkdir(cache);
      // Stays with the instant prompt until the file "go" is there.
      await Deno.writeTextFile(
        `${home}/.zshrc`,
        `zmodload zsh/zselect
instant=(${cache}/p10k-instant-prompt-*.zsh(N))
if (( $#instant )); then
  source $instant
  until [[ -e ~/go ]]; do zselect -t 2; done
fi
source ${p10k}/powerlevel10k.zsh-theme
${p10kSettings}source ~/aws-use/aws-use.plugin.zsh
${promptSetups.powerlevel10k.lines}`,
      );
      const expiresAt = Math.floor(Date.now() / 1000) + 59 * 60 + 55;
      const person = { HOME: home, LANG: "C.UTF-8", USER: "tester", XDG_CACHE_HOME: cache, ...withoutHistory };
      const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", ...person };
      const active = { ...env, AWS_USE_PROFILE: "calm", AWS_USE_EXPIRES_AT: `${expiresAt}` };

      using changes = Deno.watchFs(cache);
      {
        await using first = await openTerminal(["zsh", "-i"], { cwd: home, columns: 160, env: active });
        await first.waitFor("calm 59m");
        for await (const _ of changes) if (hasInstantPrompt(cache)) break;
      }
      {
        await using second = await openTerminal(["zsh", "-i"], { cwd: home, columns: 160, env });
        assert.doesNotMatch(await second.waitFor("own-right"), /calm/);
        // A shell that is ended while it starts takes its instant prompt away.
        await Deno.writeTextFile(`${home}/go`, "");
        await second.type("rm ~/go; exit");
        await second.press("Enter");
        await second.ended;
      }
      const inherited = { ...active, AWS_USE_PROMPT: "heir 9m", AWS_USE_STATE: "expiring" };
      await using third = await openTerminal(["zsh", "-i"], { cwd: home, columns: 160, env: inherited });
      await third.waitFor("heir 9m");
      assert.deepEqual(colorsOf("heir 9m", await third.screen({ colors: true })), ["yellow"]);
      await Deno.writeTextFile(`${home}/go`, "");
      await third.waitFor("calm 59m");
    } finally {
      await removeFolder(home);
    }
  });
}

/** Whether powerlevel10k has written its instant prompt and, at last, the state without which it takes that away again. */
function hasInstantPrompt(cache: string): boolean {
  const names = [...Deno.readDirSync(cache)].map(({ name }) => name);
  const patterns = [/^p10k-instant-prompt-.*\.zsh$/, /^p10k-dump-.*\.zsh$/];
  return patterns.every((pattern) => names.some((name) => pattern.test(name)));
}

interface Person extends AsyncDisposable {
  readonly home: string;
  readonly terminal: Terminal;
  /** Clears the screen; the next prompt is drawn with `profile` active for so many more seconds. */
  activate(profile: string, secondsLeft: number): Promise<void>;
  deactivate(): Promise<void>;
}

function nameOf({ setup, variant }: PromptScene): string {
  return variant === undefined ? setup : `${setup} (${variant})`;
}

/** Opens the scene's shell, by way of the command `through`. */
async function openPrompt(scene: PromptScene, through: readonly string[] = []): Promise<Person> {
  const home = await Deno.makeTempDir({ prefix: "au-" });
  await quietFish(home);
  const plugin = `${home}/aws-use`;
  await copyPlugin(plugin);
  const folders = { home, plugin, tool: scene.tool === undefined ? "" : findTool(scene.tool)! };
  for (const [path, text] of Object.entries(scene.files(folders))) {
    await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${home}/${path}`, text);
  }
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: home,
    LANG: "C.UTF-8",
    USER: "tester",
    AWS_USE_DANGER: "*prod*",
    ...withoutHistory,
  };
  if (scene.install !== undefined) await install(scene, env);
  const terminal = await openTerminal([...through, scene.program ?? scene.shell, "-i"], {
    cwd: home,
    columns: 160,
    env,
  });
  const isFish = scene.shell === "fish";

  async function source(lines: readonly string[]): Promise<void> {
    await Deno.writeTextFile(`${home}/next`, lines.map((line) => `${line}\n`).join(""));
    await terminal.type("clear; source ~/next");
    await terminal.press("Enter");
  }

  const person: Person = {
    home,
    terminal,
    activate(profile, secondsLeft) {
      const expiresAt = Math.floor(Date.now() / 1000) + secondsLeft;
      return source(
        isFish
          ? [`set -gx AWS_USE_PROFILE ${fishWord(profile)}`, `set -gx AWS_USE_EXPIRES_AT ${expiresAt}`]
          : [`export AWS_USE_PROFILE=${shellWord(profile)}`, `export AWS_USE_EXPIRES_AT=${expiresAt}`],
      );
    },
    deactivate: () => source(isFish ? ["set -e AWS_USE_PROFILE"] : ["unset AWS_USE_PROFILE"]),
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      await removeFolder(home);
    },
  };
  try {
    await terminal.waitFor(scene.own);
  } catch (error) {
    await person[Symbol.asyncDispose]();
    throw error;
  }
  return person;
}

async function install({ shell, install = "" }: PromptScene, env: Record<string, string>): Promise<void> {
  // Its status says nothing: what it runs stops at `status is-interactive`.
  const { stderr } = await new Deno.Command(shell, { args: ["-c", install], clearEnv: true, env }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
}

function occurrences(screen: string, text: string): number {
  return screen.split(text).length - 1;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishWord(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
