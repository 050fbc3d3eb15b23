import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { TinyError } from '../../../protocols/errors.ts';
import { readDataFile } from '../data-files.ts';
import type { LabelledRow } from '../dataset.ts';
import { wifiScan } from '../wifi-rooms.ts';
import { FURTHER, placeWith, type SourceLayout } from './source-layout.ts';

const FILE = 'wifi_localization.txt';

/**
 * Four rooms by seven access points as they are published (UCI "Wireless Indoor Localization", from github
 * joachimvalente/decision-tree-cart): seven strengths in dBm and the room, with tabs between, and no line of names.
 * There is no split: blocks of 25 neighbouring rows of a room stay together.
 */
export const wifiRoomsSource: SourceLayout = {
  async find(path) {
    if (basename(path) === FILE) return path;
    const folder = await placeWith(path, [''], (names) => names.includes(FILE));
    return folder === undefined ? undefined : join(folder, FILE);
  },
  async read(file) {
    const { bytes, text } = await readDataFile(file);
    const rows: LabelledRow[] = [];
    const skipped: string[] = [];
    const ofRoom = new Map<string, number>();
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === '') continue;
      const cells = line.split('\t').map((cell) => cell.trim());
      const room = cells[7] ?? '';
      const rank = ofRoom.get(room) ?? 0;
      ofRoom.set(room, rank + 1);
      const block = Math.floor(rank / BLOCK_ROWS);
      try {
        if (cells.length !== 8) throw new Error(`${cells.length} columns, wanted are 8`);
        rows.push(
          wifiScan(i + 1, {
            ...Object.fromEntries(cells.slice(0, 7).map((cell, c) => [`ap${c + 1}`, cell])),
            row: String(i),
            room,
            block: String(block),
            split: splitOf(room, block),
          }),
        );
      } catch (error) {
        skipped.push(`${file}:${i + 1}: ${(error as Error).message}`);
      }
    }
    if (rows.length === 0) {
      throw new TinyError(
        `${file} has no row of the set: ${skipped[0] ?? 'it is empty'}`,
        'download it again',
      );
    }
    return { rows, skipped, hash: createHash('sha256').update(bytes).digest('hex') };
  },
};

const BLOCK_ROWS = 25;

/** By room, its blocks: drawn once at random, so they are written down. */
const BLOCKS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  '1': { train: [0, 3, 4, 6, 8, 9, 14, 15, 16], validation: [7], test: [10, 11, 13, 18] },
  '2': { train: [1, 2, 9, 10, 11, 14, 15, 16, 18], validation: [7], test: [0, 5, 13, 19] },
  '3': { train: [1, 2, 3, 4, 6, 9, 14, 18, 19], validation: [5], test: [7, 8, 10, 17] },
  '4': { train: [0, 1, 3, 6, 7, 9, 10, 14, 18], validation: [15], test: [2, 5, 12, 19] },
};

const splitOf = (room: string, block: number): string =>
  Object.entries(BLOCKS[room] ?? {}).find(([, blocks]) => blocks.includes(block))?.[0] ?? FURTHER;
