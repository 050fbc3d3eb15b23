import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { groupBy } from '../group-by.ts';

/** The recordings of all rows that have the same answer as a row, its own among them. */
export function recordingsByAnswer(rows: readonly LabelledRow[]): (row: LabelledRow) => readonly Recording[] {
  const answerOf = ({ label, numbers }: LabelledRow) => JSON.stringify([label, numbers]);
  const alike = [...groupBy(rows, answerOf)].map(
    ([key, group]) => [key, group.map(({ recording }) => recording)] as const,
  );
  const byAnswer = new Map(alike);
  return (row) => byAnswer.get(answerOf(row)) ?? [row.recording];
}

/**
 * A snapshot as it might as well have been put together: each channel's value comes from any of the recordings with the
 * same answer. For sets whose channels were not heard at one moment, where which value stands beside which says nothing.
 */
export function recombined(
  recording: Recording,
  alike: readonly Recording[],
  random: RandomStream,
): Recording {
  const width = recording.channels.length;
  const drawn = recording.channels.map((_, c) => alike[random.integer(alike.length)]!.values[c]!);
  return { ...recording, values: recording.values.map((_, k) => drawn[k % width]!) };
}
