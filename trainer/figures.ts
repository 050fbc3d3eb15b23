import { RandomStream } from '../model/random.ts';
import { type Answers, labelsOf, type NumberSpec, numbersOf } from '../protocols/answers.ts';
import { type Answered, labelAnswers, meanAbsoluteErrors, positionErrorM } from './answered.ts';
import {
  accuracy,
  bootstrap95,
  confusionMatrix,
  type Interval,
  macroF1,
  percentiles,
  RESAMPLES,
  unitsOf,
} from './metrics.ts';

/** How good the answers to a set of rows are. Null: the task does not ask for it. */
export interface Figures {
  readonly accuracy: number | null;
  readonly macroF1: number | null;
  readonly ci95: {
    readonly accuracy: Interval | null;
    readonly macroF1: Interval | null;
    /** Absent where null stands below. */
    readonly mae?: Readonly<Record<string, Interval>>;
    readonly positionErrorM?: Interval;
  };
  /** Rows are the truth, columns the answers. */
  readonly confusion: {
    readonly labels: readonly string[];
    readonly rows: readonly (readonly number[])[];
  } | null;
  /** Mean absolute error of each number, in its unit. */
  readonly mae: Readonly<Record<string, number>> | null;
  /** Mean distance between the places answered and true, of a task that asks for `x` and `y` in metres. */
  readonly positionErrorM: number | null;
}

/** Figures of a task that asks for a label. */
export type LabelFigures<F extends Pick<Figures, 'accuracy' | 'macroF1' | 'ci95'> = Figures> = F & {
  readonly [K in keyof F & ('accuracy' | 'macroF1' | 'confusion' | 'ece' | 'unknown')]: NonNullable<F[K]>;
} & { readonly ci95: { readonly accuracy: Interval; readonly macroF1: Interval } };

export const hasLabels = <F extends Pick<Figures, 'accuracy' | 'macroF1' | 'ci95'>>(
  figures: F,
): figures is LabelFigures<F> => figures.accuracy !== null;

/** Intervals are the same at every run. */
export const BOOTSTRAP_SEED = 1;

/** @param groups of every row, where rows of one person or session are to be drawn together */
export function figuresOf(
  asked: Answers,
  answered: readonly Answered[],
  groups?: readonly string[],
): Figures {
  const labels = labelsOf(asked);
  const numbers = numbersOf(asked);
  const scored = labelAnswers(answered);
  const confusion = labels.length > 0 ? confusionMatrix(scored, labels.length) : undefined;
  const random = () => RandomStream.seeded(BOOTSTRAP_SEED);
  return {
    accuracy: confusion ? accuracy(confusion) : null,
    macroF1: confusion ? macroF1(confusion) : null,
    ci95: {
      ...(confusion
        ? bootstrap95(scored, labels.length, random(), groups)
        : { accuracy: null, macroF1: null }),
      ...(numbers.length > 0 && numberIntervals(numbers, answered, random(), groups)),
    },
    confusion: confusion ? { labels, rows: confusion } : null,
    mae: meanAbsoluteErrors(numbers, answered),
    positionErrorM: positionErrorM(numbers, answered),
  };
}

/** The errors of a task's numbers, for tables: the mean absolute error of each, then that of the position. */
export function numberFigures({ mae, positionErrorM: distance, ci95 }: Figures): {
  readonly name: string;
  readonly value: number;
  readonly ci95: Interval;
}[] {
  const errors = Object.entries(mae ?? {}).map(([name, value]) => ({
    name: `mean absolute error of ${name}`,
    value,
    ci95: ci95.mae![name]!,
  }));
  if (distance === null) return errors;
  return [...errors, { name: 'position error in m', value: distance, ci95: ci95.positionErrorM! }];
}

/** 95 % percentile bootstrap intervals of the errors of numbers, drawn as those of labels are (metrics.ts). */
function numberIntervals(
  numbers: readonly NumberSpec[],
  answered: readonly Answered[],
  random: RandomStream,
  groups?: readonly string[],
): Pick<Figures['ci95'], 'mae' | 'positionErrorM'> {
  const units = unitsOf(answered, groups);
  const errors = numbers.map((): number[] => []);
  const distances: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const sample = units.flatMap(() => units[random.integer(units.length)]!);
    const mae = meanAbsoluteErrors(numbers, sample)!;
    for (const [n, { name }] of numbers.entries()) errors[n]!.push(mae[name]!);
    const distance = positionErrorM(numbers, sample);
    if (distance !== null) distances.push(distance);
  }
  return {
    mae: Object.fromEntries(numbers.map(({ name }, n) => [name, percentiles(errors[n]!)])),
    ...(distances.length > 0 && { positionErrorM: percentiles(distances) }),
  };
}
