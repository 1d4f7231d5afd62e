/** What an enrolment has made so far, and how it is taken back. */
import { shellWord } from "../core/shell_word.ts";
import { shown } from "../core/text.ts";
import { AwsError } from "../world/aws.ts";
import { type Iam, isNoSuchEntity } from "./mfa_access.ts";
import { deletionByHand } from "./mfa_checks.ts";
import { removeAccount } from "./oath_keys.ts";

/** Milliseconds that undoing may take after Ctrl-C: a key that waits for a touch, up to 15 s, and calls to a slow AWS. */
export const undoLimitMs = 60_000;

/** Something that was made, or may have been: the call that makes it got no answer. */
export interface Made {
  /** In words, for the person. */
  readonly what: string;
  /** What a person types to remove it. */
  readonly command: string;
  /** Takes it back; returns whether it was there. */
  remove(iam: Iam): Promise<boolean>;
}

/** The virtual MFA device at AWS, not enabled for anybody. */
export function madeDevice(serial: string, profile: string): Made {
  return {
    what: `the MFA device ${serial}`,
    command: deletionByHand(serial, profile),
    async remove(iam) {
      const { aws } = iam;
      try {
        await iam.read(
          "DeleteVirtualMFADevice",
          (target) => aws.deleteVirtualMfaDevice(target, serial, iam.world.signal),
        );
        return true;
      } catch (error) {
        if (isNoSuchEntity(error)) return false;
        throw error;
      }
    },
  };
}

/** The account on a YubiKey. */
export function madeAccount(serial: string, deviceSerial: string): Made {
  return {
    what: `the account on YubiKey ${deviceSerial}`,
    command: `ykman --device ${deviceSerial} oath accounts delete ${shellWord(serial)}`,
    remove: async (iam) => await removeAccount(iam, { deviceSerial, account: serial }),
  };
}

/**
 * Removes what was made, the device at AWS first, and tells of each what became of it. Ctrl-C is not heard meanwhile.
 *
 * Where AWS says that the device is in use after all, the accounts stay: without them the person would be locked out.
 * Returns what could not be removed.
 */
export async function undo(iam: Iam, made: readonly Made[]): Promise<readonly Made[]> {
  const left: Made[] = [];
  if (made.length === 0) return left;
  const { world } = iam;
  if (world.signal.aborted) {
    world.terminal.say(`aws-use: cancelled; removing what was made, for at most ${undoLimitMs / 1000} s`);
    world.terminal.say(`aws-use: Ctrl-C leaves it there; then: ${made.map(({ command }) => command).join("; ")}`);
  }
  const deaf = await iam.deaf();
  for (const [index, each] of made.entries()) {
    try {
      if (await each.remove(deaf)) world.terminal.say(`aws-use: removed again: ${each.what}`);
    } catch (error) {
      const why = error instanceof Error ? shown(error.message, 200) : "";
      world.terminal.say(`aws-use: could not remove ${each.what}: ${why}`);
      world.terminal.say(`aws-use: remove it with: ${each.command}`);
      if (isInUse(error)) return made.slice(index);
      left.push(each);
    }
  }
  return left;
}

function isInUse(error: unknown): boolean {
  return error instanceof AwsError && error.code.startsWith("DeleteConflict");
}
