/** Where values lie along an axis. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** 0 at `low`, 1 at `high`. */
  share(value: number): number;
  /** Round values between the ends. */
  readonly ticks: readonly number[];
}

/** Least and greatest of the finite values; undefined when there is none. */
export function extent(values: Iterable<number>): readonly [low: number, high: number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : undefined;
}

/** About `count` round ticks; equal ends are moved apart, so that a constant lies in the middle. */
export function linearScale(from: number, to: number, count = 5): Scale {
  const margin = from === to ? Math.abs(from) / 10 || 1 : 0;
  const [low, high] = [from - margin, to + margin];
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - ROUNDING);
  const last = Math.floor(high / step + ROUNDING);
  return {
    low,
    high,
    share: (value) => (value - low) / (high - low),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step),
  };
}

/** Both ends positive; a tick at 1, 2 and 5 of each power of ten. */
export function logScale(from: number, to: number): Scale {
  const [low, high] = from === to ? [from / 2, to * 2] : [from, to];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number(`${digit}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return { low, high, share: (value) => Math.log(value / low) / Math.log(high / low), ticks };
}

/** A tick may miss an end by the rounding of floating point. */
const ROUNDING = 1e-9;

/** The least of 1, 2, 5, 10, .. that is not below. */
function roundStep(atLeast: number): number {
  const power = Math.floor(Math.log10(atLeast));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * 10 ** power >= atLeast * (1 - ROUNDING))!;
  return Number(`${digit}e${power}`);
}
