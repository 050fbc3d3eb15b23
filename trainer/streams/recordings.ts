import { TinyError } from '../../protocols/errors.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import type { LabelledRow } from '../datasets/dataset.ts';

/** Whole recordings, to be read as a stream. */
export interface StreamRecordings {
  readonly recordings: readonly Recording[];
  /** Recordings of which only a part belongs to the split: the model may have learnt the rest. */
  readonly leftOut: number;
}

/**
 * The recordings from which the rows of a split were cut, with truth beside them, each once. One that also has rows of
 * another split is left out.
 *
 * @param split no split: all recordings
 */
export function recordingsOfSplit(
  rows: readonly LabelledRow[],
  split: string | undefined,
  column = 'split',
): StreamRecordings {
  const found = new Map<Recording, { group: string | undefined; inside: boolean; outside: boolean }>();
  for (const { context, recording, splits } of rows) {
    if (!context || context.labels.length === 0) continue;
    const isOfSplit = split === undefined || splits[column] === split;
    const before = found.get(context);
    found.set(context, {
      group: recording.group ?? before?.group,
      inside: isOfSplit || (before?.inside ?? false),
      outside: !isOfSplit || (before?.outside ?? false),
    });
  }
  const ofSplit = [...found].filter(([, { inside }]) => inside);
  const whole = ofSplit.filter(([, { outside }]) => !outside);
  return {
    recordings: whole.map(([recording, { group }]) =>
      group === undefined ? recording : { ...recording, group },
    ),
    leftOut: ofSplit.length - whole.length,
  };
}

/**
 * Recordings with labels from a file in this package's own format (docs/recordings.md); those that name another split are
 * not of it. Throws `TinyError` when there is none.
 */
export async function recordingsFrom(path: string, split: string | undefined): Promise<StreamRecordings> {
  const recordings: Recording[] = [];
  for await (const recording of readRecordings(path)) {
    const isOfSplit = split === undefined || recording.split === undefined || recording.split === split;
    if (isOfSplit && recording.labels.length > 0) recordings.push(recording);
  }
  if (recordings.length > 0) return { recordings, leftOut: 0 };
  throw new TinyError(
    `${path} has no labelled recording${split === undefined ? '' : ` of split "${split}"`}`,
    'labels are lines {"label", "start", "end"} of a recording: docs/recordings.md',
  );
}
