import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SPLITS } from '../../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../../trainer/datasets/registry.ts';
import { requireData } from '../../../tools.ts';
import { folderWith } from '../files.ts';
import { copied, copiedSamples, outlines, partOfCopy, recordingsOf, seen } from './in-source-layout.ts';

/** The copies hold fewer rows than the sources and in places fewer digits; what is in both must be read alike. */
describe('a set laid out as its authors publish it', () => {
  const PROMPT = '"Sense the ""gesture"", please:\n\nTap\nDouble\nHold\n\n"';

  it.for([
    ['gesture', 'instruction,input,output', PROMPT],
    ['local', 'input,output', ''],
    ['breathe', 'input,output', ''],
  ] as const)('%s: the same rows from the CSV files of TinyLLM', async ([name, head, instruction], test) => {
    const data = requireData(name, test);
    const files = SPLITS.map((split) => {
      const rows = copied<{ text: string; label: string | number }>(data, `${split}.jsonl.gz`);
      const lines = rows.map(({ text, label }) =>
        [...(instruction ? [instruction] : []), `"${text}"`, label].join(','),
      );
      return [`Datasets/${name}/data/${split}.csv`, `${[head, ...lines].join('\n')}\n\n`];
    });
    const source = await readDataset(name, folderWith(Object.fromEntries(files)));
    const own = await readDataset(name, data);
    expect(source.skipped).toEqual([]);
    // Test rows that the copy lacks are counted in its ids; which session a row is of, the source does not say.
    const alike = (dataset: typeof own) =>
      outlines(dataset.rows).map(({ id, group, ...row }) => ({ ...row, id: row.split === 'test' ? '' : id }));
    const bySplit = (rows: ReturnType<typeof alike>) =>
      SPLITS.flatMap((split) => rows.filter((row) => row.split === split));
    expect(bySplit(alike(source))).toEqual(bySplit(alike(own)));
  });

  it('swim: the same windows out of the swimmers’ folders', { timeout: 60_000 }, async (test) => {
    const data = requireData('swim', test);
    const names = recordingsOf(data, /^s(04|38)_/);
    const files = names.map((name) => {
      const [, swimmer, file] = /^s(\d+)_(.+)$/.exec(name)!;
      const rows = copiedSamples(data, name).map(([t, ax, ay, az, gx, gy, gz, label], i) =>
        [i, 1.2e15 + Math.round(Number(t) * 1e9), ax, ay, az, gx, gy, gz, 0, `${label}.0`].join(','),
      );
      const head = ',timestamp,ACC_0,ACC_1,ACC_2,GYRO_0,GYRO_1,GYRO_2,PRESS,label';
      return [`data/processed_30hz_relabeled/${Number(swimmer)}/${file}.csv`, [head, ...rows].join('\n')];
    });
    const source = await readDataset('swim', folderWith(Object.fromEntries(files)));
    const own = await readDataset('swim', folderWith(partOfCopy(data, names)));
    expect(seen(source).sort()).toEqual(seen(own).sort());
    expect(new Set(source.rows.map(({ splits }) => splits.split))).toEqual(new Set(['validation', 'test']));
  });

  it('sp_sw_har: the same windows out of the subjects’ folders', { timeout: 60_000 }, async (test) => {
    const data = requireData('sp_sw_har', test);
    const names = recordingsOf(data, /^s(01|06|20)_0[1-4]_sw/);
    const files = names.map((name) => {
      const rows = copiedSamples(data, name).map(([t, ...cells]) =>
        [...cells.slice(0, 6), 1.6e12 + Math.round(Number(t) * 1e3), cells[6]].join(','),
      );
      const head = 'x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label';
      return [`DATA/${name.slice(0, 3)}/${name}.csv`, [head, ...rows].join('\n')];
    });
    const source = outlines((await readDataset('sp_sw_har', folderWith(Object.fromEntries(files)))).rows);
    const own = outlines((await readDataset('sp_sw_har', folderWith(partOfCopy(data, names)))).rows);
    const outline = (all: typeof own) => all.map(({ values: _, ...row }) => row);
    expect(outline(source)).toEqual(outline(own));
    // The copy's windows were rounded from more digits than its recordings have.
    const off = source.flatMap(({ values }, r) =>
      values.map((value, k) => Math.abs(value - own[r]!.values[k]!)),
    );
    expect(off.every((by) => Math.round(by * 100) <= 1)).toBe(true);
    expect(off.filter((by) => by > 1e-9).length / off.length).toBeLessThan(0.1);
  });

  it('sp_sw_har: five subjects are further ones', async () => {
    const head = 'x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label';
    const samples = Array.from(
      { length: 150 },
      (_, i) => `1.23456,2,3,4,5,6,${1000 + 10 * i},${i < 50 ? 'SEATED' : 'WALKING'}`,
    );
    const text = [head, ...samples].join('\n');
    const data = folderWith({ 's05/s05_01_sp.csv': text, 's01/s01_01_sp.csv': text, 's01/notes.txt': 'x' });
    const { rows, skipped } = await readDataset('sp_sw_har', data);
    expect(skipped).toEqual([]);
    expect(rows.map(({ id, label, splits, tags }) => [id, label, splits.split, tags?.device])).toEqual([
      ['s01_01_sp@0', 'seated', 'train', 'sp'],
      ['s01_01_sp@50', 'walking', 'train', 'sp'],
      ['s05_01_sp@0', 'seated', 'further', 'sp'],
      ['s05_01_sp@50', 'walking', 'further', 'sp'],
    ]);
    expect(rows[0]!.recording.values[0]).toBe(1.23);
  });

  it('rssi: the same fingerprints out of the packets of each point', async (test) => {
    interface Point {
      technology: string;
      scenario: number;
      part: string;
      point: number;
      readings?: string[] | string;
    }
    const data = requireData('rssi', test);
    const files = copied<Point>(data, 'points.jsonl.gz').flatMap((at) => {
      if (at.readings === undefined) return [];
      const heard = typeof at.readings === 'string' ? at.readings.split(' ') : at.readings;
      const name =
        at.part === 'test' ? `Tests/${at.scenario === 2 ? 'T' : ''}${at.point}` : `Database/${at.point}`;
      const text = heard.map((reading) => `Node ${reading[0]}: ${reading.slice(1)}\n`).join('');
      return [[`Scenario${at.scenario}/${at.technology}/${name}.txt`, text]];
    });
    const source = await readDataset('rssi', folderWith(Object.fromEntries(files)));
    expect(source.skipped).toEqual([]);
    expect(seen(source)).toEqual(seen(await readDataset('rssi', data)));
  });

  it('magic_wand_digits: the same strokes out of a file a digit', async (test) => {
    interface Stroke {
      id: string;
      label: string;
      x: number[];
      y: number[];
    }
    const data = requireData('magic_wand_digits', test);
    const strokes = copied<Stroke>(data, 'strokes.jsonl.gz').sort((a, b) => (a.id < b.id ? -1 : 1));
    const files = Array.from({ length: 10 }, (_, digit) => {
      const own = strokes.filter(({ label }) => Number(label) === digit);
      const asPublished = own.map(({ label, x, y }, index) => {
        return { index, strokePoints: x.map((_, i) => ({ x: x[i]! + 1e-6, y: y[i]! })), label };
      });
      return [`petewarden_${digit}.json`, JSON.stringify({ strokes: asPublished })];
    });
    const source = await readDataset('magic_wand_digits', folderWith(Object.fromEntries(files)));
    expect(source.rows.map(({ label, recording: { values } }) => [label, ...values])).toEqual(
      strokes.map(({ label, x, y }) => [String(label), ...x.flatMap((value, i) => [value, y[i]!])]),
    );
    expect(source.rows.slice(0, 10).map(({ splits }) => splits.split)).toEqual([
      ...Array<string>(7).fill('train'),
      ...['validation', 'test', 'test'],
    ]);
  });

  it('uci_wifi_rooms: the same scans and blocks out of the one text file', async (test) => {
    const data = requireData('uci_wifi_rooms', test);
    const table = readFileSync(join(data, 'wifi_rooms.csv'), 'utf8').trim().split('\n').slice(1);
    const byRow = new Map(table.map((line) => [Number(line.split(',')[0]), line.split(',').slice(1, 9)]));
    const lines = Array.from({ length: 2000 }, (_, row) =>
      (byRow.get(row) ?? [0, 0, 0, 0, 0, 0, 0, 1 + Math.floor(row / 500)]).join('\t'),
    );
    const file = join(folderWith({ 'wifi_localization.txt': lines.join('\n') }), 'wifi_localization.txt');
    const source = await readDataset('uci_wifi_rooms', file);
    expect(source.rows).toHaveLength(2000);
    const used = source.rows.filter(({ splits }) => splits.split !== 'further');
    expect(seen({ rows: used })).toEqual(seen(await readDataset('uci_wifi_rooms', data)));
  });
});

describe('a source that is not what it should be', () => {
  it('is refused by file and line where a quote is not closed or a column is missing', async () => {
    const csv = (text: string) => ({
      'train.csv': 'input,output\n',
      'validation.csv': text,
      'test.csv': 'input,output\n',
    });
    await expect(readDataset('local', folderWith(csv('input,output\n"1,2,3,Entrance\n')))).rejects.toThrow(
      /validation\.csv:2: a quote/,
    );
    await expect(readDataset('local', folderWith(csv('input,answer\n')))).rejects.toThrow(
      /validation\.csv:1: there is no column "output"/,
    );
  });

  it('has its bad rows left out and named', async () => {
    const data = folderWith({
      'train.csv': 'input,output\n"1,2,3,4,5,6,7,8",Entrance\n"1,2,3",Entrance\n"1,2,3,4,5,6,7,?",Entrance\n',
      'validation.csv': 'input,output\n',
      'test.csv': 'input,output\n',
    });
    const { rows, skipped } = await readDataset('local', data);
    expect(rows.map(({ id }) => id)).toEqual(['local-train-0000']);
    expect(skipped).toEqual([
      expect.stringMatching(/train\.csv:3: values\.humidity_2/),
      expect.stringMatching(/train\.csv:4: values\.sound/),
    ]);
  });

  it('has points whose place is not known, and lines that are none, left out and named', async () => {
    const packets = 'Node A: -50\nNode B: -51\nnoise\nNode C: -52\n';
    const data = folderWith({
      'Scenario2/WiFi/Database/16.txt': packets,
      'Scenario2/WiFi/Database/17.txt': packets,
      'Scenario3/README.txt': '',
    });
    const { rows, skipped } = await readDataset('rssi', data);
    expect(rows.map(({ id, numbers }) => [id, numbers])).toEqual([
      ['WiFi-S2-database-16-0', { x: 3.27, y: 3.42 }],
    ]);
    expect(skipped).toEqual([
      expect.stringMatching(/16\.txt:3: no line/),
      expect.stringMatching(/17\.txt: where point 17 lies is not known/),
    ]);
  });

  it('counts neither codes without a meaning nor swimmers and recordings that no figure comes from', async () => {
    const head = ',timestamp,ACC_0,ACC_1,ACC_2,GYRO_0,GYRO_1,GYRO_2,label,NOTE';
    const samples = (codes: readonly number[], note = '') =>
      [head, ...codes.map((code, i) => `${i},${1e15 + i * 33333333},1.2345,0,0,0,0,0,${code},${note}`)].join(
        '\n',
      );
    const codes = [...Array<number>(130).fill(1), -1, 6, ...Array<number>(20).fill(0), 5];
    const data = folderWith({
      '0/Freestyle_1.csv': samples(codes),
      '0/Freestyle_2.csv': samples(codes, 'x'.repeat(30_000)),
      '33/Freestyle_3.csv': samples(codes),
    });
    const { rows } = await readDataset('swim', data);
    const first = [
      ['s00_Freestyle_1@0', 'freestyle', 100, 'train'],
      ['s00_Freestyle_1@30', 'freestyle', 100, 'train'],
      ['s00_Freestyle_1@132', 'transition', 21, 'train'],
    ];
    const others = ['s00_Freestyle_2', 's33_Freestyle_3'].flatMap((name) =>
      first.map(([id, label, n]) => [String(id).replace('s00_Freestyle_1', name), label, n, 'further']),
    );
    expect(
      rows.map(({ id, label, recording, splits }) => [id, label, recording.timesUs.length, splits.split]),
    ).toEqual([...first, ...others]);
    expect(rows[0]!.recording.values[0]).toBe(1.234);
  });
});
