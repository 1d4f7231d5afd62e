/** `aws-use doctor`: what is wrong here, and what mends it. Exit code: that of the first broken finding's kind. */
import type { Arguments } from "../arguments.ts";
import { hintIn } from "../core/hint.ts";
import { jsonText } from "../core/json.ts";
import { shown } from "../core/text.ts";
import { examine } from "../engine/doctor/examine.ts";
import type { Finding } from "../engine/doctor/finding.ts";
import { exitCodes } from "../errors.ts";
import type { World } from "../world/world.ts";

export async function command(given: Arguments, world: World): Promise<number> {
  const findings: Finding[] = [];
  const variables = world.environment.all();
  for await (const found of examine(world)) {
    const finding = { ...found, remedy: found.remedy && hintIn(variables, found.remedy) };
    findings.push(finding);
    if (!given.has("json")) world.output.out(inWords(finding));
  }
  world.output.out(given.has("json") ? asJson(findings) : `${sum(findings)}\n`);
  const kind = findings.find(({ state }) => state === "broken")?.kind;
  return kind ? exitCodes[kind] : 0;
}

/** Width of the longest name and state, so that the words stand in columns. */
const widths = { state: 7, name: 11 };

function inWords({ state, name, message, remedy }: Finding): string {
  const head = `${state.padEnd(widths.state)}  ${name.padEnd(widths.name)}  `;
  const lines = [`${head}${shown(message, 1000)}`];
  if (remedy) lines.push(`${" ".repeat(head.length)}remedy: ${shown(remedy, 1000)}`);
  return lines.map((line) => `${line}\n`).join("");
}

function asJson(findings: readonly Finding[]): string {
  const rows = findings.map(({ name, state, message, remedy }) => ({
    name,
    state,
    message: shown(message, 1000),
    remedy: remedy && shown(remedy, 1000),
  }));
  return jsonText(rows);
}

function sum(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  const [wrong, warned] = [count("broken"), count("warning")];
  if (wrong + warned === 0) return "all is well";
  return `${wrong} broken, ${warned} ${warned === 1 ? "warning" : "warnings"}`;
}
