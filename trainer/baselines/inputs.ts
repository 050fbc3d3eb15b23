import type { TaskSpec } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';
import { windowFeatures } from './features.ts';

/** What a classical method is shown of a window. */
export interface InputKind {
  readonly name: string;
  of(rows: readonly Row[]): number[];
}

/** The resampled rows that the model's prompt is written from, before they are quantised to levels. */
export const rowValues: InputKind = { name: 'rows', of: (rows) => rows.flatMap((row) => [...row]) };

export const rowFeatures: InputKind = { name: 'features', of: windowFeatures };

/** A single row has no course in time to take features of. */
export const inputKinds = ({ window }: TaskSpec): readonly InputKind[] =>
  window.rows > 3 ? [rowValues, rowFeatures] : [rowValues];
