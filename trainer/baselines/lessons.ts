import type { TaskSpec } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';
import { cutWindow, cutWindowOverGaps } from '../../protocols/windower.ts';
import { recordingsByAnswer } from '../augment/recombine.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import type { Recipe } from '../recipe-keys.ts';
import { rowWindow } from '../row-windows.ts';
import { drawsOf, TrainingWindows } from '../training-windows.ts';

/** A window that a classical method learns from, to be cut on whatever grid it reads. */
export interface Lesson {
  readonly row: LabelledRow;
  on(grid: TaskSpec): readonly Row[];
}

/** Windows of training rows, as often as they are asked for, always the same. */
export interface Lessons {
  /** Stands behind the method's name; empty for rows in place. */
  readonly name: string;
  of(rows: readonly LabelledRow[]): Iterable<Lesson>;
}

/**
 * Every row once for each shift in samples.
 * @param shifts [0]: rows in place
 */
export function inPlace(spec: TaskSpec, shifts: readonly number[] = [0]): Lessons {
  // A snapshot has no course to move along: its copies would only vote twice.
  const moves = spec.input.kind === 'rate' ? shifts : [0];
  return {
    name: moves.every((shift) => shift === 0) ? '' : 'moved',
    *of(rows) {
      for (const shift of moves) {
        for (const row of rows) yield { row, on: (grid) => rowWindow(grid, row, shift) };
      }
    },
  };
}

/**
 * The windows that the model learns from: drawn and augmented as `prepare` does it with the same seed, down to the last sample. Of
 * each row as many copies as the recipe makes, or fewer, so that there are no more than `mostWindows` (but one of each row).
 */
export const drawnAs = (
  { spec, windows }: { readonly spec: TaskSpec; readonly windows: Recipe['windows'] },
  seed: number,
  mostWindows: number,
): Lessons => ({
  name: 'augmented',
  *of(rows) {
    const copies = Math.min(windows.copies, Math.max(1, Math.floor(mostWindows / rows.length)));
    const alike = recordingsByAnswer(rows);
    for (const row of rows) {
      const drawn = new TrainingWindows(spec, windows, row, alike(row));
      for (let copy = 0; copy < copies; copy++) {
        const { recording, startUs, label } = drawn.draw(drawsOf(seed, row), copy);
        // What the model is not shown because too much of it is missing, the others are not shown either.
        if (cutWindow(spec, recording, startUs) === undefined) continue;
        yield { row: { ...row, label }, on: (grid) => cutWindowOverGaps(grid, recording, startUs).rows };
      }
    }
  },
});

/** Whether a recipe's windows are its rows in place and no more: one copy, not moved, not changed. */
export const drawsNothingNew = ({ copies, starts, recombine, augment }: Recipe['windows']): boolean =>
  copies === 1 &&
  !recombine &&
  augment.length === 0 &&
  starts.every(({ from, shiftSamples }) => from === 'row' && shiftSamples === 0);
