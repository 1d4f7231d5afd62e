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
  readonly state: "ok" | "only_aws" | "only_key";
  /** What a person should know of this kind. */
  readonly remark?: string;
}

export interface KeyAccounts {
  readonly deviceSerial: string;
  readonly accounts: readonly string[];
}

const fidoRemark = "STS takes codes alone, so aws-use and the AWS CLI cannot use it";

/**
 * The devices in AWS's order, then what only a key holds: accounts that are named as devices of `account`. Accounts of
 * other AWS accounts are left out, because nothing is known of their devices.
 */
export function mfaRows(atAws: readonly string[], keys: readonly KeyAccounts[], account: string): readonly MfaRow[] {
  const holders = (serial: string) =>
    keys.filter(({ accounts }) => accounts.includes(serial)).map(({ deviceSerial }) => deviceSerial);
  const onKeys = new Set(keys.flatMap(({ accounts }) => accounts).filter((name) => isOf(name, account)));
  const onlyOnKeys = [...onKeys].filter((name) => !atAws.includes(name)).toSorted();
  return [
    ...atAws.map((serial): MfaRow => {
      const kind = kindOf(serial);
      const holding = holders(serial);
      return {
        serial,
        kind,
        at_aws: true,
        keys: holding,
        state: holding.length > 0 ? "ok" : "only_aws",
        ...(kind === "fido" ? { remark: fidoRemark } : {}),
      };
    }),
    ...onlyOnKeys.map((serial): MfaRow => ({
      serial,
      kind: kindOf(serial),
      at_aws: false,
      keys: holders(serial),
      state: "only_key",
    })),
  ];
}

function isOf(name: string, account: string): boolean {
  return isVirtual(name) && parseArn(name)?.account === account;
}
