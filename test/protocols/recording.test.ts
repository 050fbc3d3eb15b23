import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TinyError } from '../../protocols/errors.ts';
import { type Recording, readingsOf, readRecordings, writeRecordings } from '../../protocols/recording.ts';
import { recordingOf, START_US } from './examples.ts';

const EXAMPLES: readonly Recording[] = [
  recordingOf(
    ['light.red', 'proximity'],
    [
      [0, 1345, 254],
      [100, Number.NaN, 0.1 + 0.2],
      [200.001, -1e-7, Number.NaN],
    ],
    {
      group: 'person 3',
      split: 'test',
      nominalRate: true,
      labels: [{ label: 'Tap', startUs: START_US, endUs: START_US + 150_000 }],
    },
  ),
  recordingOf(['accel.x'], [], { id: 'empty', board: 'wrist-01', rateHz: 29.97 }),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-recording-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for await (const recording of readRecordings(path)) recordings.push(recording);
  return recordings;
}

/** What a person is told when the file cannot be read. */
async function refusalOf(path: string): Promise<TinyError> {
  const error = await readAll(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TinyError);
  return error as TinyError;
}

describe.each(['all.jsonl', 'all.jsonl.gz'])('recordings in %s', (name) => {
  it('come back bit for bit', async () => {
    const path = join(folder, name);
    await writeRecordings(path, EXAMPLES);
    expect(await readAll(path)).toStrictEqual(EXAMPLES);
    expect((await readdir(folder)).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });

  it('are refused when the file is cut short anywhere', async () => {
    const whole = join(folder, name);
    await writeRecordings(whole, EXAMPLES.slice(0, 1));
    const bytes = await readFile(whole);
    for (const keep of [0.98, 0.7, 0.5]) {
      const cut = join(folder, `cut-${name}`);
      await writeFile(cut, bytes.subarray(0, Math.floor(bytes.length * keep)));
      const { message, hint } = await refusalOf(cut);
      expect(message).toMatch(new RegExp(`cut-${name}:\\d+: `));
      expect(hint).not.toBe('');
    }
  });
});

it('really compresses what ends in .gz, and only that', async () => {
  await writeRecordings(join(folder, 'a.jsonl'), EXAMPLES);
  await writeRecordings(join(folder, 'a.jsonl.gz'), EXAMPLES);
  const [plain, packed] = await Promise.all(
    ['a.jsonl', 'a.jsonl.gz'].map((file) => readFile(join(folder, file))),
  );
  expect(gunzipSync(packed!)).toEqual(plain);
});

describe('a recording that is damaged', () => {
  const HEADER =
    '{"format":"tinyllm-recording/1","id":"r","board":"desk","channels":["light.red"],"rateHz":10,"nominalRate":false}';

  it.each([
    ['a trailer that counts other rows', [HEADER, '[1,5]', '{"rows":2}'], 3, '1 rows where 2 were written'],
    ['no trailer', [HEADER, '[1,5]'], 2, 'ends before its last line'],
    [
      'times that do not increase',
      [HEADER, '[10,5]', '[10,6]', '{"rows":2}'],
      3,
      '10 does not come after 10',
    ],
    ['a row too long', [HEADER, '[1,5]', '[2,5,6]', '{"rows":2}'], 3, 'a row of 2 values for 1 channels'],
    ['a row without a time', [HEADER, '[null,5]', '{"rows":1}'], 2, 'a row begins with its time'],
    ['a time in fractions', [HEADER, '[1.5,5]', '{"rows":1}'], 2, 'a row begins with its time'],
    ['a text for a value', [HEADER, '[1,"5"]', '{"rows":1}'], 2, 'not a line of a recording'],
    [
      'an unknown channel',
      [HEADER.replace('light.red', 'light.ultra'), '{"rows":0}'],
      1,
      'unknown channel "light.ultra"',
    ],
    ['an unknown key', [HEADER.replace('"id"', '"name":1,"id"'), '{"rows":0}'], 1, '"name"'],
    ['a later format', [HEADER.replace('/1', '/2'), '{"rows":0}'], 1, 'format'],
    ['no header', ['[1,5]', '{"rows":1}'], 1, 'not a line of a recording'],
    ['a line torn in two', [HEADER, '[1,', '5]', '{"rows":1}'], 2, 'JSON'],
    [
      'a label that ends before it starts',
      [HEADER, '[1,5]', '{"label":"Tap","start":9,"end":9}', '{"rows":1}'],
      3,
      'label "Tap"',
    ],
  ])('by %s, is refused with file and line', async (_what, lines, line, message) => {
    const path = join(folder, 'damaged.jsonl');
    await writeFile(path, `${lines.join('\n')}\n`);
    const error = await refusalOf(path);
    expect(error.message).toContain(`${path}:${line}: `);
    expect(error.message).toContain(message);
    expect(error.hint).toContain('damaged');
  });

  it('by a second recording only, still gives the first', async () => {
    const path = join(folder, 'second.jsonl');
    await writeRecordings(path, EXAMPLES.slice(0, 1));
    await writeFile(path, `${await readFile(path, 'utf8')}${HEADER}\n[1,5]\n`);
    const ids: string[] = [];
    const reading = async () => {
      for await (const { id } of readRecordings(path)) ids.push(id);
    };
    await expect(reading()).rejects.toThrow(/second\.jsonl:\d+: recording "r" ends before its last line/);
    expect(ids).toEqual(['example-1']);
  });

  it('by not being there, is refused with its path', async () => {
    const path = join(folder, 'nowhere.jsonl.gz');
    expect((await refusalOf(path)).message).toContain(path);
  });

  it('by being empty, or not gzip at all, is refused', async () => {
    const empty = join(folder, 'empty.jsonl');
    await writeFile(empty, '');
    expect((await refusalOf(empty)).message).toContain('empty');
    const plain = join(folder, 'plain.jsonl.gz');
    await writeFile(plain, `${HEADER}\n{"rows":0}\n`);
    expect((await refusalOf(plain)).message).toContain(plain);
  });

  it('by one flipped bit in its gzip, is refused', async () => {
    const path = join(folder, 'flipped.jsonl.gz');
    const bytes = gzipSync(`${HEADER}\n[1,5]\n{"rows":1}\n`);
    bytes[bytes.length >> 1]! ^= 0x10;
    await writeFile(path, bytes);
    expect((await refusalOf(path)).message).toContain(path);
  });
});

it('sends what it holds: missing values are left out, and time can be shifted', () => {
  expect([...readingsOf(EXAMPLES[0]!, 1_000_000)].map(({ timeUs, values }) => [timeUs, values])).toEqual([
    [START_US + 1_000_000, { 'light.red': 1345, proximity: 254 }],
    [START_US + 1_100_000, { proximity: 0.1 + 0.2 }],
    [START_US + 1_200_001, { 'light.red': -1e-7 }],
  ]);
});
