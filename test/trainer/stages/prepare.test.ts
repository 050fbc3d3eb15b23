import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Brain } from '../../../pipeline/brain.ts';
import { every } from '../../../pipeline/load.ts';
import { Meter } from '../../../pipeline/meter.ts';
import { predictions } from '../../../pipeline/predictions.ts';
import { labelsOf } from '../../../protocols/answers.ts';
import type { SensorReading } from '../../../protocols/reading.ts';
import { readingsOf } from '../../../protocols/recording.ts';
import type { FittedTask } from '../../../protocols/task.ts';
import { promptWriter } from '../../../protocols/templates.ts';
import type { Row } from '../../../protocols/window.ts';
import { type Dataset, type LabelledRow, rowsOfSplit } from '../../../trainer/datasets/dataset.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import type { ExampleSet } from '../../../trainer/example-set.ts';
import { PREPARED_FILES, type PreparedData, type PreparedWindow } from '../../../trainer/prepared-data.ts';
import { type LoadedRecipe, loadRecipe } from '../../../trainer/recipe.ts';
import { extendEdges } from '../../../trainer/row-windows.ts';
import { prepare } from '../../../trainer/stages/prepare.ts';
import { START_US } from '../../protocols/examples.ts';
import { REPOSITORY, requireData } from '../../tools.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterEach(() => rm(out, { recursive: true }));

/** The recipe that ships, with fewer windows of each row. */
async function quickRecipe(name: 'gesture' | 'local'): Promise<LoadedRecipe> {
  const recipe = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', `${name}.yaml`));
  return { ...recipe, windows: { ...recipe.windows, copies: Math.min(2, recipe.windows.copies) } };
}

const prepared = (recipe: LoadedRecipe, dataset: Dataset, folder = 'run', seed = 1) =>
  prepare(recipe, dataset, {
    out: join(out, folder),
    seed,
    signal: new AbortController().signal,
    note: () => {},
  });

async function windowsOf({ folder }: PreparedData, file: 'trainWindows' | 'validationWindows') {
  const text = await readFile(join(folder, PREPARED_FILES[file]), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PreparedWindow);
}

const promptOf = ({ tokens, tokensPerExample, promptLength }: ExampleSet, i: number): number[] => [
  ...tokens.subarray(i * tokensPerExample, i * tokensPerExample + promptLength[i]!),
];

describe.each(['gesture', 'local'] as const)('prepare %s', (name) => {
  it('makes training windows of training rows only, and validation windows of validation rows', async (test) => {
    const dataset = await readDataset(name, requireData(name, test));
    const data = await prepared(await quickRecipe(name), dataset);
    for (const [split, file] of [
      ['train', 'trainWindows'],
      ['validation', 'validationWindows'],
    ] as const) {
      const rows = rowsOfSplit(dataset.rows, split);
      const windows = await windowsOf(data, file);
      expect(windows).toHaveLength(data[split].label.length);
      expect(new Set(windows.map(({ row }) => row))).toEqual(new Set(rows.map(({ id }) => id)));
      const labelOf = new Map(rows.map(({ id, label }) => [id, label]));
      for (const [i, { row, label }] of windows.entries()) {
        expect(label).toBe(labelOf.get(row));
        expect(labelsOf(data.task.spec.answers)[data[split].label[i]!]).toBe(label);
      }
    }
  });

  it('is the same whatever the test rows hold, byte for byte', async (test) => {
    const dataset = await readDataset(name, requireData(name, test));
    const spoil = (row: LabelledRow): LabelledRow => ({
      ...row,
      recording: { ...row.recording, values: row.recording.values.map((value) => 1e6 - 3 * value) },
    });
    const isTest = ({ splits }: LabelledRow) => splits.split === 'test';
    const spoilt = { ...dataset, rows: dataset.rows.map((row) => (isTest(row) ? spoil(row) : row)) };
    const recipe = await quickRecipe(name);
    const honest = await prepared(recipe, dataset, 'honest');
    const other = await prepared(recipe, spoilt, 'spoilt');
    for (const file of Object.values(PREPARED_FILES)) {
      const [a, b] = await Promise.all([honest, other].map(({ folder }) => readFile(join(folder, file))));
      expect(a!.equals(b!), file).toBe(true);
    }
  });

  it('fits levels and prior on training rows alone', async (test) => {
    const dataset = await readDataset(name, requireData(name, test));
    const recipe = await quickRecipe(name);
    const { task } = await prepared(recipe, dataset);
    const shifted = dataset.rows.map((row) =>
      row.splits.split === 'validation'
        ? { ...row, recording: { ...row.recording, values: row.recording.values.map((v) => v + 500) } }
        : row,
    );
    expect((await prepared(recipe, { ...dataset, rows: shifted, hash: 'other' }, 'other')).task).toEqual(
      task,
    );
    expect(Object.values(task.classPrior).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('is a pure function of data, recipe and seed', async (test) => {
    const dataset = await readDataset(name, requireData(name, test));
    const recipe = await quickRecipe(name);
    const first = await prepared(recipe, dataset);
    expect((await prepared(recipe, dataset, 'again')).train).toEqual(first.train);
    const other = await prepared(recipe, dataset, 'other', 2);
    expect(other.validation).toEqual(first.validation);
    // The rows of the local set are single readings: there is nothing to draw.
    if (name === 'gesture') expect(other.train.tokens).not.toEqual(first.train.tokens);
  });
});

it('refuses a set without a test split, or with a test row that cannot be answered, before anything is trained', async (test) => {
  const dataset = await readDataset('local', requireData('local', test));
  const recipe = await quickRecipe('local');
  const rows = dataset.rows.filter(({ splits }) => splits.split !== 'test');
  await expect(prepared(recipe, { ...dataset, rows })).rejects.toThrow('local has no rows of split "test"');
  const strange = dataset.rows.map((row) => (row.splits.split === 'test' ? { ...row, label: 'Attic' } : row));
  await expect(prepared(recipe, { ...dataset, rows: strange })).rejects.toThrow(/labelled "Attic"/);
});

describe('the unit of identity', () => {
  it('what is prepared of a row at its trigger is what the live pipeline reads there', async (test) => {
    const dataset = await readDataset('gesture', requireData('gesture', test));
    const data = await prepared(await quickRecipe('gesture'), dataset);
    const rows = rowsOfSplit(dataset.rows, 'validation');
    const live = await readLive(data, rows);
    const windows = await windowsOf(data, 'validationWindows');
    let compared = 0;
    for (const [i, { row, startUs }] of windows.entries()) {
      const tokens = live.get(`${row} at ${startUs}`);
      if (!tokens) continue;
      expect(tokens, `${row} at ${startUs}`).toEqual(promptOf(data.validation, i));
      compared++;
    }
    const triggered = new Set([...live.keys()].map((key) => key.split(' at ')[0]));
    expect(compared).toBeGreaterThanOrEqual(triggered.size);
    expect(triggered.size).toBeGreaterThan(80);
  });
});

/** Tokens of every window which the agent's pipeline opens in the rows, by row and start. */
async function readLive(
  { task, tokenizer }: PreparedData,
  rows: readonly LabelledRow[],
): Promise<Map<string, number[]>> {
  const writer = promptWriter(task, tokenizer);
  const brain = new ReadingBrain(task);
  const boardOf = (i: number) => `row-${i}`;
  const readings = rows.flatMap(({ recording }, i) => {
    const stream = { ...extendEdges(recording, 100), board: boardOf(i) };
    return [...readingsOf(stream, START_US)];
  });
  const meter = new Meter();
  const predicted = await lastValueFrom(
    from<Iterable<SensorReading>>(readings).pipe(
      predictions(brain, every(), meter, { agent: 'test' }),
      toArray(),
    ),
  );
  expect(predicted).toHaveLength(brain.read.length);
  return new Map(
    predicted.map(({ board, prediction }, i) => {
      const { rows: windowRows, board: readBoard } = brain.read[i]!;
      expect(readBoard).toBe(board);
      const stream = writer.begin();
      const tokens = [...writer.prefix, ...windowRows.flatMap((row) => stream.push(row)), ...stream.finish()];
      const { id } = rows.find((_, r) => boardOf(r) === board)!;
      return [`${id} at ${Math.round(prediction.window.start * 1000) - START_US}`, tokens];
    }),
  );
}

/** Answers nothing of worth, but remembers what it was given, window by window as they were scored. */
class ReadingBrain implements Brain {
  readonly model = 'reader';
  readonly bundleHash = 'c0de';
  readonly read: { readonly board: string; readonly rows: readonly Row[] }[] = [];

  constructor(readonly task: FittedTask) {}

  open(board: string) {
    const rows: Row[] = [];
    return {
      push: (more: readonly Row[]) => void rows.push(...more),
      score: async (): Promise<Answer> => {
        this.read.push({ board, rows });
        return { probs: Object.fromEntries(labelsOf(this.task.spec.answers).map((label) => [label, 1 / 3])) };
      },
      discard: () => {},
    };
  }
}
