import { Progress } from '../../commandline/progress.ts';
import type { Brain } from '../../pipeline/brain.ts';
import { labelsOf } from '../../protocols/answers.ts';
import { TinyError, usageError } from '../../protocols/errors.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { evaluateStreams, type StreamReport } from '../stream-evaluation.ts';
import { recordingsFrom, recordingsOfSplit, type StreamRecordings } from '../streams/recordings.ts';

interface StreamFlags {
  readonly stream: boolean;
  readonly recordings?: string | undefined;
  readonly split?: string | undefined;
  readonly splitColumn?: string | undefined;
  readonly dataset: string;
}

/** What `--stream` asks for; undefined without it. Throws `TinyError` where the task has no labels or there is no such recording. */
export async function wantedRecordings(
  spec: TaskSpec,
  rows: readonly LabelledRow[],
  { stream, recordings: path, split, splitColumn, dataset }: StreamFlags,
): Promise<StreamRecordings | undefined> {
  if (!stream) {
    if (path === undefined) return undefined;
    throw usageError('--recordings says what to feed as a stream', 'add --stream, or leave it out');
  }
  if (labelsOf(spec.answers).length === 0) {
    throw usageError(
      `--stream scores labels, and task ${spec.name} asks for numbers only`,
      'leave --stream out: the rows of the set are scored without it',
    );
  }
  if (path !== undefined) return recordingsFrom(path, split);
  const whole = recordingsOfSplit(rows, split, splitColumn);
  if (whole.recordings.length > 0) return whole;
  throw whole.leftOut > 0
    ? new TinyError(
        `each of the ${whole.leftOut} recordings of ${dataset} has rows of other splits too`,
        'split by whole persons or recordings, or name recordings with --recordings FILE',
      )
    : new TinyError(
        `${dataset} has no labelled recordings beyond its rows`,
        'name some with --recordings FILE, such as recordings/gesture-stream.jsonl.gz',
      );
}

/** The labels that `--idle` names, with commas between. Throws a usage error for one that the task does not have. */
export function idleLabels(spec: TaskSpec, written: string | undefined): readonly string[] {
  const labels = labelsOf(spec.answers);
  const idle = written?.split(',').map((label) => label.trim()) ?? [];
  const stranger = idle.find((label) => !labels.includes(label));
  if (stranger === undefined) return idle;
  throw usageError(`--idle: task ${spec.name} has no label "${stranger}"`, `it has ${labels.join(', ')}`);
}

/** Every second of these recordings, with a bar of the seconds that have been read. */
export async function streamReport(
  brain: Brain,
  recordings: StreamRecordings,
  idle: readonly string[],
  signal: AbortSignal,
): Promise<StreamReport> {
  let bar: Progress | undefined;
  let shownS = 0;
  const onProgress = (doneS: number, totalS: number): void => {
    const total = Math.round(totalS);
    bar ??= new Progress({ sink: process.stderr, label: 'stream', unit: 'seconds of recordings', total });
    bar.advance(Math.round(doneS) - shownS);
    shownS = Math.round(doneS);
  };
  try {
    const { report } = await evaluateStreams(brain, recordings, { onProgress, signal, idle });
    return report;
  } finally {
    bar?.finish();
  }
}
