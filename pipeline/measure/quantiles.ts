/** Of many durations, the one in the middle and the one which one in twenty exceeds. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

/** Each is one of the values; of none there are none: NaN. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

export const median = (values: readonly number[]): number => quantiles(values).p50;
