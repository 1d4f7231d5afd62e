/** Yubico's ykman: is it there, and new enough. */
import { shown } from "../../core/text.ts";
import { broken, brokenBy, type Finding, ok } from "./finding.ts";
import type { KeysSeen } from "./keys_seen.ts";

const name = "ykman";

/** The first version whose commands are `ykman oath accounts …`. Source: NEWS of yubikey-manager, version 4.0.0. */
const oldest = 4;

export function checkYkman({ version }: KeysSeen): readonly Finding[] {
  if (typeof version !== "string") return [brokenBy(name, version)];
  if (Number.parseInt(version) >= oldest) return [ok(name, `version ${shown(version, 20)}`)];
  return [
    broken(
      name,
      "unavailable",
      `version ${shown(version, 20)} is too old: it must be ${oldest}.0 or newer`,
      "pipx install yubikey-manager, or: sudo apt install yubikey-manager",
    ),
  ];
}
