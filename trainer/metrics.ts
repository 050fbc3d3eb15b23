import type { RandomStream } from '../model/random.ts';

/** One answered window: the truth and the model's probabilities, by label index. */
export interface Scored {
  readonly truth: number;
  readonly probs: ArrayLike<number>;
}

/** Index of the greatest probability; the first of equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Row-major counts (truth, answer). */
export function confusionMatrix(scored: readonly Scored[], labels: number): number[][] {
  const rows = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const { truth, probs } of scored) rows[truth]![argMax(probs)]!++;
  return rows;
}

export function accuracy(confusion: readonly (readonly number[])[]): number {
  let right = 0;
  let all = 0;
  for (const [i, row] of confusion.entries()) {
    right += row[i]!;
    for (const count of row) all += count;
  }
  return all === 0 ? 0 : right / all;
}

/**
 * Mean over the whole label set of F1 = 2 right / (answered so + truly so). A label that neither occurs nor is
 * answered counts 0, so figures over different rows of one task stay comparable.
 */
export function macroF1(confusion: readonly (readonly number[])[]): number {
  const labels = confusion.length;
  let sum = 0;
  for (let label = 0; label < labels; label++) {
    const truly = confusion[label]!.reduce((a, b) => a + b, 0);
    const answered = confusion.reduce((total, row) => total + row[label]!, 0);
    if (truly + answered > 0) sum += (2 * confusion[label]![label]!) / (truly + answered);
  }
  return sum / labels;
}

const ECE_BINS = 15;

/**
 * Expected calibration error over 15 equal-width bins of the answer's probability
 * (Guo et al., 2017, "On Calibration of Modern Neural Networks", equation 3).
 */
export function expectedCalibrationError(scored: readonly Scored[]): number {
  const bins = Array.from({ length: ECE_BINS }, () => ({ n: 0, right: 0, confidence: 0 }));
  for (const { truth, probs } of scored) {
    const answer = argMax(probs);
    const bin = bins[Math.min(ECE_BINS - 1, Math.floor(probs[answer]! * ECE_BINS))]!;
    bin.n++;
    bin.confidence += probs[answer]!;
    if (answer === truth) bin.right++;
  }
  return bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / scored.length;
}

const RESAMPLES = 2000;

export type Interval = readonly [low: number, high: number];

/**
 * 95 % percentile bootstrap intervals (Efron, 1979) over the scored rows. Rows of one group (person, session) are drawn
 * together where groups are given: they are not independent.
 */
export function bootstrap95(
  scored: readonly Scored[],
  labels: number,
  random: RandomStream,
  groups?: readonly string[],
): { accuracy: Interval; macroF1: Interval } {
  const units = groups ? grouped(scored, groups) : scored.map((one) => [one]);
  const accuracies: number[] = [];
  const f1s: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const sample = units.flatMap(() => units[random.integer(units.length)]!);
    const confusion = confusionMatrix(sample, labels);
    accuracies.push(accuracy(confusion));
    f1s.push(macroF1(confusion));
  }
  return { accuracy: percentiles(accuracies), macroF1: percentiles(f1s) };
}

function percentiles(values: number[]): Interval {
  values.sort((a, b) => a - b);
  return [values[Math.floor(0.025 * values.length)]!, values[Math.ceil(0.975 * values.length) - 1]!];
}

function grouped(scored: readonly Scored[], groups: readonly string[]): Scored[][] {
  const byGroup = new Map<string, Scored[]>();
  for (const [i, one] of scored.entries()) {
    const group = byGroup.get(groups[i]!);
    if (group) group.push(one);
    else byGroup.set(groups[i]!, [one]);
  }
  return [...byGroup.values()];
}
