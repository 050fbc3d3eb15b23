import type { Recording } from '../../protocols/recording.ts';

/** What was recorded, in figures. */
export interface RecordedSummary {
  readonly id: string;
  readonly board: string;
  readonly channels: readonly string[];
  readonly readings: number;
  readonly rateHz: number;
  readonly seconds: number;
  /** Seconds of each label. */
  readonly labels: Readonly<Record<string, number>>;
}

export function summaryOf({ id, board, channels, timesUs, rateHz, labels }: Recording): RecordedSummary {
  const seconds: Record<string, number> = {};
  for (const { label, startUs, endUs } of labels)
    seconds[label] = (seconds[label] ?? 0) + (endUs - startUs) / 1e6;
  const rounded = Object.entries(seconds).map(([label, s]) => [label, Number(s.toFixed(3))] as const);
  return {
    id,
    board,
    channels,
    readings: timesUs.length,
    rateHz,
    seconds: Number(((timesUs.at(-1) ?? 0) / 1e6).toFixed(3)),
    labels: Object.fromEntries(rounded),
  };
}

/** A line for each recording, and where they are. */
export function describeRecorded(path: string, recorded: readonly RecordedSummary[]): string {
  const lines = recorded.map(({ id, readings, seconds, rateHz, labels }) => {
    const told = Object.entries(labels).map(([label, s]) => `${label} ${s.toFixed(1)} s`);
    return `${id}: ${readings} readings in ${seconds.toFixed(1)} s (${rateHz} Hz); ${told.join(', ') || 'no labels'}\n`;
  });
  return `${lines.join('')}written to ${path}\n`;
}
