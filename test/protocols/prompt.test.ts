import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { RandomStream } from '../../model/random.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { levelOf } from '../../protocols/quantiser.ts';
import { type FittedTask, parseTaskSpec, type TaskSpec } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Row } from '../../protocols/window.ts';
import { requireData } from '../tools.ts';
import { fitted, rateTask } from './examples.ts';

const tokenizer = gpt2Tokenizer();
const NAN = Number.NaN;
const rowsOf = (...rows: readonly (readonly number[])[]): Row[] => rows.map((row) => Float64Array.from(row));
const decoded = (tokens: readonly number[]) => tokens.map((token) => tokenizer.decode([token]));

describe('the level of a value', () => {
  const quantiser = { channel: 'proximity', firstNumber: 0, edges: [-1, 0, 2.5] };

  it.each([
    [Number.NEGATIVE_INFINITY, 0],
    [-1.001, 0],
    [-1, 1],
    [-0.001, 1],
    [0, 2],
    [2.499, 2],
    [2.5, 3],
    [1e300, 3],
  ])('%d is %d: the edges that it reaches', (value, level) => expect(levelOf(quantiser, value)).toBe(level));

  it('is 0 where there are no edges', () => expect(levelOf({ ...quantiser, edges: [] }, 5)).toBe(0));
});

describe('the stream template', () => {
  const task = fitted(rateTask());
  const writer = promptWriter(task, tokenizer);

  it('reads as it is meant to: time order, one number range a channel, the response mark', () => {
    expect(writer.text(rowsOf([0, 399], [55, NAN], [NAN, 0]))).toBe('Which gesture? 0 79 5 ? ? 40 ->');
  });

  it('writes one token for each value', () => {
    const tokens = promptTokens(writer, rowsOf([0, 399], [55, NAN]));
    expect(decoded(tokens)).toEqual([' 0', ' 79', ' 5', ' ?', ' ->']);
    expect(decoded(writer.prefix).join('')).toBe('Which gesture?');
  });

  it('gives the tokens of a row as soon as the row is there', () => {
    const stream = writer.begin();
    expect(decoded(stream.push(Float64Array.of(0, 399)))).toEqual([' 0', ' 79']);
    expect(decoded(stream.push(Float64Array.of(10, 0)))).toEqual([' 1', ' 40']);
    expect(decoded(stream.finish())).toEqual([' ->']);
  });

  it('keeps the windows of many boards apart', () => {
    const [one, two] = [writer.begin(), writer.begin()];
    const tokens = { one: one.push(Float64Array.of(0, 0)), two: two.push(Float64Array.of(100, 0)) };
    one.finish().push(1);
    expect(decoded([...tokens.one, ...one.finish()])).toEqual([' 0', ' 40', ' ->']);
    expect(decoded([...tokens.two, ...two.finish()])).toEqual([' 10', ' 40', ' ->']);
  });

  it.each([
    'Which gesture?',
    'Gesture: ',
    'Gesture\n',
    'Count to 3',
    'Was macht die Hand — jetzt?\n\n',
    '  ->',
  ])('has a fast table that equals the BPE, after the instruction %j', (instruction) => {
    const random = RandomStream.seeded(5);
    const each = promptWriter(fitted(rateTask({ instruction })), tokenizer);
    for (let i = 0; i < 20; i++) {
      const rows = Array.from({ length: random.integer(30) }, () =>
        Float64Array.from({ length: 2 }, () => (random.uniform() < 0.2 ? NAN : 500 * random.uniform() - 50)),
      );
      expect([...each.prefix, ...promptTokens(each, rows)]).toEqual(tokenizer.encode(each.text(rows)));
    }
  });

  it('ends an answer with end-of-text, and begins it as a word', () => {
    expect(writer.completions.map(({ label }) => label)).toEqual(['Tap', 'Double', 'Hold']);
    for (const { label, tokens } of writer.completions) {
      expect(tokens).toEqual([...tokenizer.encode(` ${label}`), tokenizer.endOfText]);
    }
  });

  it('can use the numbers that GPT-2 writes as one token, 0 to 361, and refuses others with the fix', () => {
    const spread = (levels: number): FittedTask => {
      const edges = Array.from({ length: levels - 1 }, (_, i) => i);
      const [first, second] = task.quantisers;
      return { ...task, quantisers: [{ ...first!, edges }, { ...second! }] };
    };
    expect(() => promptWriter(spread(362), tokenizer)).not.toThrow();
    expect(() => promptWriter(spread(363), tokenizer)).toThrow('splits " 362" into 2 tokens');
    expect(() => promptWriter({ ...task, missingText: ' missing value' }, tokenizer)).toThrow(
      'splits " missing value"',
    );
  });
});

describe('the paper’s template', () => {
  const gesture = parseTaskSpec(
    {
      name: 'gesture-paper',
      instruction: 'Which gesture?',
      input: {
        kind: 'rate',
        rateHz: 10,
        maxGapMs: 500,
        channels: [
          { channel: 'proximity', title: 'Proximity' },
          { channel: 'light.red', title: 'Red' },
          { channel: 'light.green', title: 'Green' },
          { channel: 'light.blue', title: 'Blue' },
        ],
      },
      window: { rows: 50, hopMs: 5000 },
      answers: { kind: 'labels', labels: ['Tap', 'Double', 'Hold'] },
    },
    'gesture-paper',
  );
  const local = parseTaskSpec(
    {
      name: 'local-paper',
      instruction: 'Where?',
      input: {
        kind: 'snapshot',
        maxAgeMs: 5000,
        channels: [
          'pressure',
          'humidity.1',
          'temperature',
          'humidity.2',
          'light.red',
          'light.green',
          'light.blue',
          'sound',
        ].map((channel) => ({ channel })),
      },
      window: { rows: 1, hopMs: 1000 },
      answers: { kind: 'labels', labels: ['Charging Station', 'Entrance', 'Server Rack'] },
    },
    'local-paper',
  );
  const paper = (spec: TaskSpec) => promptWriter(fitted(spec, { template: 'tinyllm-paper' }), tokenizer);
  const around = (instruction: string, input: string) =>
    `### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:\n`;

  it('writes a real gesture as the paper’s file does, character by character', (test) => {
    for (const { channels, text } of realRows<GestureRow>('gesture', test)) {
      const { proximity, red, green, blue } = channels;
      const rows = proximity.map((_, i) => Float64Array.of(proximity[i]!, red[i]!, green[i]!, blue[i]!));
      expect(paper(gesture).text(rows)).toBe(around('Which gesture?', text));
    }
  });

  it('writes a real place as the paper’s file does, but for zeros at the end of a fraction', (test) => {
    for (const { values, text } of realRows<LocalRow>('local', test)) {
      const v = values;
      const row = [
        v.pressure,
        v.humidity_1,
        v.temperature,
        v.humidity_2,
        v.red,
        v.green,
        v.blue,
        v.sound,
      ] as number[];
      expect(paper(local).text(rowsOf(row))).toBe(around('Where?', withoutTrailingZeros(text)));
    }
  });

  it('says what is missing', () => {
    expect(paper(local).text(rowsOf([1003.5, NAN, 24, 55.849, 7, 5, 4, NAN]))).toBe(
      around('Where?', '1003.5,nan,24,55.85,7,5,4,nan'),
    );
  });

  it('writes as many decimals as a channel says, and no sign before zero', () => {
    const channels = local.input.channels.map((channel, c) => ({ ...channel, decimals: c % 3 }));
    const task = { ...local, input: { ...local.input, channels } };
    expect(paper(task).text(rowsOf([1003.6, 70.66, 24, -0.4, -0.04, NAN, 2.5, -2.51]))).toBe(
      around('Where?', '1004,70.7,24.00,0,0.0,nan,3,-2.5'),
    );
  });

  it('writes the only channel of a task bare, unless it has a title', () => {
    const chest = (title: object): TaskSpec => ({
      ...gesture,
      input: { ...gesture.input, channels: [{ ...gesture.input.channels[0]!, ...title }] },
    });
    const rows = rowsOf([8], [9], [NAN]);
    expect(paper(chest({ title: undefined })).text(rows)).toBe(around('Which gesture?', '8 9 nan'));
    expect(paper(chest({ title: 'Chest' })).text(rows)).toBe(
      around('Which gesture?', 'Chest: [8, 9, nan]\n'),
    );
  });

  it('has the tokens of its text, and windows of two boards stay apart', () => {
    const writer = paper(gesture);
    const windows = [1, 2].map((k) =>
      rowsOf(...Array.from({ length: 5 }, (_, i) => [k * i, NAN, -0.125 * k, 3])),
    );
    const streams = windows.map(() => writer.begin());
    for (let i = 0; i < 5; i++) for (const k of [0, 1]) expect(streams[k]!.push(windows[k]![i]!)).toEqual([]);
    for (const k of [0, 1]) {
      const tokens = [...writer.prefix, ...streams[k]!.finish()];
      expect(tokens).toEqual(tokenizer.encode(writer.text(windows[k]!)));
    }
  });

  it('begins an answer on its own line', () => {
    expect(paper(gesture).completions[0]!.tokens).toEqual([...tokenizer.encode('Tap'), tokenizer.endOfText]);
  });
});

/** `69.00` -> `69`, `55.80` -> `55.8`: 6 % of the values of the `local` set end so. */
const withoutTrailingZeros = (text: string) =>
  text
    .split(',')
    .map((number) => String(Number(number)))
    .join(',');

interface GestureRow {
  readonly channels: Readonly<Record<'proximity' | 'red' | 'green' | 'blue', number[]>>;
  readonly text: string;
}

interface LocalRow {
  readonly values: Readonly<Record<string, number>>;
  readonly text: string;
}

function realRows<T>(dataset: string, test: Parameters<typeof requireData>[1]): T[] {
  const file = gunzipSync(readFileSync(join(requireData(dataset, test), 'test.jsonl.gz')));
  return file
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
