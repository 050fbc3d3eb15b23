import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TinyError } from '../../../protocols/errors.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';
import { type CsvColumns, csvColumns } from '../../../trainer/datasets/csv-columns.ts';
import type { ReadOptions } from '../../../trainer/datasets/dataset.ts';
import { readOwnCsv } from '../../../trainer/datasets/own-csv.ts';
import { countBy, folderWith, sample } from './files.ts';

/** Half a second of five steps at 10 Hz; a new answer every half second. */
const stream = (answers: object = { kind: 'labels', labels: ['walk', 'rest'] }) =>
  parseTaskSpec(
    {
      name: 'moves',
      instruction: 'Which?',
      input: {
        kind: 'rate',
        rateHz: 10,
        maxGapMs: 250,
        channels: [{ channel: 'accel.x' }, { channel: 'accel.y' }],
      },
      window: { rows: 5, hopMs: 500 },
      answers,
    },
    'task',
  );
const snapshots = parseTaskSpec(
  {
    name: 'rooms',
    instruction: 'Where?',
    input: { kind: 'snapshot', maxAgeMs: 1000, channels: [{ channel: 'rssi.a' }, { channel: 'rssi.b' }] },
    window: { rows: 1, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['hall', 'attic'] },
  },
  'task',
);

const columns = (written: Partial<CsvColumns> = {}): CsvColumns => csvColumns.parse(written);
const AXES = { channels: { ax: 'accel.x', ay: 'accel.y' } };

/** Lines at 20 Hz from `startS`, the sample's number in `ax`. */
const lines = (n: number, label: string, startS = 0, rest = '') =>
  Array.from({ length: n }, (_, i) => `${(startS + i / 20).toFixed(3)},${i},${-i},${label}${rest}\n`).join(
    '',
  );

const read = (files: Readonly<Record<string, string>>, options: ReadOptions) =>
  readOwnCsv(folderWith(files), { spec: stream(), csv: columns(AXES), ...options });

async function refusal(
  files: Readonly<Record<string, string>>,
  options: ReadOptions = {},
): Promise<TinyError> {
  const error: unknown = await read(files, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TinyError);
  expect((error as TinyError).hint).not.toBe('');
  return error as TinyError;
}

describe('a table of a stream', () => {
  it('is cut into rows of a window where the label stays the same, with the whole recording around them', async () => {
    const text = `t,ax,ay,label\n${lines(21, 'walk')}${lines(10, 'rest', 1.05)}`;
    const { rows, skipped } = await read({ 'anna.csv.gz': text }, {});
    expect(rows.map(({ id, label }) => `${id} ${label}`)).toEqual([
      'anna.csv.gz:2 walk',
      'anna.csv.gz:13 walk',
      'anna.csv.gz:23 rest',
    ]);
    for (const { recording, context } of rows) {
      expect(recording.timesUs).toHaveLength(10);
      expect(recording.rateHz).toBeCloseTo(20, 6);
      expect(recording.group).toBe('anna');
      expect(context!.timesUs).toHaveLength(31);
      expect(context!.timesUs).toContain(recording.timesUs[0]);
    }
    expect(sample(rows[1]!.recording, 0)).toEqual([11, -11]);
    expect(rows[0]!.context!.labels).toEqual([
      { label: 'walk', startUs: 0, endUs: 1_050_000 },
      { label: 'rest', startUs: 1_050_000, endUs: 1_550_000 },
    ]);
    expect(skipped).toEqual([]);
  });

  it('gives a short run the window around it, and leaves out what fills less than half of one', async () => {
    const text = `t,ax,ay,label\n${lines(20, 'walk')}${lines(6, 'rest', 1)}${lines(20, 'walk', 1.3)}${lines(4, 'rest', 2.3)}`;
    const { rows, skipped } = await read({ 'a.csv': text }, {});
    const rests = rows.filter(({ label }) => label === 'rest');
    expect(rests.map(({ recording }) => recording.timesUs[0])).toEqual([900_000]);
    expect(rests[0]!.recording.timesUs).toHaveLength(10);
    expect(skipped).toEqual([
      '1 stretches shorter than half a window (0.25 s): 1 of rest; the first is a.csv:48',
    ]);
  });

  it('is never cut across a gap, and not at all where nothing is known', async () => {
    const text = `t,ax,ay,label\n${lines(8, 'walk')}${lines(12, 'walk', 3)}${lines(10, '', 3.6)}${lines(10, 'idle', 4.1)}`;
    const { rows } = await read({ 'a.csv': text }, { ignoreLabels: ['idle'] });
    expect(rows.map(({ id, recording }) => [id, recording.timesUs[0]])).toEqual([['a.csv:11', 3_050_000]]);
  });

  it('takes units, times and recordings as the recipe names them; a cell may be empty', async () => {
    const text = Array.from(
      { length: 20 },
      (_, i) => `${(i % 10) * 50},${i < 10 ? 'r1' : 'r2'},${i === 3 ? '' : 1},walk,bo\n`,
    );
    const { rows } = await read(
      { 'a.csv': `ms,take,x,what,who\n${text.join('')}` },
      {
        spec: parseTaskSpec(
          { ...stream(), input: { ...stream().input, channels: [{ channel: 'accel.x' }] } },
          'task',
        ),
        csv: columns({
          time: 'ms',
          timeUnit: 'ms',
          channels: { x: 'accel.x' },
          units: { accel: 'g' },
          label: 'what',
          group: 'who',
          recording: 'take',
        }),
      },
    );
    expect(rows.map(({ context }) => [context!.id, context!.group])).toEqual([
      ['r1', 'bo'],
      ['r2', 'bo'],
    ]);
    expect(rows[0]!.recording.values[0]).toBeCloseTo(9.80665, 9);
    expect(rows[0]!.recording.values[3]).toBeNaN();
  });

  it('may have no times but a rate, and times of day', async () => {
    const even = Array.from({ length: 10 }, () => '1,2,walk\n').join('');
    const counted = await read(
      { 'a.csv': `ax,ay,label\n${even}` },
      { csv: columns({ ...AXES, rateHz: 20 }) },
    );
    const iso = Array.from(
      { length: 10 },
      (_, i) => `${new Date(1.7e12 + 50 * i).toISOString()},1,2,walk\n`,
    ).join('');
    const dated = await read(
      { 'a.csv': `t,ax,ay,label\n${iso}` },
      { csv: columns({ ...AXES, timeUnit: 'iso' }) },
    );
    expect([...dated.rows[0]!.recording.timesUs]).toEqual([...counted.rows[0]!.recording.timesUs]);
  });

  it('keeps the order of samples with the same time', async () => {
    const text = `t,ax,ay,label\n${lines(10, 'walk').replace('0.100,', '0.050,')}`;
    const { rows } = await read({ 'a.csv': text }, {});
    expect([...rows[0]!.recording.timesUs.subarray(0, 4)]).toEqual([0, 50_000, 50_001, 150_000]);
  });

  it('holds numbers beside labels or in their place', async () => {
    const spec = stream({
      kind: 'numbers',
      numbers: [{ name: 'speed', unit: 'm/s', min: 0, max: 9, decimals: 1 }],
    });
    const text = `t,ax,ay,pace\n${lines(10, '1.5')}${lines(10, '', 0.5)}${lines(10, '2', 1)}`;
    const { rows } = await read(
      { 'a.csv': text },
      { spec, csv: columns({ ...AXES, numbers: { speed: 'pace' } }) },
    );
    expect(rows.map(({ numbers, label }) => [numbers, label])).toEqual([
      [{ speed: 1.5 }, '1.5'],
      [{ speed: 2 }, '2'],
    ]);
  });
});

describe('a table of snapshots', () => {
  const HEAD = 'rssi.a,rssi.b,label,person,split';
  it('has a row a line', async () => {
    const { rows } = await read(
      { 'rooms.csv': `${HEAD}\n-50,-60,hall,v1,train\n-55,,attic,v2,test\n-1,-1,,v2,test\n` },
      { spec: snapshots, csv: columns() },
    );
    expect(
      rows.map(({ id, label, splits, recording }) => [id, label, splits.split, recording.group]),
    ).toEqual([
      ['rooms.csv:2', 'hall', 'train', 'v1'],
      ['rooms.csv:3', 'attic', 'test', 'v2'],
    ]);
    expect(sample(rows[1]!.recording, 0)).toEqual([-55, Number.NaN]);
    expect(countBy(rows, ({ label }) => label)).toEqual({ hall: 1, attic: 1 });
  });

  it('refuses a split that is none', async () => {
    const options = { spec: snapshots, csv: columns() };
    const { message } = await refusal({ 'a.csv': `${HEAD}\n1,2,hall,v1,dev\n` }, options);
    expect(message).toMatch(/a\.csv:2: there is no split "dev"$/);
  });
});

describe('a table that cannot be read is refused with file, line and fix:', () => {
  it.each([
    ['a missing column', 't,ax,label\n0,1,walk\n', /a\.csv:1: there is no column "ay"$/],
    ['no column of labels', 't,ax,ay\n0,1,2\n', /a\.csv:1: there is no column "label"$/],
    ['semicolons', 't;ax;ay;label\n0;1;2;walk\n', /a\.csv:1: there is no column "t"$/],
    [
      'a ragged line',
      't,ax,ay,label\n0,1,2,walk\n1,2,walk\n',
      /a\.csv:3: 3 cells where the first line names 4 columns$/,
    ],
    ['a word for a number', 't,ax,ay,label\n0,1,wet,walk\n', /a\.csv:2: "wet" in column "ay" is no number$/],
    ['a decimal comma', 't,ax,ay,label\n0,1,"2,5",walk\n', /a\.csv:2: "2,5" in column "ay" is no number$/],
    ['a time that is none', 't,ax,ay,label\nnoon,1,2,walk\n', /a\.csv:2: "noon" is no time in s$/],
    [
      'times that go back',
      't,ax,ay,label\n1,1,2,walk\n0.5,1,2,walk\n',
      /a\.csv:3: time 0\.5 is earlier than 1 on the line before it$/,
    ],
  ])('%s', async (_, text, message) => {
    expect((await refusal({ 'a.csv': text })).message).toMatch(message);
  });

  it('names what a recipe says wrongly of the columns', async () => {
    const text = `t,ax,ay,label\n${lines(10, 'walk')}`;
    const refused = async (csv: Partial<CsvColumns>) =>
      (await refusal({ 'a.csv': text }, { csv: columns({ ...AXES, ...csv }) })).message;
    expect(await refused({ channels: { ax: 'accel.x' } })).toBe(
      'csv.channels names no column for accel.y, which the task reads',
    );
    expect(await refused({ channels: { ax: 'accel.x', ay: 'accel.x' } })).toContain(
      'both "ax" and "ay" are accel.x',
    );
    expect(await refused({ channels: { ax: 'acc.x', ay: 'accel.y' } })).toContain('unknown channel "acc.x"');
    expect(await refused({ units: { accel: 'furlong' } })).toContain('accel.x cannot come in "furlong"');
    expect(await refused({ units: { gyro: 'deg/s' } })).toContain('the task reads no "gyro"');
    expect(await refused({ group: 'subject' })).toContain('there is no column "subject"');
  });

  it('a folder without tables', async () => {
    expect((await refusal({ 'readme.txt': '' })).message).toContain('holds no .csv or .csv.gz file');
    await expect(readOwnCsv(join(folderWith({}), 'none'), { spec: stream() })).rejects.toThrow(
      'there is no data at',
    );
  });
});
