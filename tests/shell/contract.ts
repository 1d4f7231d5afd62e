/** What every plugin must do in every shell, as one table. */
import type { Case } from "./case.ts";
import { commandCases } from "./command_cases.ts";
import { doctorCases } from "./doctor_cases.ts";
import { guardCases } from "./guard_cases.ts";
import { inheritedCases } from "./inherited_cases.ts";
import { oddShellCases } from "./odd_shell_cases.ts";
import { offCases } from "./off_cases.ts";
import { promptCases } from "./prompt_cases.ts";
import { switchCases } from "./switch_cases.ts";
import { wireCases } from "./wire_cases.ts";

export const contract: readonly Case[] = [
  ...wireCases,
  ...commandCases,
  ...offCases,
  ...switchCases,
  ...promptCases,
  ...guardCases,
  ...inheritedCases,
  ...doctorCases,
  ...oddShellCases,
];
