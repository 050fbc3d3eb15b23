import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readDataFile } from '../data-files.ts';
import type { JsonLine } from '../json-lines.ts';
import { rowsFrom } from '../rows.ts';
import { AUTHORS_TEST, fingerprint, fingerprintSchema } from '../rssi.ts';
import { nearestPoint, type Place, ROOMS, type Room } from './rssi-places.ts';
import { namesIn, placeWith, type SourceLayout } from './source-layout.ts';

/**
 * Signal strengths as their authors publish them (github pspachos/RSSI-Dataset-for-Indoor-Localization-Fingerprinting):
 * `Scenario<room>/<radio>/<Database or Tests>/<point>.txt` with a line `Node A: -72` for every packet heard. Where the
 * points are stands in spreadsheets, which are not read: the places of rooms 2 and 3 are in `rssi-places.ts`. Room 1 has
 * no such files.
 */
export const rssiSource: SourceLayout = {
  find: (path) =>
    placeWith(path, [''], (names) => names.includes('Scenario2') && names.includes('Scenario3')),
  async read(folder) {
    const hash = createHash('sha256');
    const lines: JsonLine[] = [];
    const skipped: string[] = [];
    for (const [scenario, room] of ROOMS) {
      for (const technology of ['WiFi', 'BLE']) {
        for (const [part, name] of [['database', 'Database'] as const, ['test', 'Tests'] as const]) {
          const points = join(folder, `Scenario${scenario}`, technology, name);
          for (const { point, file } of await pointFiles(points)) {
            const place = room[part][point - 1];
            if (!place) {
              skipped.push(`${file}: where point ${point} lies is not known`);
              continue;
            }
            const { bytes, text } = await readDataFile(file);
            hash.update(bytes);
            const { strengths, strangers } = strengthsIn(text);
            skipped.push(...strangers.map((line) => `${file}:${line}: no line "Node A: -72"`));
            const where = { technology, scenario, part, point, ...placed(room, part, place) };
            lines.push(
              ...fingerprints(strengths, part).map((value) => ({
                where: file,
                value: { ...where, ...value },
              })),
            );
          }
        }
      }
    }
    const found = await rowsFrom(lines, fingerprintSchema, fingerprint);
    return { rows: found.rows, skipped: [...skipped, ...found.skipped], hash: hash.digest('hex') };
  },
};

type Part = 'database' | 'test';

const placed = (room: Room, part: Part, [x, y]: Place) =>
  part === 'test' ? { x, y, nearest_db_point: nearestPoint(room, [x, y]) } : { x, y };

/** `1.txt` .. or `T1.txt` .., by number. */
async function pointFiles(folder: string): Promise<{ point: number; file: string }[]> {
  return (await namesIn(folder))
    .flatMap((name) => {
      const point = /^T?(\d+)\.txt$/.exec(name)?.[1];
      return point === undefined ? [] : [{ point: Number(point), file: join(folder, name) }];
    })
    .sort((a, b) => a.point - b.point);
}

const NODES = ['A', 'B', 'C'] as const;
type Strengths = Record<(typeof NODES)[number], number[]>;

/** dBm of each transmitter, in the order in which they were heard; and which lines, from 1, are none. */
function strengthsIn(text: string): { strengths: Strengths; strangers: number[] } {
  const strengths: Strengths = { A: [], B: [], C: [] };
  const strangers: number[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const found = /^\s*Node ([ABC]): (-?\d+)\s*$/.exec(line);
    if (found) strengths[found[1] as keyof Strengths].push(Number(found[2]));
    else strangers.push(i + 1);
  }
  return { strengths, strangers };
}

/** The k-th strength of each transmitter; of a database point the first 70 % train, the next 10 % validate. */
function fingerprints(strengths: Strengths, part: Part): object[] {
  const n = Math.min(...NODES.map((node) => strengths[node].length));
  const splitAt = (k: number): string =>
    k < Math.floor(0.7 * n) ? 'train' : k < Math.floor(0.8 * n) ? 'validation' : 'test';
  return Array.from({ length: n }, (_, k) => ({
    k,
    ...Object.fromEntries(NODES.map((node) => [node, strengths[node][k]])),
    split_time: part === 'test' ? AUTHORS_TEST : splitAt(k),
  }));
}
