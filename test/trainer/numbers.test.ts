import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { openBundle, readGolden, sha256 } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import { verifyGolden } from '../../model/verify.ts';
import { every } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import { predictions } from '../../pipeline/predictions.ts';
import { loadBrain } from '../../pipeline/tiny-brain.ts';
import type { Answers } from '../../protocols/answers.ts';
import { prediction } from '../../protocols/prediction.ts';
import { parseTaskSpec, type TaskSpec } from '../../protocols/task.ts';
import type { Dataset, LabelledRow } from '../../trainer/datasets/dataset.ts';
import { onnxEngine } from '../../trainer/engines/onnx/onnx-engine.ts';
import { evaluationText } from '../../trainer/evaluation-text.ts';
import { type LoadedRecipe, loadRecipe } from '../../trainer/recipe.ts';
import type { Run } from '../../trainer/stage.ts';
import { bundle } from '../../trainer/stages/bundle.ts';
import { evaluate } from '../../trainer/stages/evaluate.ts';
import { finetune } from '../../trainer/stages/finetune.ts';
import { prepare } from '../../trainer/stages/prepare.ts';
import { quantize } from '../../trainer/stages/quantize.ts';
import { at } from '../protocols/examples.ts';
import { REPOSITORY } from '../tools.ts';

const ROWS = 4;
const PERIOD_MS = 100;

/** How bright it is, in tenths of the sensor's range: the level of one channel, all along the window. */
const spec = (answers: Answers): TaskSpec =>
  parseTaskSpec(
    {
      name: 'brightness',
      instruction: 'How bright?',
      input: { kind: 'rate', rateHz: 10, maxGapMs: 300, channels: [{ channel: 'light.red' }] },
      window: { rows: ROWS, hopMs: ROWS * PERIOD_MS },
      answers,
    },
    'brightness',
  );
const brightness = { name: 'brightness', unit: 'tenths', min: 0, max: 10, decimals: 0 };
const labels = ['dark', 'light'];

/** Levels drawn at random; a window stays within 2 % of its level. */
function dataset(): Dataset {
  const random = RandomStream.seeded(7);
  const row = (split: string, i: number): LabelledRow => {
    const level = 1000 * random.uniform();
    const label = labels[Number(level > 500)]!;
    const values = Float64Array.from({ length: ROWS }, () => level * (1 + 0.02 * (random.uniform() - 0.5)));
    const timesUs = Float64Array.from(values, (_, t) => t * PERIOD_MS * 1000);
    const id = `${split}-${i}`;
    const recording = {
      id,
      board: 'desk',
      channels: ['light.red'],
      rateHz: 10,
      nominalRate: true,
      timesUs,
      values,
    };
    return {
      ...{ id, label, numbers: { brightness: level / 100 }, splits: { split } },
      recording: { ...recording, labels: [{ label, startUs: 0, endUs: ROWS * PERIOD_MS * 1000 }] },
    };
  };
  const rows = Object.entries({ train: 400, validation: 24, test: 40 }).flatMap(([split, n]) =>
    Array.from({ length: n }, (_, i) => row(split, i)),
  );
  return { rows, skipped: [], hash: sha256('levels') };
}

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-numbers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = () => ({ started: () => {}, step: () => {}, validated: () => {}, ended: () => {} });

/** Train a tiny model from data to bundle. */
async function trained(name: string, answers: Answers, variants: ('fp32' | 'int8')[], steps = 300) {
  const { crossValidation: _, ...local } = await loadRecipe(
    join(REPOSITORY, 'configs', 'recipes', 'local.yaml'),
  );
  const recipe: LoadedRecipe = {
    ...local,
    ...{ name, spec: spec(answers), hash: sha256(name), numbers: { jitter: 0.5 } },
    prompt: { template: 'stream', levels: 40, spacing: {} },
    model: { layers: 1, width: 32, heads: 1 },
    finetune: { ...local.finetune, steps, warmupSteps: 20, labelSmoothing: 0, evaluateEvery: 100 },
    quantize: { variants, maxDrop: 1, maxRise: 1 },
  };
  const run: Run = { out: join(folder, name), seed: 1, signal: new AbortController().signal, note: () => {} };
  const data = dataset();
  const prepared = await prepare(recipe, data, run);
  const specialist = await finetune(recipe, prepared, { engine: onnxEngine, threads: 1, watch: silent }, run);
  const quantized = await quantize(recipe, prepared, specialist, data, run);
  const evaluated = await evaluate(recipe, quantized, data, run);
  const made = join(await bundle(recipe, evaluated, undefined, data, run), name);
  return { prepared, specialist, evaluated, made };
}

/** What always answering the mean of the training rows would err by. */
function errorOfMean(): number {
  const of = (split: string) =>
    dataset()
      .rows.filter(({ splits }) => splits.split === split)
      .map(({ numbers }) => numbers!.brightness!);
  const train = of('train');
  const mean = train.reduce((a, b) => a + b) / train.length;
  const test = of('test');
  return test.reduce((sum, value) => sum + Math.abs(value - mean), 0) / test.length;
}

/** Predictions of the finished bundle while readings arrive. */
async function live(made: string, levels: readonly number[]) {
  const brain = await loadBrain(made);
  const readings = levels.flatMap((level, w) =>
    Array.from({ length: ROWS }, (_, i) => at((w * ROWS + i) * PERIOD_MS, { 'light.red': level })),
  );
  readings.push(at(levels.length * ROWS * PERIOD_MS, { 'light.red': 0 }));
  try {
    const all$ = from(readings).pipe(predictions(brain, every(), new Meter(), { agent: 'test' }), toArray());
    return (await lastValueFrom(all$)).map(({ prediction: made }) => prediction.parse(made));
  } finally {
    await brain.close();
  }
}

describe('a task that asks for a number', () => {
  it('is learnt, measured, shipped and answered live', async () => {
    const { prepared, specialist, evaluated, made } = await trained(
      'level',
      { kind: 'numbers', numbers: [brightness] },
      ['fp32', 'int8'],
    );
    expect(prepared.task.classPrior).toEqual({});
    expect(specialist.validation).toMatchObject({ accuracy: null, macroF1: null });
    expect(specialist.validation.relativeMae).toBeCloseTo(specialist.validation.mae!.brightness! / 10, 12);

    const { report, table } = evaluated;
    expect(report.mae!.brightness!).toBeLessThan(errorOfMean() / 3);
    expect(report).toMatchObject({
      ...{ n: 40, accuracy: null, macroF1: null, confusion: null, ece: null, unknown: null },
      ...{ positionErrorM: null, shifts: null, shiftMean: null, perGroup: null },
    });
    expect(report.ci95.mae!.brightness![0]).toBeLessThan(report.mae!.brightness!);
    expect(evaluationText(report)).toContain('mean absolute error of brightness');
    expect(table.variants[0]!.test).toMatchObject({ accuracy: null, mae: report.mae, agreement: 1 });

    const opened = await openBundle(made);
    expect(opened.manifest.variants[0]).toMatchObject({ accuracy: null, mae: report.mae });
    const [golden] = await readGolden(opened);
    expect(golden!.probs).toEqual({});
    expect(Math.abs(golden!.values!.brightness! - 5)).toBeLessThan(5);
    expect((await verifyGolden(opened)).map(({ ok }) => ok)).toEqual(Array(12).fill(true));

    const answered = await live(made, [150, 850]);
    expect(answered).toHaveLength(2);
    for (const [i, truth] of [1.5, 8.5].entries()) {
      const { label, unknown, probs, p, value } = answered[i]!;
      expect({ label, unknown, probs }).toEqual({ label: null, unknown: false, probs: {} });
      expect(p).toBeGreaterThan(0.01);
      expect(value.brightness!.unit).toBe('tenths');
      expect(Math.abs(value.brightness!.mean - truth)).toBeLessThan(1.5);
      expect(value.brightness!.sd).toBeLessThan(2);
    }
  });
});

describe('a task that asks for a label and a number', () => {
  it('answers both', async () => {
    const { specialist, evaluated, made } = await trained(
      'both',
      { kind: 'labels-and-numbers', labels, numbers: [brightness] },
      ['fp32'],
      // Two questions share the steps.
      1000,
    );
    expect(specialist.validation.macroF1).toBeGreaterThan(0.8);
    const { report } = evaluated;
    expect(report.accuracy).toBeGreaterThan(0.85);
    expect(report.mae!.brightness!).toBeLessThan(errorOfMean() / 2);
    expect(report.confusion!.labels).toEqual(labels);
    expect(evaluationText(report)).toMatch(/accuracy[\s\S]*mean absolute error of brightness/);
    const [dark, light] = await live(made, [150, 850]);
    expect([dark!.label, light!.label]).toEqual(labels);
    expect(dark!.probs.dark! + dark!.probs.light!).toBeCloseTo(1, 5);
    expect(dark!.p).toBe(dark!.probs.dark);
    expect(dark!.value.brightness!.mean).toBeLessThan(light!.value.brightness!.mean - 3);
  });
});
