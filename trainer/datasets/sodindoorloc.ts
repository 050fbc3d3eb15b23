import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { numberIn, parseCsv } from './csv.ts';
import { isFolder, readDataFile } from './data-files.ts';
import type { DatasetReader, LabelledRow } from './dataset.ts';
import { namesIn } from './sources/source-layout.ts';

/**
 * Where a phone is in two buildings, by the access points that it hears (github renwudao24/SODIndoorLoc; Bi et al.,
 * Satellite Navigation 3, 25, 2022). "An open dataset" without a licence file, so none of its rows may be passed on.
 *
 * `MAC..` are dBm, 100 where an access point was not heard; ECoord and NCoord metres; FloorID the floor. The scene is
 * not read: in CETC331 its codes are exchanged between the training and the test file.
 */
const FILES = /^(Training|Testing)_(CETC331|HCXY)_?(AP_30|AP)?\.csv(\.gz)?$/;

/** Coordinates are of a local system; answers count from here, east and north, in metres. */
const ORIGINS_M = { CETC331: { x: 40, y: 10 }, HCXY: { x: 850, y: 870 } } as const;
type Building = keyof typeof ORIGINS_M;

const NOT_HEARD = 100;
/** Rows are single scans. A second stands for each. */
const NOMINAL_RATE_HZ = 1;
/** Of the training file, by places in their order: all rows of every tenth place. */
const VALIDATION_EVERY = 10;

/**
 * Tags: `building`. The label is the floor; numbers are x and y in metres.
 * @param path a clone of the source, or a folder that holds the files of one or both buildings
 */
export const readSodIndoorLoc: DatasetReader = async (path) => {
  const hash = createHash('sha256');
  const rows: LabelledRow[] = [];
  const skipped: string[] = [];
  for (const file of await tablesIn(path)) {
    const { bytes, text } = await readDataFile(file);
    hash.update(bytes);
    const found = readTable(file, text);
    rows.push(...found.rows);
    skipped.push(...found.skipped);
  }
  return { rows, skipped, hash: hash.digest('hex') };
};

async function tablesIn(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return [path];
  const files: string[] = [];
  for (const folder of [path, join(path, 'CETC331'), join(path, 'HCXY')]) {
    const names = (await namesIn(folder)).filter((name) => FILES.test(name));
    files.push(...names.map((name) => join(folder, name)));
  }
  if (files.length === 0) {
    throw new TinyError(
      `${path} holds no Training_CETC331.csv, Testing_CETC331.csv, Training_HCXY_AP_30.csv or Testing_HCXY_AP.csv`,
      'give the folder that holds them, or a clone of the source, with --data',
    );
  }
  return files;
}

function readTable(file: string, text: string): { rows: LabelledRow[]; skipped: string[] } {
  const [, kind, building] = FILES.exec(basename(file)) ?? [];
  if (!kind || !building)
    throw new TinyError(`${file} is no file of SODIndoorLoc`, 'keep the names of the source');
  const { columns, rows: lines } = parseCsv(file, text, ['ECoord', 'NCoord', 'FloorID']);
  const anchors = columns.filter((name) => /^MAC\d+$/.test(name));
  const places = new Map<string, number>();
  const rows: LabelledRow[] = [];
  const skipped: string[] = [];
  for (const { line, cells } of lines) {
    const cell = (name: string): number => numberIn(cells[columns.indexOf(name)]);
    try {
      const origin = ORIGINS_M[building as Building];
      const x = fromOrigin(cell('ECoord'), origin.x);
      const y = fromOrigin(cell('NCoord'), origin.y);
      const label = String(cell('FloorID'));
      const values = Float64Array.from(anchors, (name) => heard(cell(name)));
      const place = `${building}-${x}-${y}-${label}`;
      if (!places.has(place)) places.set(place, places.size);
      const isValidation = places.get(place)! % VALIDATION_EVERY === VALIDATION_EVERY - 1;
      const id = `${building}-${kind.toLowerCase()}-${line - 2}`;
      rows.push({
        id,
        label,
        numbers: { x, y },
        splits: { split: kind === 'Testing' ? 'test' : isValidation ? 'validation' : 'train' },
        tags: { building },
        recording: {
          id,
          board: 'phone',
          channels: anchors.map((name) => `rssi.${name.toLowerCase()}`),
          rateHz: NOMINAL_RATE_HZ,
          nominalRate: true,
          // Test places of CETC331 are training places again: what is held out there is a visit, not a place.
          group: `${kind.toLowerCase()}-${place}`,
          timesUs: Float64Array.of(0),
          values,
          labels: [{ label, startUs: 0, endUs: 1e6 / NOMINAL_RATE_HZ }],
        },
      });
    } catch (error) {
      skipped.push(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  return { rows, skipped };
}

/** To the millimetre, which is what the source gives. */
const fromOrigin = (coordinate: number, origin: number): number => Number((coordinate - origin).toFixed(3));

const heard = (dBm: number): number => (dBm === NOT_HEARD ? Number.NaN : dBm);
