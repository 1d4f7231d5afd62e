/** The MFA devices of a user at AWS, put beside the OATH accounts of the YubiKeys that are plugged in. */
import { parseArn } from "./arn.ts";
import { isVirtual, kindOf, type MfaKind } from "./mfa_device.ts";

/** A row of `mfa list --json`: the names are a promise to scripts. */
export interface MfaRow {
  readonly serial: string;
  readonly kind: MfaKind;
  readonly at_aws: boolean;
  /** Serial numbers of the YubiKeys that hold an account of that name. */
  readonly keys: readonly string[];
  /** Null where a key could not be read, so that nobody knows whether it holds the account. */
  readonly state: "ok" | "only_aws" | "only_key" | null;
  /** What a person should know of this device. */
  readonly remark?: string;
}

export interface KeyAccounts {
  readonly deviceSerial: string;
  readonly accounts: readonly string[];
}

const fidoRemark = "STS takes codes alone, so aws-use and the AWS CLI cannot use it";

const unassignedRemark = "enabled for nobody: its enrolment or its removal was not finished";

export interface Seen {
  /** Serials of the user's devices at AWS. */
  readonly enabled: readonly string[];
  /** Serials of virtual devices at AWS that are enabled for nobody. */
  readonly unassigned: readonly string[];
  readonly keys: readonly KeyAccounts[];
  /** Whether every key was read. */
  readonly isComplete: boolean;
}

/**
 * The user's devices in AWS's order, those that are enabled for nobody, then what only a key holds: accounts that are named
 * as devices of `account`. Accounts of other AWS accounts are left out, because nothing is known of their devices.
 */
export function mfaRows({ enabled, unassigned, keys, isComplete }: Seen, account: string): readonly MfaRow[] {
  const atAws = [...enabled, ...unassigned];
  const holders = (serial: string) =>
    keys.filter(({ accounts }) => accounts.includes(serial)).map(({ deviceSerial }) => deviceSerial);
  const onKeys = new Set(keys.flatMap(({ accounts }) => accounts).filter((name) => isOf(name, account)));
  const onlyOnKeys = [...onKeys].filter((name) => !atAws.includes(name)).toSorted();
  return [
    ...enabled.map((serial): MfaRow => {
      const kind = kindOf(serial);
      const holding = holders(serial);
      return {
        serial,
        kind,
        at_aws: true,
        keys: holding,
        state: stateAtAws(kind, holding, isComplete),
        ...(kind === "fido" ? { remark: fidoRemark } : {}),
      };
    }),
    ...unassigned.map((serial): MfaRow => ({
      serial,
      kind: "virtual",
      at_aws: true,
      keys: holders(serial),
      state: "only_aws",
      remark: unassignedRemark,
    })),
    ...onlyOnKeys.map((serial): MfaRow => ({
      serial,
      kind: kindOf(serial),
      at_aws: false,
      keys: holders(serial),
      state: "only_key",
    })),
  ];
}

function stateAtAws(kind: MfaKind, holding: readonly string[], isComplete: boolean): MfaRow["state"] {
  // A token with a printed number can be on no key.
  if (kind === "hardware" || holding.length > 0) return "ok";
  return isComplete || kind !== "virtual" ? "only_aws" : null;
}

function isOf(name: string, account: string): boolean {
  return isVirtual(name) && parseArn(name)?.account === account;
}
