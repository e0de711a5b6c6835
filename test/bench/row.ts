/** One line of the table: a figure, its limit from the same run, and what design.md asks for. */
export type Row = {
  readonly name: string;
  readonly figure: string;
  /** What the machine, or a rival, did in the same run. */
  readonly limit: string;
  /** figure ÷ limit, in the sense of `target`. */
  readonly ratio: number | undefined;
  readonly target: string;
  readonly met: boolean;
};

export type Bench = {readonly name: string; run(): Promise<readonly Row[]>};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Median of several runs, in ms. */
export async function medianMs(runs: number, action: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return median(times);
}

/**
 * What one call takes in the mean, in ms. Of signatures not the median: ML-DSA draws until a draw fits
 * (FIPS 204, rejection sampling), so that half of them take less than about 0.8 of the mean.
 */
export async function meanMs(runs: number, action: () => unknown): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) await action();
  return (performance.now() - start) / runs;
}

export const ms = (value: number): string =>
  value < 1 ? `${(value * 1000).toFixed(0)} µs` : `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
