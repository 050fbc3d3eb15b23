import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { openBundle } from '../../model/bundle.ts';
import type { EvaluationReport } from '../../trainer/evaluation.ts';
import { requireData } from '../tools.ts';
import { builtCli, tinyllm, tinyllmJson } from './built-cli.ts';

builtCli();

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Json = Record<string, unknown>;

/** The test rows of a set as they are in its file. */
const testRows = (dataset: string, test: TestContext): Json[] =>
  gunzipSync(readFileSync(join(requireData(dataset, test), 'test.jsonl.gz')))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

/** A file of rows, uncompressed. */
function fileOf(name: string, rows: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

const evaluate = (dataset: string, data: string, ...flags: string[]) =>
  tinyllmJson<EvaluationReport>(
    'evaluate',
    ...['--bundle', `models/${dataset}`, '--dataset', dataset, '--data', data, ...flags],
  );

const withoutLatency = ({ latencyMs: _, ...report }: EvaluationReport) => report;

/** The contract: names and order of `evaluate --json`. */
const FIELDS = [
  ...['dataset', 'split', 'n', 'skipped', 'accuracy', 'macroF1', 'ci95', 'confusion', 'ece', 'unknown'],
  ...[
    'mae',
    'positionErrorM',
    'perGroup',
    'shifts',
    'shiftMean',
    'baselines',
    'numberBaselines',
    'latencyMs',
  ],
  ...['stream', 'bundle'],
];

const between = (low: number, high: number) =>
  expect.toSatisfy((value: unknown) => typeof value === 'number' && value >= low && value <= high);

describe('tinyllm evaluate on the shipped bundles', () => {
  it('local: classical methods beside the model, trained on the rows of the train split', async (test) => {
    const data = requireData('local', test);
    const { accuracy, baselines } = await evaluate('local', data, '--split', 'test', '--baselines');
    expect(baselines!.map(({ name, ...figures }) => [name, Object.keys(figures)])).toEqual(
      ['kNN (5) on rows', 'random forest on rows', 'gradient boosting on rows'].map((name) => [
        name,
        ['accuracy', 'macroF1', 'ci95', 'shifts', 'shiftMean', 'modelMinusThis', 'windows', 'trainMs'],
      ]),
    );
    for (const baseline of baselines!) {
      expect(baseline.modelMinusThis.accuracy.value).toBeCloseTo(accuracy! - baseline.accuracy, 12);
    }
  });

  it.each([
    ['is not asked for what it learns from', [], 'on the rows that they learn from'],
    ['says that there are no rows to learn from', ['--split', 'test'], 'there are none'],
  ])('--baselines %s', async (_, flags, message) => {
    const channels = ['pressure', 'humidity_1', 'temperature', 'humidity_2', 'red', 'green', 'blue', 'sound'];
    const values = Object.fromEntries(channels.map((channel) => [channel, 20]));
    const rows = fileOf('one.jsonl', [{ id: 'a', split: 'test', label: 'Server Rack', values }]);
    const { exit, stderr } = await tinyllm(
      ...[
        'evaluate',
        '--bundle',
        'models/local',
        '--dataset',
        'local',
        '--data',
        rows,
        '--baselines',
        ...flags,
      ],
    );
    expect(exit).toBe(1);
    expect(stderr).toContain(message);
  });

  it('gesture: every field of the contract, accuracy at least 0.95 in place and over all shifts', async (test) => {
    const data = requireData('gesture', test);
    const report = await evaluate('gesture', data, '--split', 'test', '--shifts', '-5..5');
    expect(Object.keys(report)).toEqual(FIELDS);
    expect(report).toMatchObject({
      dataset: 'gesture',
      split: 'test',
      n: 90,
      skipped: 0,
      accuracy: between(0.95, 1),
      macroF1: between(0.95, 1),
      ece: between(0, 0.1),
      unknown: { threshold: between(0, 1), coverage: between(0.8, 1), accuracy: between(0.95, 1) },
      mae: null,
      positionErrorM: null,
      perGroup: null,
      shiftMean: between(0.95, 1),
      bundle: (await openBundle('models/gesture')).hash,
    });
    for (const interval of [report.ci95.accuracy, report.ci95.macroF1]) {
      expect(interval).toEqual([between(0.8, 1), between(0.95, 1)]);
    }
    expect(interval95Holds(report)).toBe(true);
    const { labels, rows } = report.confusion!;
    expect(labels).toEqual(['Tap', 'Double', 'Hold']);
    expect(rows.map((row) => row.reduce((a, b) => a + b))).toEqual([30, 30, 30]); // rows are the truth
    expect(labels.reduce((right, _, i) => right + rows[i]![i]!, 0) / 90).toBeCloseTo(report.accuracy!, 12);
    const shifts = Object.entries(report.shifts!);
    expect(shifts.map(([k]) => Number(k)).sort((a, b) => a - b)).toEqual([
      -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5,
    ]);
    expect(report.shifts![0]).toBe(report.accuracy);
    expect(shifts.reduce((sum, [, accuracy]) => sum + accuracy, 0) / 11).toBeCloseTo(report.shiftMean!, 12);
    expect(report.latencyMs.p50).toBeLessThanOrEqual(report.latencyMs.p95);
  });

  it('local: at least 0.98, and by session', async (test) => {
    const report = await evaluate(
      'local',
      requireData('local', test),
      '--split',
      'test',
      '--shifts',
      '-1..1',
    );
    expect(Object.keys(report)).toEqual(FIELDS);
    expect(report).toMatchObject({
      n: 49,
      skipped: 0,
      accuracy: between(0.98, 1),
      macroF1: between(0.98, 1),
    });
    // A single reading has no neighbours to shift to.
    expect(report).toMatchObject({ shifts: null, shiftMean: null });
    const groups = Object.values(report.perGroup!);
    expect(groups.reduce((sum, { n }) => sum + n, 0)).toBe(49);
  });

  it('prints for people what it prints for machines', async (test) => {
    const data = requireData('gesture', test);
    const flags = ['--bundle', 'models/gesture', '--dataset', 'gesture', '--data', data, '--split', 'test'];
    const { exit, stdout, stderr } = await tinyllm('evaluate', ...flags, '--shifts', '-1..1');
    const { accuracy } = await evaluate('gesture', data, '--split', 'test');
    expect(exit).toBe(0);
    expect(stdout).toContain(`${(100 * accuracy!).toFixed(1)} %`);
    expect(stderr).toMatch(/^evaluate 270\/270 windows/m);
  });
});

const interval95Holds = ({ accuracy, macroF1, ci95 }: EvaluationReport): boolean =>
  ci95.accuracy![0] <= accuracy! &&
  accuracy! <= ci95.accuracy![1] &&
  ci95.macroF1![0] <= macroF1! &&
  macroF1! <= ci95.macroF1![1];

describe('tinyllm evaluate takes the rows', () => {
  it('from the file as from the folder, all of them without --split', async (test) => {
    const data = requireData('gesture', test);
    const ofFolder = await evaluate('gesture', data, '--split', 'test');
    const ofFile = await evaluate('gesture', join(data, 'test.jsonl.gz'));
    expect(withoutLatency(ofFile)).toEqual({ ...withoutLatency(ofFolder), split: null });
    const local = requireData('local', test);
    expect((await evaluate('local', local)).n).toBe(245 + 35 + 49);
  });

  it('from a plain file of any name, with keys that nobody knows and without those that may be absent', async (test) => {
    const rows = testRows('gesture', test);
    const expected = await evaluate('gesture', fileOf('rows.jsonl', rows));
    const bare = rows.map(({ split: _, text: __, copies_in_source: ___, ...row }) => ({
      ...row,
      colour: 'red',
      n: '?',
    }));
    expect(withoutLatency(await evaluate('gesture', fileOf('rows of mine.dat', bare)))).toEqual(
      withoutLatency(expected),
    );
  });

  it('from the numbers, never from the text', async (test) => {
    const rows = testRows('local', test);
    const expected = await evaluate('local', fileOf('rows.jsonl', rows));
    const misled = rows.map((row) => ({ ...row, text: '1003,69,24,55,999,999,999,1' }));
    expect(withoutLatency(await evaluate('local', fileOf('misled.jsonl', misled)))).toEqual(
      withoutLatency(expected),
    );
  });

  it('once each: equal input and label count once, another label of the same input counts', async (test) => {
    const rows = testRows('local', test);
    const twice = [...rows, ...rows.map((row) => ({ ...row, id: `again-${row.id}`, text: '' }))];
    expect((await evaluate('local', fileOf('twice.jsonl', twice))).n).toBe(49);
    const contradicted = [...rows, { ...rows[0], label: 'Entrance' }];
    const report = await evaluate('local', fileOf('contradicted.jsonl', contradicted));
    expect(report).toMatchObject({ n: 50, accuracy: 49 / 50 });
  });

  it('that it can read, and names and counts the others', async (test) => {
    const [first, ...rest] = testRows('local', test);
    const path = fileOf('holes.jsonl', [
      { ...first, values: { ...(first!.values as Json), red: 'dark' } },
      ...rest,
    ]);
    const flags = ['--bundle', 'models/local', '--dataset', 'local', '--data', path, '--json'];
    const { stdout, stderr } = await tinyllm('evaluate', ...flags);
    expect(JSON.parse(stdout)).toMatchObject({ n: 48, skipped: 1 });
    expect(stderr).toContain(`left out ${path}:1: values.red: `);
  });

  it('of a window that is too short or too long for the task, too', async (test) => {
    const rows = testRows('gesture', test).map((row, i) => {
      const cut = (samples: number[]) => (i % 2 ? samples.slice(0, 40) : [...samples, ...samples]);
      const channels = Object.entries(row.channels as Record<string, number[]>);
      return {
        ...row,
        channels: Object.fromEntries(channels.map(([name, samples]) => [name, cut(samples)])),
      };
    });
    expect(await evaluate('gesture', fileOf('lengths.jsonl', rows))).toMatchObject({ n: 90, skipped: 0 });
  });
});

describe('tinyllm evaluate refuses', () => {
  const refused = async (dataset: string, data: string, ...flags: string[]) => {
    const asked = ['--bundle', 'models/gesture', '--dataset', dataset, '--data', data, ...flags];
    const { exit, stdout, stderr } = await tinyllm('evaluate', ...asked);
    expect(stdout).toBe('');
    const [, message, hint] = /^error: (.+)\nhint: (.+)\n$/m.exec(stderr) ?? [];
    return { exit, message, hint };
  };

  it('data that is not there, or empty', async () => {
    expect(await refused('gesture', join(folder, 'nowhere'))).toEqual({
      exit: 1,
      message: `there is no data at ${join(folder, 'nowhere')}`,
      hint: 'docs/data.md says where the data sets come from',
    });
    const empty = fileOf('empty.jsonl', []);
    expect(await refused('gesture', empty)).toMatchObject({ exit: 1, message: expect.any(String) });
  });

  it('a file of something else', async () => {
    const { exit, message, hint } = await refused('gesture', 'package.json');
    expect({ exit, hint }).toEqual({ exit: 1, hint: expect.any(String) });
    expect(message).toContain('package.json');
  });

  it('the rows of another data set, read as their own or as ours', async (test) => {
    const data = requireData('local', test);
    const asOurs = await refused('gesture', data);
    expect(asOurs).toMatchObject({ exit: 1, message: expect.stringContaining('no row of gesture') });
    const asTheirs = await refused('local', data);
    expect(asTheirs).toMatchObject({
      exit: 1,
      message: expect.stringMatching(/is labelled ".+", which is no answer of task gesture$/),
      hint: 'it answers Tap, Double, Hold; use the data set it was made for',
    });
  });

  it('a split that no row belongs to', async (test) => {
    const data = requireData('gesture', test);
    expect(await refused('gesture', data, '--split', 'tset')).toMatchObject({
      exit: 1,
      message: 'no row has "tset" in column "split"',
      hint: expect.stringMatching(/test.*train.*validation/),
    });
    const bare = fileOf(
      'bare.jsonl',
      testRows('gesture', test).map(({ split: _, ...row }) => row),
    );
    expect(await refused('gesture', bare, '--split', 'test')).toMatchObject({
      exit: 1,
      hint: expect.stringContaining('leave --split out'),
    });
  });

  it('a truncated file', async (test) => {
    const whole = readFileSync(join(requireData('gesture', test), 'test.jsonl.gz'));
    const path = join(folder, 'torn.jsonl.gz');
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    expect(await refused('gesture', path)).toMatchObject({ exit: 1, message: expect.stringContaining(path) });
  });

  it.each([
    ['a data set that does not exist', ['--dataset', 'gestures', '--data', 'x']],
    ['no data set', ['--data', 'x']],
    ['no data', ['--dataset', 'gesture']],
    ['shifts that are no range', ['--dataset', 'gesture', '--data', 'x', '--shifts', '5..x']],
  ])('as wrong usage: %s', async (_, flags) => {
    const { exit, stderr } = await tinyllm('evaluate', '--bundle', 'models/gesture', ...flags);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
  });
});
