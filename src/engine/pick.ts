/** Asks the person which profile: the picker on the terminal, most used profiles first. */
import type { Config } from "../core/config.ts";
import { formatLeft } from "../core/duration.ts";
import { type Choice, matching, pressed, rendered, rowsOf, startPicker } from "../core/picker.ts";
import { absentFile } from "../core/profile.ts";
import { listProfiles } from "../core/profile_list.ts";
import { secondsUntil } from "../core/session.ts";
import { Failure } from "../errors.ts";
import { openCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { cachedUntil } from "./cached_until.ts";
import { readWorldConfig } from "./config.ts";

/** The chosen profile. Throws Failure("cancelled") for Esc and Ctrl-C, ("usage") without a terminal, ("config") without profiles. */
export async function pick(world: World): Promise<string> {
  if (!world.terminal.interactive) {
    throw new Failure("usage", "there is no terminal to pick a profile on", { hint: "name it: aws-use PROFILE" });
  }
  const { config } = await readWorldConfig(world, true);
  const choices = await choicesOf(world, config);
  if (choices.length === 0) {
    const absent = absentFile(config);
    throw new Failure("config", `there is no profile to pick${absent ? `: ${absent.why}` : ""}`, {
      hint: absent?.hint ?? "make one with: aws configure",
    });
  }
  const { terminal } = world;
  let picker = startPicker;
  let drawn: readonly string[] = [];
  const page = () => Math.max(3, Math.min(terminal.rows - 1, 15));
  const draw = () => {
    const lines = rendered(picker, choices, terminal.columns, page());
    terminal.draw(`${erase(drawn, terminal.columns)}${lines.join("\r\n")}\r`);
    drawn = lines;
  };
  const keys = terminal.keys();
  draw();
  try {
    for await (const key of keys) {
      if (key.kind === "escape" || key.kind === "interrupt") break;
      if (key.kind === "enter") {
        const chosen = matching(choices, picker.filter)[picker.selected];
        if (chosen) return chosen.name;
        continue;
      }
      picker = pressed(picker, key.kind === "text" ? { text: key.text } : key.kind, choices, page() - 2);
      draw();
    }
  } finally {
    terminal.draw(erase(drawn, terminal.columns));
  }
  throw new Failure("cancelled", "", { hint: "" });
}

/** Goes up from the start of the last line that was drawn to the first one, and takes all of them away. */
function erase(drawn: readonly string[], columns: number): string {
  const up = rowsOf(drawn.slice(0, -1), columns);
  return drawn.length === 0 ? "" : `${up > 0 ? `\x1b[${up}A` : ""}\r\x1b[J`;
}

async function choicesOf(world: World, config: Config): Promise<readonly Choice[]> {
  const cache = await openCache(world);
  const [uses, until] = await Promise.all([cache.uses(), cachedUntil(world, config)]);
  const active = world.environment.get("AWS_USE_ACTIVE") ?? world.environment.get("AWS_USE_PROFILE");
  return listProfiles(config, world.environment.all())
    .map((profile): Choice => {
      const expiresAt = until.get(profile.name);
      const cached = expiresAt === undefined ? "" : formatLeft(secondsUntil(expiresAt, world.clock.nowMs()));
      const role = profile.role_arn?.replace(/^.*:role\//, "") ?? "";
      return {
        name: profile.name,
        detail: [role, profile.account].filter(Boolean).join(" in "),
        mark: profile.name === active ? "active" : cached,
      };
    })
    .toSorted((a, b) => (uses.get(b.name) ?? 0) - (uses.get(a.name) ?? 0));
}
