import { answerToReset, type Card, createCard, type KeySeed } from "./card.ts";
import { type Bytes, hex } from "./bytes.ts";
import { leaveCard, type ReaderState, result, shareExclusively } from "./pcsc_messages.ts";
import type { TouchSettings } from "./touch_sensor.ts";

/** One program's connection to the card in a reader, as SCardConnect gives it. */
export interface Handle {
  readonly reader: Reader;
  /** Resets and insertions that this handle knows of: with more of them it is told so, once. */
  resets: number;
  readonly insertions: number;
}

/** A reader with its one key, as pcscd sees a YubiKey on USB: no key, no reader. */
export interface Reader {
  readonly name: string;
  readonly card: Card;
  readonly isPlugged: boolean;
  readonly state: ReaderState;
  readonly apdus: readonly string[];
  /** A handle, or the result that refuses it. Waits, as pcscd does, until a running command has ended. */
  connect(share: number): Promise<Handle | number>;
  reconnect(handle: Handle, initialization: number): void;
  disconnect(handle: Handle, disposition: number): void;
  check(handle: Handle): number;
  begin(handle: Handle): number;
  end(handle: Handle): void;
  transmit(handle: Handle, command: Bytes): Promise<Bytes | number>;
  remove(): void;
  insert(): void;
  /** Refuses the next `times` connections, as when another program has the key for itself. */
  beBusy(times: number): void;
  /** Lets another program reset the card before the next `times` OATH commands. */
  beReset(times: number): void;
}

export function createReader(seed: KeySeed, touchSettings: TouchSettings, slot: number): Reader {
  const card = createCard(seed, touchSettings);
  const handles = new Set<Handle>();
  const apdus: string[] = [];
  let isPlugged = true;
  let insertions = 0;
  let resets = 0;
  let isExclusive = false;
  let transactionOf: Handle | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let refusalsLeft = 0;
  let resetsLeft = 0;
  // The number is pcscd's "reader 00, slot 00"; the words before it tell ykman which interfaces the key has.
  const name = `Yubico YubiKey OTP+FIDO+CCID ${slot.toString(16).padStart(2, "0").toUpperCase()} 00`;

  function reset(): void {
    card.reset();
    resets++;
  }

  function check(handle: Handle): number {
    if (!handles.has(handle)) return result.invalidHandle;
    if (!isPlugged || handle.insertions !== insertions) return result.cardWasRemoved;
    if (handle.resets !== resets) return result.cardWasReset;
    if (transactionOf !== undefined && transactionOf !== handle) return result.sharingViolation;
    return result.success;
  }

  return {
    name,
    card,
    apdus,
    get isPlugged() {
      return isPlugged;
    },
    get state() {
      return { name, events: insertions, handles: isExclusive ? -1 : handles.size, answerToReset };
    },
    async connect(share) {
      if (refusalsLeft > 0) {
        refusalsLeft--;
        return result.sharingViolation;
      }
      // In pcscd's order (SCardConnect in winscard.c): who has the card for itself is asked before waiting for a command.
      if (isExclusive || (share === shareExclusively && handles.size > 0)) return result.sharingViolation;
      await running;
      if (!isPlugged) return result.unknownReader;
      isExclusive = share === shareExclusively;
      const handle: Handle = { reader: this, resets, insertions };
      handles.add(handle);
      return handle;
    },
    reconnect(handle, initialization) {
      if (initialization !== leaveCard) reset();
      handle.resets = resets;
    },
    disconnect(handle, disposition) {
      handles.delete(handle);
      isExclusive = false;
      if (transactionOf === handle) transactionOf = undefined;
      if (disposition !== leaveCard) reset();
    },
    check,
    begin(handle) {
      const refusal = check(handle);
      if (refusal === result.success) transactionOf = handle;
      return refusal;
    },
    end(handle) {
      if (transactionOf === handle) transactionOf = undefined;
    },
    async transmit(handle, command) {
      const turn = running.then(async () => {
        if (resetsLeft > 0 && isOathWork(command)) {
          resetsLeft--;
          reset();
        }
        const refusal = check(handle);
        if (refusal !== result.success) return refusal;
        const answer = await card.transmit(command);
        apdus.push(`> ${hex(command)} < ${hex(answer)}`);
        return isPlugged && handle.insertions === insertions ? answer : result.cardWasRemoved;
      });
      running = turn.catch(() => {});
      return await turn;
    },
    remove() {
      isPlugged = false;
      insertions++;
      card.reset();
      card.touchSensor.cancel();
    },
    insert() {
      isPlugged = true;
      insertions++;
    },
    beBusy(times) {
      refusalsLeft = times;
    },
    beReset(times) {
      resetsLeft = times;
    },
  };
}

/** LIST or CALCULATE ALL, what ykman sends once it has found its key; SELECT shares the latter's number with P1 4. */
function isOathWork(command: Bytes): boolean {
  const [, instruction, p1] = command;
  return instruction === 0xa1 || (instruction === 0xa4 && p1 === 0);
}
