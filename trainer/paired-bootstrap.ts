import type { RandomStream } from '../model/random.ts';
import {
  accuracy,
  cellsOf,
  countedCells,
  type Interval,
  macroF1OfDrawn,
  percentiles,
  RESAMPLES,
  type Scored,
  unitsOf,
} from './metrics.ts';

/** How far one figure lies above another, and its 95 % interval: a difference is shown where it leaves 0 out. */
export interface Difference {
  readonly value: number;
  readonly ci95: Interval;
}

/**
 * Paired bootstrap (Efron and Tibshirani, 1993, chapter 16; Koehn, 2004): both methods are scored on the same drawn rows,
 * so what is hard for both cancels. Rows of one group are drawn together.
 * @param ours and `theirs`: answers to the same rows in the same order
 */
export function pairedBootstrap95(
  ours: readonly Scored[],
  theirs: readonly Scored[],
  labels: number,
  random: RandomStream,
  groups?: readonly string[],
): { accuracy: Difference; macroF1: Difference } {
  const [mineOf, otherOf] = [cellsOf(ours, labels), cellsOf(theirs, labels)];
  const units = unitsOf([...ours.keys()], groups);
  const differenceOver = (rows: readonly number[]) => {
    const cellsIn = (cells: readonly number[]) => rows.map((row) => cells[row]!);
    const mine = countedCells(cellsIn(mineOf), labels);
    const other = countedCells(cellsIn(otherOf), labels);
    return {
      accuracy: accuracy(mine) - accuracy(other),
      macroF1: macroF1OfDrawn(mine) - macroF1OfDrawn(other),
    };
  };
  const drawn = Array.from({ length: RESAMPLES }, () =>
    differenceOver(units.flatMap(() => units[random.integer(units.length)]!)),
  );
  const all = differenceOver(units.flat());
  return {
    accuracy: { value: all.accuracy, ci95: percentiles(drawn.map((draw) => draw.accuracy)) },
    macroF1: { value: all.macroF1, ci95: percentiles(drawn.map((draw) => draw.macroF1)) },
  };
}
