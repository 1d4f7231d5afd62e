/** Times of whole programs, taken turn by turn so that a noisy machine is noisy for all of them. */

export interface Contender {
  readonly name: string;
  /** What must be so before each run; not timed. */
  prepare?(): Promise<void>;
  run(): Promise<void>;
}

export interface Times {
  readonly name: string;
  /** Milliseconds: the least is what the work takes, the median what a person feels. */
  readonly least: number;
  readonly median: number;
}

/** Times of each contender over `rounds` rounds, in their order. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<readonly Times[]> {
  const all = contenders.map((): number[] => []);
  for (const contender of contenders) {
    await contender.prepare?.();
    await contender.run();
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      await contender.prepare?.();
      const started = performance.now();
      await contender.run();
      all[index].push(performance.now() - started);
    }
  }
  return contenders.map(({ name }, index) => timesOf(name, all[index]));
}

export function timesOf(name: string, milliseconds: readonly number[]): Times {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return { name, least: sorted[0], median: sorted[Math.floor(sorted.length / 2)] };
}

/** Rows with their ratio to the first one, and whether it is within the budget; returns whether all were. */
export function print(rows: readonly (Times & { readonly budget?: number })[]): boolean {
  const width = Math.max(...rows.map(({ name }) => name.length));
  let within = true;
  for (const { name, least, median, budget } of rows) {
    const ratio = least / rows[0].least;
    const verdict = budget === undefined ? "" : ratio <= budget ? `  (at most ${budget})` : `  OVER ${budget}`;
    within &&= budget === undefined || ratio <= budget;
    console.log(
      `${name.padEnd(width)}  ${least.toFixed(1).padStart(7)} ms  median ${median.toFixed(1).padStart(7)} ms  ` +
        `${ratio.toFixed(2)} ×${verdict}`,
    );
  }
  return within;
}
