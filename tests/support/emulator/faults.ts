/** What goes wrong, on purpose. */
export type FaultKind =
  /** The answer comes `ms` later. */
  | { readonly kind: "latency"; readonly ms: number }
  /** AWS refuses, in these words. */
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message: string }
  /** 503 ServiceUnavailable. */
  | { readonly kind: "unavailable" }
  /** 400 Throttling, "Rate exceeded". */
  | { readonly kind: "throttle" }
  /** The connection is closed without an answer. */
  | { readonly kind: "reset" }
  /** 200 with a body that is no XML. */
  | { readonly kind: "garbage" }
  /** Bytes that are no HTTP. */
  | { readonly kind: "noise" }
  /** Nothing, for ever. */
  | { readonly kind: "silence" };

/** A fault and the calls that it meets. Plain data, so that it can come in as JSON. */
export type Fault = FaultKind & {
  /** The action it meets, `HEAD` for the unsigned request; every action when left out. */
  readonly action?: string;
  /** How many calls it meets: 1 unless said. */
  readonly times?: number | "always";
  /** How many calls it lets pass first. */
  readonly skip?: number;
  /** Whether AWS does the work all the same, so that only the answer is lost: `before` unless said. */
  readonly when?: "before" | "after";
};

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The faults that the next call of `action` meets: the sum of latencies and at most one that replaces the answer. */
  take(action: string): { readonly latencyMs: number; readonly fault?: Exclude<Fault, { kind: "latency" }> };
}

/** An empty list of faults. */
export function makeFaults(): Faults {
  let pending: { readonly fault: Fault; skip: number; left: number }[] = [];
  return {
    add(fault) {
      const left = fault.times === "always" ? Number.POSITIVE_INFINITY : fault.times ?? 1;
      pending.push({ fault, skip: fault.skip ?? 0, left });
    },
    clear() {
      pending = [];
    },
    take(action) {
      let latencyMs = 0;
      let taken: Exclude<Fault, { kind: "latency" }> | undefined;
      for (const entry of pending) {
        const { fault } = entry;
        if (fault.action !== undefined && fault.action !== action) continue;
        if (fault.kind !== "latency" && taken !== undefined) continue;
        if (entry.skip-- > 0) continue;
        entry.left--;
        if (fault.kind === "latency") latencyMs += fault.ms;
        else taken = fault;
      }
      pending = pending.filter((entry) => entry.left > 0);
      return { latencyMs, fault: taken };
    },
  };
}
