import { answer, type Brain } from '../pipeline/brain.ts';
import { labelsOf } from '../protocols/answers.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import { argMax, type Scored } from './metrics.ts';
import { rowWindow } from './row-windows.ts';

/** Of the validation answers that are right, this share may be given as unknown .. */
const LOST_TO_UNKNOWN = 0.01;
/** .. but an answer above this is never unknown. */
const HIGHEST_THRESHOLD = 0.6;

/** Windows to which every answer is wrong, as the model is sure of them. */
export interface Negatives {
  /** `excluded`: its label is not on offer; `idle`: nothing happens. */
  readonly kind: 'excluded' | 'idle';
  /** (n) the probability of the answer to each. */
  readonly sureness: readonly number[];
}

/** How well a threshold keeps what is right from what no answer suits. */
export interface UnknownCalibration {
  readonly threshold: number;
  /** Share of the right answers that are not given as unknown. */
  readonly rightKept: number;
  readonly negatives: readonly {
    readonly kind: Negatives['kind'];
    readonly n: number;
    /** Share of them that are given as unknown. */
    readonly rejected: number;
    readonly auroc: number;
  }[];
}

/**
 * The probability below which an answer is given as unknown, from validation rows. Negatives are those rows with their own
 * label taken off the list and, where the task waits for a trigger, the rest before its events. A set of more labels may
 * hold one for rest, and noise may be "everything else": those are no negatives then.
 */
export async function calibrateUnknown(
  brain: Brain,
  rows: readonly LabelledRow[],
  signal?: AbortSignal,
): Promise<UnknownCalibration> {
  const { spec } = brain.task;
  const labels = labelsOf(spec.answers);
  const scored: Scored[] = [];
  const idle: number[] = [];
  const probsOf = async (row: LabelledRow, window: ReturnType<typeof rowWindow>): Promise<number[]> => {
    const { probs } = await answer(brain, row.recording.board, window);
    return labels.map((label) => probs[label]!);
  };
  for (const row of rows) {
    signal?.throwIfAborted();
    const window = rowWindow(spec, row, 0);
    scored.push({ truth: labels.indexOf(row.label), probs: await probsOf(row, window) });
    if (!spec.window.trigger) continue;
    // The row's first step all along: what the sensor says before anything comes near.
    const still = window.map(() => window[0]!);
    idle.push(Math.max(...(await probsOf(row, still))));
  }
  const kinds: Negatives[] = [
    { kind: 'excluded', sureness: excludedSureness(scored) },
    { kind: 'idle', sureness: idle },
  ];
  const negatives = kinds.filter(({ sureness }) => sureness.length > 0);
  const right = rightSureness(scored);
  return judgeThreshold(fitThreshold(right, negatives), right, negatives);
}

/**
 * The threshold with the greatest share of right answers kept plus share of negatives rejected (Youden, 1950, "Index for
 * rating diagnostic tests"), every kind of negatives weighing the same, among those which keep 99 % of the right answers
 * and are not above 0.6. It lies in the middle of the gap around it, where it is safest from both sides.
 *
 * @param right (n) probabilities of the right answers; without any, nothing is unknown
 */
export function fitThreshold(right: readonly number[], negatives: readonly Negatives[]): number {
  if (right.length === 0) return 0;
  const sorted = right.toSorted((a, b) => a - b);
  const highest = sorted[Math.floor(LOST_TO_UNKNOWN * sorted.length)]!;
  const marks = [...new Set([0, ...sorted, ...negatives.flatMap(({ sureness }) => sureness), 1])].sort(
    (a, b) => a - b,
  );
  let best = { threshold: 0, index: Number.NEGATIVE_INFINITY };
  for (const [i, mark] of marks.entries()) {
    const below = marks[i - 1] ?? mark;
    if (mark > highest || below >= HIGHEST_THRESHOLD) break;
    const threshold = Math.min(HIGHEST_THRESHOLD, (below + mark) / 2);
    const index = keptShare(right, threshold) + meanRejected(negatives, threshold);
    if (index > best.index) best = { threshold, index };
  }
  return best.threshold;
}

/** What a threshold does to right answers and to negatives of each kind. */
export const judgeThreshold = (
  threshold: number,
  right: readonly number[],
  negatives: readonly Negatives[],
): UnknownCalibration => ({
  threshold,
  rightKept: keptShare(right, threshold),
  negatives: negatives.map(({ kind, sureness }) => ({
    kind,
    n: sureness.length,
    rejected: 1 - keptShare(sureness, threshold),
    auroc: auroc(right, sureness),
  })),
});

/** Probabilities of those answers that are right. */
export const rightSureness = (scored: readonly Scored[]): number[] =>
  scored.flatMap(({ truth, probs }) => (argMax(probs) === truth ? [probs[truth]!] : []));

/**
 * How sure the model would be of something else if the true label were not on offer: the others, made to add up to 1
 * again. What a model that never learnt the class says is not this (that takes a training without it, for each), but what
 * this one says of a window that none of the labels left suits (Luce's choice axiom: without one option, the ratios of the
 * others stay). Two labels leave only one: no negatives.
 */
export const excludedSureness = (scored: readonly Scored[]): number[] =>
  scored.flatMap(({ truth, probs }) => {
    const others = Array.from(probs).filter((_, label) => label !== truth);
    const sum = others.reduce((a, b) => a + b, 0);
    if (others.length < 2) return [];
    return [sum > 0 ? Math.max(...others) / sum : 1 / others.length];
  });

/** The chance that a right answer is surer than a negative, ties counting half (Mann-Whitney); 0.5 where one has none. */
export function auroc(right: readonly number[], negatives: readonly number[]): number {
  if (right.length === 0 || negatives.length === 0) return 0.5;
  let wins = 0;
  for (const r of right) for (const n of negatives) wins += r > n ? 1 : r === n ? 0.5 : 0;
  return wins / (right.length * negatives.length);
}

const keptShare = (sureness: readonly number[], threshold: number): number =>
  sureness.length === 0 ? 1 : sureness.filter((p) => p >= threshold).length / sureness.length;

const meanRejected = (negatives: readonly Negatives[], threshold: number): number =>
  negatives.reduce((sum, { sureness }) => sum + 1 - keptShare(sureness, threshold), 0) /
  Math.max(1, negatives.length);
