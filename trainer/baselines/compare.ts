import { RandomStream } from '../../model/random.ts';
import { accuracy, bootstrap95, confusionMatrix, type Interval, macroF1, type Scored } from '../metrics.ts';
import { type Difference, pairedBootstrap95 } from '../paired-bootstrap.ts';
import type { MethodAnswers } from './method-answers.ts';

/** A classical method on the rows and shifts that the model was scored on. */
export interface BaselineReport {
  readonly name: string;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ci95: { readonly accuracy: Interval; readonly macroF1: Interval };
  readonly shifts: Readonly<Record<string, number>> | null;
  readonly shiftMean: number | null;
  /** The model's figure less this method's, over the same rows. */
  readonly modelMinusThis: { readonly accuracy: Difference; readonly macroF1: Difference };
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

/** How the model answered the rows that the methods were asked. */
export interface Judged {
  /** To the rows in place, in the methods' order. */
  readonly scored: readonly Scored[];
  /** How many there are. */
  readonly labels: number;
  readonly groups?: readonly string[] | undefined;
  readonly bootstrapSeed: number;
}

export function compareBaselines(
  methods: readonly MethodAnswers[],
  { scored: model, labels, groups, bootstrapSeed }: Judged,
): BaselineReport[] {
  const random = () => RandomStream.seeded(bootstrapSeed);
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

/** The method with the highest macro-F1; the first of equals. */
export const best = <Report extends { readonly macroF1: number }>(
  reports: readonly Report[],
): Report | undefined =>
  reports.reduce<Report | undefined>(
    (most, one) => (most && most.macroF1 >= one.macroF1 ? most : one),
    undefined,
  );
