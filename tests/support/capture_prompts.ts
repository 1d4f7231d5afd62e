/**
 * Captures of the prompt in each shell, taken from a real terminal with the compiled core, the emulator and a virtual
 * YubiKey: docs/captures/SHELL.txt, and the same with its colors as SHELL.svg.
 *
 *     deno run -A tests/support/capture_prompts.ts
 */
import { promptSetups } from "../../src/core/prompt_setups.ts";
import { type Bench, core, startBench } from "./bench.ts";
import { type ColoredLine, coloredLines } from "./managers/colored_screen.ts";
import { openTerminal } from "./terminal.ts";

const root = new URL("../..", import.meta.url).pathname;
const columns = 64;

interface Shell {
  readonly program: string;
  /** Where the start-up file is, below HOME, and what it holds. */
  readonly path: string;
  readonly startUp: string;
  /** A line that makes the credentials expire in so many seconds. */
  expireIn(seconds: number): string;
}

const posix = (seconds: number) => `AWS_USE_EXPIRES_AT=${Math.floor(Date.now() / 1000) + seconds}\n`;

const shells: readonly Shell[] = [
  {
    program: "zsh",
    path: ".zshrc",
    startUp: `PROMPT='~ %% '\nAWS_USE_DANGER='*prod*'\nsource ${root}shell/aws-use.zsh\n${promptSetups.zsh.lines}`,
    expireIn: posix,
  },
  {
    program: "bash",
    path: ".bashrc",
    startUp: `PS1='~ $ '\nAWS_USE_DANGER='*prod*'\nsource ${root}shell/aws-use.bash\n${promptSetups.bash.lines}`,
    expireIn: posix,
  },
  {
    program: "fish",
    path: ".config/fish/config.fish",
    startUp: `set -g fish_greeting
function fish_prompt
    echo -n '~ > '
end
set -g AWS_USE_DANGER '*prod*'
source ${root}shell/aws-use.fish
${promptSetups.fish.lines}`,
    expireIn: (seconds) => `set -gx AWS_USE_EXPIRES_AT ${Math.floor(Date.now() / 1000) + seconds}\n`,
  },
];

/** The lines that a person sees in `shell`: a role, the same one as its time runs out, and one that AWS_USE_DANGER names. */
async function capture(shell: Shell): Promise<readonly ColoredLine[]> {
  await using bench = await startBench();
  const { home } = bench;
  await Deno.symlink(core, `${home}/bin/aws-use`);
  await Deno.mkdir(`${home}/.config/fish`, { recursive: true });
  await Deno.writeTextFile(`${home}/${shell.path}`, shell.startUp);
  await using terminal = await openTerminal([shell.program, "-i"], {
    cwd: home,
    columns,
    rows: 12,
    env: environment(bench),
  });
  const lines: ColoredLine[] = [];
  const keep = async (wanted: RegExp, line: string) => {
    await terminal.type(line);
    await terminal.press("Enter");
    await terminal.waitFor(wanted);
    lines.push(...coloredLines(await terminal.screen({ colors: true })));
  };
  const pass = async (seconds: number, wanted: RegExp) => {
    await Deno.writeTextFile(`${home}/time-passes`, shell.expireIn(seconds));
    await keep(wanted, "source ~/time-passes; clear");
  };
  // The last line is a prompt, on which the next thing happens.
  const activate = async (profile: string) => {
    lines.pop();
    await keep(new RegExp(`\\b${profile} (59m|1h)( ~|$)`, "m"), `aws-use ${profile}`);
    lines.pop();
    await pass(47 * 60 + 50, new RegExp(`^(?!.*clear).*${profile} 47m`));
  };
  await terminal.waitFor(/^~ [%$>]$/);
  await activate("admin");
  await pass(9 * 60 + 50, /^(?!.*clear).*admin 9m/);
  await pass(-1, /^(?!.*clear).*admin expired/);
  await activate("prod");
  return lines;
}

function environment({ env }: Bench): Record<string, string> {
  const { NO_COLOR: _, ...rest } = env;
  return { ...rest, PATH: `${env.PATH}:${Deno.env.get("PATH")}` };
}

const palette: Readonly<Record<string, string>> = {
  default: "#d0d0d0",
  red: "#ff6b6b",
  green: "#5fd787",
  yellow: "#ffd75f",
  magenta: "#ff87d7",
  blue: "#5fafff",
  cyan: "#5fd7d7",
};

function toSvg(lines: readonly ColoredLine[]): string {
  const [width, height, margin] = [8.43, 19, 14];
  const rows = lines.map(({ text, colors }, row) => {
    const y = margin + height * (row + 0.75);
    const spans = [...text].map((character, column) =>
      character === " "
        ? ""
        : `<tspan x="${(margin + column * width).toFixed(1)}" fill="${palette[colors[column]] ?? palette.default}">` +
          `${escapeXml(character)}</tspan>`
    );
    return `<text y="${y.toFixed(1)}">${spans.join("")}</text>\n`;
  });
  const size = `width="${columns * width + 2 * margin}" height="${lines.length * height + 2 * margin}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="monospace" font-size="14">
<rect width="100%" height="100%" rx="6" fill="#1c1c1c"/>
${rows.join("")}</svg>
`;
}

function escapeXml(character: string): string {
  return { "<": "&lt;", ">": "&gt;", "&": "&amp;" }[character] ?? character;
}

await Deno.mkdir(`${root}docs/captures`, { recursive: true });
for (const shell of shells) {
  const lines = await capture(shell);
  const text = lines.map((line) => `${line.text.trimEnd()}\n`).join("");
  await Deno.writeTextFile(`${root}docs/captures/${shell.program}.txt`, text);
  await Deno.writeTextFile(`${root}docs/captures/${shell.program}.svg`, toSvg(lines));
  console.log(`docs/captures/${shell.program}.txt, .svg`);
}
