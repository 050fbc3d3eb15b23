import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import { dataFiles, type FileKind, readDataFile } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { cutRuns, type LabelRun, tooShortNote } from './label-runs.ts';

const RECORDINGS: FileKind = { names: /\.jsonl(\.gz)?$/, described: '.jsonl or .jsonl.gz' };

/**
 * Recordings with labels over time, as `tinyllm` itself writes them (docs/recordings.md): a file or a folder of them. One
 * that names no group (person, session) is a session of its own.
 */
export const readOwnRecordings: DatasetReader = async (path, { spec, ignoreLabels = [] } = {}) => {
  if (!spec) throw new Error('recordings are read for a task');
  const hash = createHash('sha256');
  const rows: LabelledRow[] = [];
  const tooShort: LabelRun[] = [];
  for (const file of await dataFiles(path, RECORDINGS)) {
    hash.update((await readDataFile(file)).bytes);
    for await (const recording of readRecordings(file)) {
      const { split, group = recording.id } = recording;
      const runs = runsOf(recording, ignoreLabels).map((run, i) => ({
        ...run,
        id: `${basename(file)}: ${recording.id}${i === 0 ? '' : `, label ${i + 1}`}`,
        splits: split === undefined ? {} : { split },
      }));
      const cut = cutRuns(spec, { ...recording, group }, runs);
      rows.push(...cut.rows);
      tooShort.push(...cut.tooShort);
    }
  }
  return { rows, skipped: tooShortNote(tooShort, spec), hash: hash.digest('hex') };
};

type Samples = Pick<LabelRun, 'label' | 'from' | 'to'>;

/** The samples of each labelled span. */
function runsOf({ timesUs, labels }: Recording, ignored: readonly string[]): Samples[] {
  const firstAt = (timeUs: number): number => {
    const i = timesUs.findIndex((time) => time >= timeUs);
    return i < 0 ? timesUs.length : i;
  };
  return labels
    .filter(({ label }) => !ignored.includes(label))
    .map(({ label, startUs, endUs }) => ({ label, from: firstAt(startUs), to: firstAt(endUs) }));
}
