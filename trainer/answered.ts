import { type Answer, type Answers, labelsOf, type NumberSpec, numbersOf } from '../protocols/answers.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import type { Scored } from './metrics.ts';

/** One answered window: the truth and what the model says, for everything that the task asks. */
export interface Answered {
  /** Absent where the task asks for numbers only. */
  readonly label?: Scored;
  /** In the order of the task's numbers; empty where it asks for a label only. */
  readonly numbers: readonly ScoredNumber[];
}

/** A number's truth, and mean and standard deviation of the answer, in its unit. */
export interface ScoredNumber {
  readonly truth: number;
  readonly mean: number;
  readonly sd: number;
}

/** An answer beside the truth of its row. */
export function answeredRow(asked: Answers, row: LabelledRow, { probs, value }: Answer): Answered {
  const labels = labelsOf(asked);
  const numbers = numbersOf(asked).map(({ name }): ScoredNumber => {
    const { mean, sd } = value![name]!;
    return { truth: row.numbers![name]!, mean, sd };
  });
  if (labels.length === 0) return { numbers };
  return {
    label: { truth: labels.indexOf(row.label), probs: labels.map((name) => probs[name]!) },
    numbers,
  };
}

/** What was answered in labels; nothing for a task that asks for numbers only. */
export const labelAnswers = (answered: readonly Answered[]): Scored[] =>
  answered.flatMap(({ label }) => label ?? []);

/** Mean absolute error of each number, in its unit; null for a task that asks for none. */
export function meanAbsoluteErrors(
  numbers: readonly NumberSpec[],
  answered: readonly Answered[],
): Record<string, number> | null {
  if (numbers.length === 0) return null;
  return Object.fromEntries(
    numbers.map(({ name }, i) => [
      name,
      meanOf(answered, ({ numbers: own }) => Math.abs(own[i]!.mean - own[i]!.truth)),
    ]),
  );
}

/**
 * Mean absolute error as a share of each number's range, averaged over the numbers: one figure by which models of one task
 * can be compared, whatever its units.
 */
export const relativeError = (
  numbers: readonly NumberSpec[],
  mae: Readonly<Record<string, number>>,
): number => numbers.reduce((sum, { name, min, max }) => sum + mae[name]! / (max - min), 0) / numbers.length;

/** Mean distance between the places answered and true, where a task asks for `x` and `y` in metres; else null. */
export function positionErrorM(numbers: readonly NumberSpec[], answered: readonly Answered[]): number | null {
  const [x, y] = ['x', 'y'].map((axis) =>
    numbers.findIndex(({ name, unit }) => name === axis && unit === 'm'),
  ) as [number, number];
  if (x < 0 || y < 0) return null;
  return meanOf(answered, ({ numbers: own }) =>
    Math.hypot(own[x]!.mean - own[x]!.truth, own[y]!.mean - own[y]!.truth),
  );
}

const meanOf = (answered: readonly Answered[], figure: (one: Answered) => number): number =>
  answered.reduce((sum, one) => sum + figure(one), 0) / answered.length;
