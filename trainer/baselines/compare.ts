import { RandomStream } from '../../model/random.ts';
import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { accuracy, bootstrap95, confusionMatrix, type Interval, macroF1, type Scored } from '../metrics.ts';
import { type Difference, pairedBootstrap95 } from '../paired-bootstrap.ts';
import { rowWindow } from '../row-windows.ts';
import type { Baseline } from './train-baselines.ts';

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

/** What the model was scored on, and how it answered there. */
export interface Judged {
  readonly spec: TaskSpec;
  readonly rows: readonly LabelledRow[];
  readonly shifts: readonly number[];
  /** The model's answers to the rows in place. */
  readonly scored: readonly Scored[];
  readonly groups: readonly string[] | undefined;
  readonly bootstrapSeed: number;
}

export function compareBaselines(baselines: readonly Baseline[], judged: Judged): BaselineReport[] {
  const { spec, rows, shifts, scored, groups, bootstrapSeed } = judged;
  const labels = labelsOf(spec.answers);
  const random = () => RandomStream.seeded(bootstrapSeed);
  return baselines.map(({ name, inputs, classifier, windows, trainMs }) => {
    const answers = (shift: number): Scored[] => {
      const asked = rows.map((row) => inputs.of(rowWindow(inputs.grid, row, shift)));
      const truths = rows.map(({ label }) => labels.indexOf(label));
      return classifier.probabilities(asked).map((probs, i) => ({ truth: truths[i]!, probs }));
    };
    const own = answers(0);
    const confusion = confusionMatrix(own, labels.length);
    const byShift = shifts.map((shift): [string, number] => [
      String(shift),
      accuracy(confusionMatrix(shift === 0 ? own : answers(shift), labels.length)),
    ]);
    return {
      name,
      accuracy: accuracy(confusion),
      macroF1: macroF1(confusion),
      ci95: bootstrap95(own, labels.length, random(), groups),
      shifts: byShift.length > 0 ? Object.fromEntries(byShift) : null,
      shiftMean:
        byShift.length > 0 ? byShift.reduce((sum, [, share]) => sum + share, 0) / byShift.length : null,
      modelMinusThis: pairedBootstrap95(scored, own, labels.length, random(), groups),
      windows,
      trainMs,
    };
  });
}
