/** `mfa list`: what AWS and the YubiKeys have, for a person and for scripts. */
import { jsonText } from "../core/json.ts";
import type { MfaRow } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { table } from "../core/table.ts";
import type { Failure } from "../errors.ts";
import { shown } from "../core/text.ts";
import { commandFor } from "./hint_command.ts";
import type { Iam } from "./mfa_access.ts";
import { devicesOf } from "./mfa_devices.ts";

/** The list as text or as JSON, and why a key could not be read. Throws Failure for what AWS refuses. */
export async function listed(iam: Iam, asJson: boolean): Promise<{ text: string; unread?: Failure }> {
  const { rows: all, user, foreign, unassigned, unread } = await devicesOf(iam);
  const rows = all.filter((row) => row.at_aws || !foreign.has(row.serial));
  if (asJson) return { text: jsonText(rows), unread };
  const { profile } = iam.plan;
  if (all.length === 0) {
    iam.world.output.err(
      `aws-use: ${shown(user.name)} has no MFA device; make one with: ${commandFor("mfa enroll", profile)}`,
    );
    return { text: "", unread };
  }
  for (const serial of unassigned) {
    const command = commandFor("mfa remove", profile, [`--name ${shellWord(serial)}`]);
    iam.world.output.err(`aws-use: note: ${shown(serial)} is enabled for nobody; delete it with: ${command}`);
  }
  return { text: tableOf(all, foreign), unread };
}

const words: Readonly<Record<NonNullable<MfaRow["state"]>, string>> = {
  ok: "ok",
  only_aws: "on no plugged key",
  only_key: "not at AWS",
};

function tableOf(rows: readonly MfaRow[], foreign: ReadonlySet<string>): string {
  const cells = rows.map((row) => [
    shown(row.serial),
    row.kind,
    row.keys.length > 0 ? row.keys.join(", ") : "-",
    stateOf(row, foreign),
  ]);
  return table(["DEVICE", "KIND", "YUBIKEYS", "STATE"], cells);
}

function stateOf({ serial, state, remark }: MfaRow, foreign: ReadonlySet<string>): string {
  if (remark !== undefined) return remark;
  if (state === null) return "not known: a key was not read";
  if (state === "only_key" && foreign.has(serial)) return "may be another user's";
  return words[state];
}
