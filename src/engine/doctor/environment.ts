/** Variables that get in the way. */
import { environmentConflicts } from "../../core/environment_conflicts.ts";
import type { World } from "../../world/world.ts";
import type { FilesExamined } from "./config_files.ts";
import { type Finding, ok, warning } from "./finding.ts";

const name = "environment";

export function checkEnvironment(
  { environment, clock }: World,
  { config, isWhole }: FilesExamined,
): readonly Finding[] {
  const profiles = isWhole ? new Set(config.profiles.keys()) : null;
  const conflicts = environmentConflicts(environment.all(), clock.nowMs(), profiles);
  if (conflicts.length === 0) return [ok(name, "no variable gets in the way")];
  return conflicts.map(({ message, remedy }) => warning(name, message, remedy));
}
