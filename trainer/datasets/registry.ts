import { TinyError } from '../../protocols/errors.ts';
import {
  type Dataset,
  type DatasetReader,
  type LabelledRow,
  type RowSelection,
  rowsWhere,
  splitBy,
} from './dataset.ts';
import type { SplitRule } from './own-data.ts';
import { readSource } from './sources/sources.ts';
import { splitByRule } from './split-by-rule.ts';

/** What can be read: public data sets, each in its own layout, and a person's own tables and recordings. */
export const DATASET_NAMES = [
  'gesture',
  'local',
  'breathe',
  'swim',
  'rssi',
  'sp_sw_har',
  'magic_wand_digits',
  'uci_wifi_rooms',
  'sodindoorloc',
  'csv',
  'recordings',
] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/**
 * Read a data set, or the selected rows of it; its reader is loaded when it is wanted.
 * Throws `TinyError` for a path that holds no such set or no such rows.
 */
export async function readDataset(
  name: DatasetName,
  path: string,
  selection: RowSelection = {},
): Promise<Dataset> {
  const { where = {}, splitColumn, split } = selection;
  const read = await datasetReader(name);
  const dataset = (await readSource(name, path)) ?? (await read(path, selection));
  if (dataset.rows.length === 0) {
    throw new TinyError(
      `${path} has no row of ${name}: ${dataset.skipped[0] ?? 'it is empty'}`,
      'check that --data names the right set',
    );
  }
  const chosen = rowsWhere(dataset.rows, where);
  if (chosen.length === 0) throw noneWhere(name, dataset, where);
  if (splitColumn === undefined) return { ...dataset, rows: splitAnew(name, chosen, split) };
  if (!chosen.some(({ splits }) => splits[splitColumn] !== undefined)) {
    const known = [...new Set(chosen.flatMap(({ splits }) => Object.keys(splits)))];
    throw new TinyError(
      `no row of ${name} has a column "${splitColumn}"`,
      known.length > 0 ? `its rows are split by ${known.join(', ')}` : 'its rows are not split',
    );
  }
  return { ...dataset, rows: splitBy(chosen, splitColumn) };
}

/** A person's own rows that name no split are dealt: their recipe need not say anything. */
function splitAnew(name: DatasetName, rows: readonly LabelledRow[], rule: SplitRule | undefined) {
  const isOwn = name === 'csv' || name === 'recordings';
  const isSplit = rows.some(({ splits }) => splits.split !== undefined);
  if (rule === undefined && (isSplit || !isOwn)) return rows;
  return splitByRule(rows, rule ?? { by: 'group' });
}

function noneWhere(name: DatasetName, { rows }: Dataset, where: Readonly<Record<string, string>>): TinyError {
  const wanted = Object.entries(where).map(([tag, value]) => `${tag} ${value}`);
  const known = Object.keys(where).map((tag) => {
    const values = new Set(rows.flatMap(({ tags }) => tags?.[tag] ?? []));
    return `${tag}: ${values.size > 0 ? [...values].join(', ') : 'not named in this set'}`;
  });
  return new TinyError(`${name} has no row of ${wanted.join(' and ')}`, known.join('; '));
}

async function datasetReader(name: DatasetName): Promise<DatasetReader> {
  switch (name) {
    case 'gesture':
      return (await import('./gesture.ts')).readGesture;
    case 'local':
      return (await import('./local.ts')).readLocal;
    case 'breathe':
      return (await import('./breathe.ts')).readBreathe;
    case 'swim':
      return (await import('./swim.ts')).readSwim;
    case 'rssi':
      return (await import('./rssi.ts')).readRssi;
    case 'sp_sw_har':
      return (await import('./activity.ts')).readActivity;
    case 'magic_wand_digits':
      return (await import('./wand-digits.ts')).readWandDigits;
    case 'uci_wifi_rooms':
      return (await import('./wifi-rooms.ts')).readWifiRooms;
    case 'sodindoorloc':
      return (await import('./sodindoorloc.ts')).readSodIndoorLoc;
    case 'csv':
      return (await import('./own-csv.ts')).readOwnCsv;
    case 'recordings':
      return (await import('./own-recordings.ts')).readOwnRecordings;
  }
}
