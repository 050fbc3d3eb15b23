import { createHash } from 'node:crypto';
import { numberIn, parseCsv } from './csv.ts';
import { dataFiles, type FileKind, readDataFile } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { splitColumns } from './rows.ts';

/**
 * Which of four rooms a phone is in, by seven access points (UCI "Wireless Indoor Localization", from github
 * joachimvalente/decision-tree-cart; its licence was not verified, so none of its rows may be passed on).
 */
const TABLES: FileKind = { names: /\.csv(\.gz)?$/, described: '.csv or .csv.gz' };
const ACCESS_POINTS = ['ap1', 'ap2', 'ap3', 'ap4', 'ap5', 'ap6', 'ap7'];
const CHANNELS = ACCESS_POINTS.map((name) => `rssi.${name}`);

/** The set states no rate: rows are single scans. A second stands for each. */
const NOMINAL_RATE_HZ = 1;

/** @param path the table, or a folder with tables: `ap1` .. `ap7` in dBm, `room`; `row`, `block`, `split` if known */
export const readWifiRooms: DatasetReader = async (path) => {
  const hash = createHash('sha256');
  const rows: LabelledRow[] = [];
  const skipped: string[] = [];
  for (const file of await dataFiles(path, TABLES)) {
    const { bytes, text } = await readDataFile(file);
    hash.update(bytes);
    const table = parseCsv(file, text, [...ACCESS_POINTS, 'room']);
    for (const { line, cells } of table.rows) {
      try {
        rows.push(
          wifiScan(line, Object.fromEntries(table.columns.map((name, c) => [name, cells[c]?.trim()]))),
        );
      } catch (error) {
        skipped.push(`${file}:${line}: ${(error as Error).message}`);
      }
    }
  }
  return { rows, skipped, hash: hash.digest('hex') };
};

export type Cells = Readonly<Record<string, string | undefined>>;

export function wifiScan(line: number, cells: Cells): LabelledRow {
  const { room: label, block } = cells;
  if (label === undefined || label === '') throw new Error('room is empty');
  const id = `scan-${cells.row ?? line}`;
  return {
    id,
    label,
    splits: splitColumns(cells),
    recording: {
      id,
      board: 'phone',
      channels: CHANNELS,
      rateHz: NOMINAL_RATE_HZ,
      nominalRate: true,
      // Blocks of consecutive rows are numbered anew in every room.
      ...(block === undefined ? {} : { group: `${label}-${block}` }),
      timesUs: Float64Array.of(0),
      values: Float64Array.from(ACCESS_POINTS, (name) => numberIn(cells[name])),
      labels: [{ label, startUs: 0, endUs: 1e6 / NOMINAL_RATE_HZ }],
    },
  };
}
