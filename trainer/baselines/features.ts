import type { Row } from '../../protocols/window.ts';
import { quantile } from '../fit-quantisers.ts';

const MOST_BINS = 20;

/**
 * The usual features of activity recognition, channel by channel: mean, standard deviation, least, greatest, median,
 * interquartile range, mean step, magnitudes of the first 20 frequencies and the strongest of them; then the correlation of
 * each pair of channels. NaN where a channel has no value in the window.
 * @param rows (time steps, channels)
 */
export function windowFeatures(rows: readonly Row[]): number[] {
  const channels = Array.from(rows[0]!, (_, channel) => heldOver(rows.map((row) => row[channel]!)));
  const features = channels.flatMap((values) => [...moments(values), ...spectrum(values)]);
  for (const [i, a] of channels.entries()) {
    for (const b of channels.slice(i + 1)) features.push(correlation(a, b));
  }
  return features;
}

/** Missing values take the one before them, or the first there is. */
function heldOver(values: readonly number[]): number[] {
  let last = values.find((value) => !Number.isNaN(value)) ?? Number.NaN;
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function moments(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
  return [
    mean(values),
    Math.sqrt(covariance(values, values)),
    sorted[0]!,
    sorted.at(-1)!,
    quantile(sorted, 0.5),
    quantile(sorted, 0.75) - quantile(sorted, 0.25),
    mean(steps),
  ];
}

/** Magnitudes of the discrete Fourier transform from bin 1 (the mean is bin 0), and the index of the greatest. */
function spectrum(values: readonly number[]): number[] {
  const n = values.length;
  const cosine = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sine = Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n));
  const magnitudes: number[] = [];
  for (let bin = 1; bin <= Math.min(MOST_BINS, Math.floor(n / 2)); bin++) {
    let real = 0;
    let imaginary = 0;
    for (const [t, value] of values.entries()) {
      real += value * cosine[(bin * t) % n]!;
      imaginary -= value * sine[(bin * t) % n]!;
    }
    magnitudes.push(Math.hypot(real, imaginary));
  }
  return [...magnitudes, 1 + magnitudes.indexOf(Math.max(...magnitudes))];
}

function covariance(a: readonly number[], b: readonly number[]): number {
  const meanA = mean(a);
  const meanB = mean(b);
  return mean(a.map((value, i) => (value - meanA) * (b[i]! - meanB)));
}

/** Pearson's; 0 where a channel stands still. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const spread = Math.sqrt(covariance(a, a) * covariance(b, b));
  return spread === 0 ? 0 : covariance(a, b) / spread;
}
