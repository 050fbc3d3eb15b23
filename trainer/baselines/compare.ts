import { RandomStream } from '../../model/random.ts';
import { BOOTSTRAP_SEED } from '../figures.ts';
import { accuracy, bootstrap95, confusionMatrix, type Interval, macroF1, type Scored } from '../metrics.ts';
import { type Difference, pairedBootstrap95 } from '../paired-bootstrap.ts';
import type { MethodAnswers } from './method-answers.ts';

/** What model and classical methods are compared by. */
export interface ComparedFigures {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ci95: { readonly accuracy: Interval; readonly macroF1: Interval };
  /** Accuracy, mean over the shifts of the window; null where it was not moved. */
  readonly shiftMean: number | null;
}

/** A classical method on the rows and shifts that the model was scored on. */
export interface BaselineReport extends ComparedFigures {
  readonly name: string;
  readonly shifts: Readonly<Record<string, number>> | null;
  /** The model's figure less this method's, over the same rows. */
  readonly modelMinusThis: { readonly accuracy: Difference; readonly macroF1: Difference };
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

/** The model's answers to the rows that the methods were asked. */
export interface ModelAnswers {
  /** To the rows in place, in the order in which the methods were asked. */
  readonly scored: readonly Scored[];
  /** How many labels the task has. */
  readonly labels: number;
  /** Of every row, where rows of one person or session are to be drawn together. */
  readonly groups?: readonly string[] | undefined;
}

export function compareBaselines(
  methods: readonly MethodAnswers[],
  { scored: model, labels, groups }: ModelAnswers,
): BaselineReport[] {
  const random = () => RandomStream.seeded(BOOTSTRAP_SEED);
  return methods.map(({ name, scored, shifts, windows, trainMs }) => {
    const confusion = confusionMatrix(scored, labels);
    const moved = Object.values(shifts);
    return {
      name,
      accuracy: accuracy(confusion),
      macroF1: macroF1(confusion),
      ci95: bootstrap95(scored, labels, random(), groups),
      shifts: moved.length > 0 ? shifts : null,
      shiftMean: moved.length > 0 ? moved.reduce((sum, share) => sum + share, 0) / moved.length : null,
      modelMinusThis: pairedBootstrap95(model, scored, labels, random(), groups),
      windows,
      trainMs,
    };
  });
}

/** The method to beat: the highest macro-F1, the first of equals. */
export const bestBaseline = (reports: readonly BaselineReport[]): BaselineReport | undefined =>
  reports.toSorted((a, b) => b.macroF1 - a.macroF1)[0];
