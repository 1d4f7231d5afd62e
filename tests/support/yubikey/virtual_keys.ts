import type { KeySeed } from "./card.ts";
import { servePcsc } from "./pcscd.ts";
import { createReader, type Reader } from "./reader.ts";
import type { TouchSettings } from "./touch_sensor.ts";

export type { KeySeed } from "./card.ts";
export type { SeedAccount } from "./oath.ts";
export type { TouchSettings } from "./touch_sensor.ts";

export interface KeysSeed extends TouchSettings {
  readonly keys: readonly KeySeed[];
}

export interface VirtualKeysSeed extends KeysSeed {
  /** Where the socket goes; short, because a socket's path has at most 107 bytes. */
  readonly directory: string;
}

/** Without a serial, the first key is meant. */
export interface WhichKey {
  readonly serial?: number;
}

export interface WhichTouch extends WhichKey {
  /** How long to wait until a touch is wanted; 10 s unless told. */
  readonly waitMs?: number;
}

/** YubiKeys that exist only in memory, for programs that reach smart cards through libpcsclite, such as ykman. */
export interface VirtualKeys {
  readonly socket: string;
  /** What a program's environment needs to see these keys and no others. */
  readonly env: Readonly<Record<string, string>>;
  /** Touches as soon as a touch is wanted; false when none was. */
  touch(which?: WhichTouch): Promise<boolean>;
  /** True as soon as a key wants a touch. */
  waitTouch(which?: WhichTouch): Promise<boolean>;
  remove(which?: WhichKey): void;
  insert(which?: WhichKey): void;
  /** Refuses the next `times` connections with "sharing violation"; 0 ends it, Infinity never does. */
  busy(times: number, which?: WhichKey): void;
  /** Resets the card, as another program would, before the next `times` OATH commands. */
  resetCard(times: number, which?: WhichKey): void;
  configureTouch(settings: TouchSettings, which?: WhichKey): void;
  isWaiting(which?: WhichKey): boolean;
  accountNames(which?: WhichKey): readonly string[];
  /** Touches wanted so far, all keys together. */
  readonly touchesAsked: number;
  /** Commands and answers so far, in hexadecimal, all keys together. */
  readonly apdus: readonly string[];
  /** Ends it all, as when pcscd is stopped; a second call does nothing. */
  stop(): Promise<void>;
}

export function startVirtualKeys(seed: VirtualKeysSeed): VirtualKeys {
  return startVirtualKeysAt(`${seed.directory}/pcscd.comm`, seed);
}

export function startVirtualKeysAt(socket: string, seed: KeysSeed): VirtualKeys {
  const readers = seed.keys.map((key, slot) => createReader(key, seed, slot));
  const server = servePcsc(socket, readers);

  function reader(which: WhichKey = {}): Reader {
    const found = which.serial === undefined
      ? readers[0]
      : readers.find((candidate) => candidate.card.serial === which.serial);
    if (found === undefined) throw new Error(`there is no virtual key ${which.serial ?? ""}`);
    return found;
  }

  let stopped: Promise<void> | undefined;
  const waitTouch = (which: WhichTouch = {}) => reader(which).card.touchSensor.waitUntilWanted(which.waitMs ?? 10_000);

  return {
    socket,
    env: { PCSCLITE_CSOCK_NAME: socket },
    waitTouch,
    touch: async (which) => await waitTouch(which) && reader(which).card.touchSensor.touch(),
    remove: (which) => reader(which).remove(),
    insert: (which) => reader(which).insert(),
    busy: (times, which) => reader(which).beBusy(times),
    resetCard: (times, which) => reader(which).beReset(times),
    configureTouch: (settings, which) => reader(which).card.touchSensor.configure(settings),
    isWaiting: (which) => reader(which).card.touchSensor.isWaiting,
    accountNames: (which) => reader(which).card.accountNames,
    get touchesAsked() {
      return readers.reduce((sum, { card }) => sum + card.touchSensor.timesAsked, 0);
    },
    get apdus() {
      return readers.flatMap(({ apdus }) => apdus);
    },
    stop: () => stopped ??= server.close(),
  };
}
