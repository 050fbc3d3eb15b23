import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { dataFiles, type FileKind, readDataFile } from './data-files.ts';
import { type DatasetReader, type LabelledRow, SPLITS } from './dataset.ts';
import { cutRuns, type LabelRun, tooShortNote } from './label-runs.ts';

const RECORDINGS: FileKind = { names: /\.jsonl(\.gz)?$/, described: '.jsonl or .jsonl.gz' };

/**
 * Recordings with labels over time, as `tinyllm` itself writes them (docs/recordings.md): a file or a folder of them. One
 * that names no group (person, session) is a session of its own. For a task that asks for one number, labels are its
 * values.
 */
export const readOwnRecordings: DatasetReader = async (path, { spec, ignoreLabels = [] } = {}) => {
  if (!spec) throw new Error('recordings are read for a task');
  const hash = createHash('sha256');
  const rows: LabelledRow[] = [];
  const tooShort: LabelRun[] = [];
  for (const file of await dataFiles(path, RECORDINGS)) {
    hash.update((await readDataFile(file)).bytes);
    for await (const recording of readRecordings(file)) {
      checkRecording(file, recording, spec);
      const { id, group = id } = recording;
      const runs = runsOf(basename(file), recording, spec, ignoreLabels);
      const cut = cutRuns(spec, { ...recording, group }, runs);
      rows.push(...cut.rows);
      tooShort.push(...cut.tooShort);
    }
  }
  return { rows, skipped: tooShortNote(tooShort, spec), hash: hash.digest('hex') };
};

function checkRecording(file: string, { id, channels, split }: Recording, spec: TaskSpec): void {
  const missing = spec.input.channels.find(({ channel }) => !channels.includes(channel));
  if (missing) {
    throw new TinyError(
      `${file}: recording ${id} has no channel ${missing.channel}, which task ${spec.name} reads`,
      `its channels are ${channels.join(', ')}`,
    );
  }
  if (split === undefined || SPLITS.some((name) => name === split)) return;
  throw new TinyError(
    `${file}: recording ${id} is of no split "${split}"`,
    `splits are ${SPLITS.join(', ')}`,
  );
}

/** The samples of each labelled span. */
function runsOf(file: string, recording: Recording, spec: TaskSpec, ignored: readonly string[]): LabelRun[] {
  const { id, timesUs, labels, split } = recording;
  const number = labelsOf(spec.answers).length === 0 ? numbersOf(spec.answers)[0] : undefined;
  const firstAt = (timeUs: number): number => {
    const i = timesUs.findIndex((time) => time >= timeUs);
    return i < 0 ? timesUs.length : i;
  };
  return labels
    .filter(({ label }) => !ignored.includes(label))
    .map(({ label, startUs, endUs }) => ({
      label,
      ...(number && { numbers: { [number.name]: Number(label) } }),
      splits: split === undefined ? {} : { split },
      from: firstAt(startUs),
      to: firstAt(endUs),
      idAt: (sample) => `${file}: ${id} at ${timesUs[sample]! / 1e6} s`,
    }));
}
