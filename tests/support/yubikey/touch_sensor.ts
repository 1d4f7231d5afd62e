/** Seconds a YubiKey 5 blinks before it answers that nobody touched it, as measured on ykman: about 15. */
const realTouchTimeoutMs = 15_000;

export interface TouchSettings {
  /** `auto` is a person who touches after `touchDelayMs`; `manual` waits for `touch()`. */
  readonly touch?: "manual" | "auto";
  readonly touchDelayMs?: number;
  readonly touchTimeoutMs?: number;
}

/** The gold disc: somebody wants a touch, somebody gives it, or time runs out. */
export interface TouchSensor {
  /** Resolves to true when touched, to false when nobody did in time or the key was pulled. */
  wanted(): Promise<boolean>;
  /** Touches; false when no touch is wanted. */
  touch(): boolean;
  /** Ends a wait without a touch, as pulling the key does. */
  cancel(): void;
  /** Resolves to true as soon as a touch is wanted, to false after `limitMs`. */
  waitUntilWanted(limitMs: number): Promise<boolean>;
  configure(settings: TouchSettings): void;
  readonly isWaiting: boolean;
  readonly timesAsked: number;
}

export function createTouchSensor(initial: TouchSettings): TouchSensor {
  let settings = initial;
  let finish: ((touched: boolean) => void) | undefined;
  let timesAsked = 0;
  const listeners = new Set<() => void>();

  return {
    async wanted() {
      timesAsked++;
      const timers: number[] = [];
      const touched = await new Promise<boolean>((resolve) => {
        finish = resolve;
        timers.push(setTimeout(() => resolve(false), settings.touchTimeoutMs ?? realTouchTimeoutMs));
        if (settings.touch === "auto") timers.push(setTimeout(() => resolve(true), settings.touchDelayMs ?? 0));
        for (const listener of [...listeners]) listener();
      });
      timers.forEach(clearTimeout);
      finish = undefined;
      return touched;
    },
    touch() {
      finish?.(true);
      return finish !== undefined;
    },
    cancel() {
      finish?.(false);
    },
    waitUntilWanted(limitMs) {
      if (finish !== undefined) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (wanted: boolean) => {
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(wanted);
        };
        const listener = () => settle(true);
        const timer = setTimeout(() => settle(false), limitMs);
        listeners.add(listener);
      });
    },
    configure(changes) {
      settings = { ...settings, ...changes };
    },
    get isWaiting() {
      return finish !== undefined;
    },
    get timesAsked() {
      return timesAsked;
    },
  };
}
