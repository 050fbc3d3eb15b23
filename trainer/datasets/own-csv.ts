import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { isRateTask } from '../../protocols/task.ts';
import { groupBy } from '../group-by.ts';
import { channelColumns, csvColumns } from './csv-columns.ts';
import { type CsvLayout, type CsvLine, csvLines } from './csv-lines.ts';
import { csvRecording } from './csv-recording.ts';
import { dataFiles, type FileKind, readDataFile } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { cutRuns, type LabelRun, tooShortNote } from './label-runs.ts';

const TABLES: FileKind = { names: /\.csv(\.gz)?$/, described: '.csv or .csv.gz' };

/**
 * A person's own tables (docs/your-own-data.md), one file or a folder of them. Of a task on streams a line is a sample, and
 * rows are cut where the label stays the same; of a task on snapshots a line is a row.
 *
 * Refused whole, with file and line: a missing column, a line of another length, a cell that is no number, times that do
 * not ascend. What is only not known is an empty cell.
 */
export const readOwnCsv: DatasetReader = async (
  path,
  { spec, csv = csvColumns.parse({}), ignoreLabels = [] } = {},
) => {
  if (!spec) throw new Error('a table is read for a task');
  const channels = spec.input.channels.map(({ channel }) => channel);
  const layout: CsvLayout = { ...csv, spec, read: channelColumns(csv, channels), ignoreLabels };
  const hash = createHash('sha256');
  const rows: LabelledRow[] = [];
  const tooShort: LabelRun[] = [];
  for (const file of await dataFiles(path, TABLES)) {
    const { bytes, text } = await readDataFile(file);
    // Recordings without a name are called after their file.
    hash.update(`${basename(file)}\0`).update(bytes);
    const lines = csvLines(file, text, layout);
    if (!isRateTask(spec)) {
      rows.push(...lines.flatMap((line) => snapshot(line, channels)));
      continue;
    }
    for (const ofRecording of grouped(lines)) {
      const cut = cutRuns(spec, csvRecording(ofRecording, layout), runsOf(ofRecording));
      rows.push(...cut.rows);
      tooShort.push(...cut.tooShort);
    }
  }
  return { rows, skipped: tooShortNote(tooShort, spec), hash: hash.digest('hex') };
};

/** The lines of each recording, in the order in which recordings begin. */
const grouped = (lines: readonly CsvLine[]): CsvLine[][] => [
  ...groupBy(lines, ({ recording }) => recording).values(),
];

/** Where the answer stays the same. Lines without one lie in no run. */
function runsOf(lines: readonly CsvLine[]): LabelRun[] {
  const keys = lines.map(({ label, numbers, splits }) => JSON.stringify([label, numbers, splits]));
  const idAt = (sample: number): string => lines[sample]!.id;
  const runs: LabelRun[] = [];
  let from = 0;
  for (let to = 1; to <= lines.length; to++) {
    if (to < lines.length && keys[to] === keys[from]) continue;
    const { label, numbers, splits } = lines[from]!;
    if (label !== undefined) runs.push({ label, ...(numbers && { numbers }), splits, from, to, idAt });
    from = to;
  }
  return runs;
}

function snapshot(
  { id, label, numbers, splits, group, values }: CsvLine,
  channels: readonly string[],
): LabelledRow[] {
  if (label === undefined) return [];
  return [
    {
      id,
      label,
      ...(numbers && { numbers }),
      splits,
      recording: {
        id,
        board: 'table',
        channels,
        rateHz: 1,
        nominalRate: true,
        group,
        timesUs: Float64Array.of(0),
        values: Float64Array.from(values),
        labels: [{ label, startUs: 0, endUs: 1e6 }],
      },
    },
  ];
}
