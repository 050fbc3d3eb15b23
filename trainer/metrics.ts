import type { RandomStream } from '../model/random.ts';
import { groupBy } from './group-by.ts';

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
export const confusionMatrix = (scored: readonly Scored[], labels: number): number[][] =>
  countedCells(cellsOf(scored, labels), labels);

/** Where each answer falls in the confusion matrix, truth * labels + answer: all that a bootstrap needs to know of it. */
export const cellsOf = (scored: readonly Scored[], labels: number): number[] =>
  scored.map(({ truth, probs }) => truth * labels + argMax(probs));

export function countedCells(cells: readonly number[], labels: number): number[][] {
  const rows = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const cell of cells) rows[Math.floor(cell / labels)]![cell % labels]!++;
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
  return f1Sum(confusion).sum / confusion.length;
}

/**
 * The same over a drawn sample, in which some labels may not occur at all, above all where whole groups are drawn: the mean
 * over those that truly do. Counting the others 0 would put the whole interval below the figure it belongs to.
 */
export function macroF1OfDrawn(confusion: readonly (readonly number[])[]): number {
  const { sum, occurring } = f1Sum(confusion);
  return sum / Math.max(1, occurring);
}

function f1Sum(confusion: readonly (readonly number[])[]): { sum: number; occurring: number } {
  let sum = 0;
  let occurring = 0;
  for (const [label, row] of confusion.entries()) {
    const truly = row.reduce((a, b) => a + b, 0);
    const answered = confusion.reduce((total, other) => total + other[label]!, 0);
    if (truly > 0) occurring++;
    if (truly + answered === 0) continue;
    sum += (2 * row[label]!) / (truly + answered);
  }
  return { sum, occurring };
}

const CALIBRATION_BINS = 15;

/** The answers whose probability lies in one of 15 equal parts of [0, 1]. */
export interface CalibrationBin {
  readonly n: number;
  /** Share of them that are right; 0 where there are none. */
  readonly accuracy: number;
  /** Their probability on average; 0 where there are none. */
  readonly confidence: number;
}

/** What a reliability diagram shows (Guo et al., 2017, "On Calibration of Modern Neural Networks", figure 1). */
export function calibrationBins(scored: readonly Scored[]): CalibrationBin[] {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ n: 0, right: 0, confidence: 0 }));
  for (const { truth, probs } of scored) {
    const answer = argMax(probs);
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(probs[answer]! * CALIBRATION_BINS))]!;
    bin.n++;
    bin.confidence += probs[answer]!;
    if (answer === truth) bin.right++;
  }
  return bins.map(({ n, right, confidence }) =>
    n === 0 ? { n, accuracy: 0, confidence: 0 } : { n, accuracy: right / n, confidence: confidence / n },
  );
}

/** Expected calibration error: how far accuracy and confidence lie apart, on average over the answers (ibid., eq. 3). */
export const expectedCalibrationError = (scored: readonly Scored[]): number =>
  calibrationBins(scored).reduce(
    (sum, { n, accuracy, confidence }) => sum + (n / scored.length) * Math.abs(accuracy - confidence),
    0,
  );

export const RESAMPLES = 2000;

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
  const units = unitsOf(cellsOf(scored, labels), groups);
  const accuracies: number[] = [];
  const f1s: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const sample = units.flatMap(() => units[random.integer(units.length)]!);
    const confusion = countedCells(sample, labels);
    accuracies.push(accuracy(confusion));
    f1s.push(macroF1OfDrawn(confusion));
  }
  return { accuracy: percentiles(accuracies), macroF1: percentiles(f1s) };
}

const NORMAL_95 = 1.959964;

/** 95 % score interval of a share (Wilson, 1927) of independent rows: sound for few of them, and where all or none are right. */
export function wilson95(right: number, n: number): Interval {
  const share = right / n;
  const z2 = NORMAL_95 ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (NORMAL_95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** What 95 % of the drawn values lie between. Sorts them. */
export function percentiles(values: number[]): Interval {
  values.sort((a, b) => a - b);
  return [values[Math.floor(0.025 * values.length)]!, values[Math.ceil(0.975 * values.length) - 1]!];
}

/** What a bootstrap draws: single rows, or all rows of a group together. */
export function unitsOf<T>(rows: readonly T[], groups?: readonly string[]): T[][] {
  if (!groups) return rows.map((row) => [row]);
  return [...groupBy(rows, (_, i) => groups[i]!).values()];
}
