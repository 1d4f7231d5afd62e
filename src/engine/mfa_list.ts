/** `mfa list`: what AWS and the YubiKeys have, for a person and for scripts. */
import { jsonText } from "../core/json.ts";
import type { MfaRow } from "../core/mfa_table.ts";
import { shellWord } from "../core/shell_word.ts";
import { table } from "../core/table.ts";
import type { Failure } from "../errors.ts";
import { shown } from "../core/text.ts";
import type { Iam } from "./mfa_access.ts";
import { devicesOf } from "./mfa_devices.ts";

/** The list as text or as JSON, and why a key could not be read. Throws Failure for what AWS refuses. */
export async function listed(iam: Iam, asJson: boolean): Promise<{ text: string; unread?: Failure }> {
  const { rows: all, user, foreign, keys } = await devicesOf(iam);
  const unread = keys.find(({ failure }) => failure !== undefined)?.failure;
  const rows = all.filter((row) => row.at_aws || !foreign.has(row.serial));
  if (asJson) return { text: jsonText(rows), unread };
  if (all.length > 0) return { text: tableOf(all, foreign, unread !== undefined), unread };
  iam.world.output.err(
    `aws-use: ${shown(user.name)} has no MFA device; make one with: aws-use mfa enroll ${shellWord(iam.plan.profile)}`,
  );
  return { text: "", unread };
}

const words: Readonly<Record<MfaRow["state"], string>> = {
  ok: "ok",
  only_aws: "on no plugged key",
  only_key: "not at AWS",
};

function tableOf(rows: readonly MfaRow[], foreign: ReadonlySet<string>, isUnread: boolean): string {
  const cells = rows.map(({ serial, kind, keys, state, remark }) => [
    shown(serial),
    kind,
    keys.length > 0 ? keys.join(", ") : "-",
    state === "only_key" && foreign.has(serial)
      ? "another user's, or may be"
      : isUnread && state === "only_aws" && kind === "virtual"
      ? "not known: a key was not read"
      : remark ?? (kind === "hardware" && state === "only_aws" ? "ok" : words[state]),
  ]);
  return table(["DEVICE", "KIND", "YUBIKEYS", "STATE"], cells);
}
