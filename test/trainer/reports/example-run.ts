import { join } from 'node:path';
import type { TaskSpec } from '../../../protocols/task.ts';
import {
  accuracy,
  confusionMatrix,
  expectedCalibrationError,
  macroF1,
  type Scored,
} from '../../../trainer/metrics.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import type { SampleWindow } from '../../../trainer/reports/sample-windows.ts';
import type { RunReport } from '../../../trainer/reports/section.ts';
import { fitted } from '../../protocols/examples.ts';
import { REPOSITORY } from '../../tools.ts';

const gesture = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', 'gesture.yaml'));

/** A run with everything that a report can show, for a gesture model whose labels are these. */
export function exampleRun(labels: readonly string[] = ['Tap', 'Double', 'Hold']): RunReport {
  const spec: TaskSpec = { ...gesture.spec, answers: { kind: 'labels', labels: [...labels] } };
  const scored = labels.flatMap((_, truth) => [
    answered(labels.length, truth, truth, 0.9),
    answered(labels.length, truth, truth, 0.62),
    answered(labels.length, truth, (truth + 1) % labels.length, 0.7),
  ]);
  const confusion = { labels, rows: confusionMatrix(scored, labels.length) };
  const ci95 = { accuracy: [0.4, 0.9], macroF1: [0.41, 0.89] } as const;
  const report = {
    dataset: 'gesture',
    split: 'test',
    n: scored.length,
    skipped: 0,
    accuracy: accuracy(confusion.rows),
    macroF1: macroF1(confusion.rows),
    ci95,
    confusion,
    ece: expectedCalibrationError(scored),
    unknown: { threshold: 0.65, coverage: 2 / 3, accuracy: 0.5, negativesRejected: 0.4, auroc: 0.75 },
    numberBaselines: null,
    mae: null,
    positionErrorM: null,
    perGroup: { 'anna & co': { n: 5, accuracy: 0.4 }, ben: { n: 4, accuracy: 1 } },
    shifts: { '0': 0.667, '5': 0.6, '-5': 0.55 },
    shiftMean: 0.606,
    latencyMs: { p50: 1.25, p95: 3.5 },
    stream: null,
    baselines: [
      {
        name: 'random forest',
        accuracy: 0.6,
        macroF1: 0.59,
        ci95,
        shifts: { '0': 0.6 },
        shiftMean: 0.6,
        modelMinusThis: {
          accuracy: { value: 0.067, ci95: [-0.02, 0.15] as const },
          macroF1: { value: 0.06, ci95: [-0.03, 0.14] as const },
        },
        windows: 408,
        trainMs: 1234,
      },
    ],
    bundle: 'f'.repeat(64),
  };
  const cost = { latencyMs: { p50: 1, p95: 2 }, tokensPerS: 1000, peakMemoryMb: 100 };
  const figures = { n: 9, accuracy: 0.667, macroF1: 0.66, agreement: 1 };
  return {
    recipe: { ...gesture, spec },
    task: fitted(spec, { unknownThreshold: 0.65 }),
    shape: { layers: 4, width: 96, heads: 3, context: 110, vocab: 450 },
    lineage: {
      data: [{ name: 'gesture', sha256: 'a'.repeat(64) }],
      recipe: { name: 'gesture', sha256: 'b'.repeat(64) },
      engine: 'onnx',
      seed: 7,
      commit: 'c'.repeat(40),
    },
    prepared: {
      rows: { train: 408, validation: 93 },
      examples: { train: 4896, validation: 930 },
      tokensPerExample: 107,
    },
    history: {
      steps: Array.from({ length: 1000 }, (_, i) => ({
        step: i + 1,
        lossNats: 7 / (1 + i / 50),
        lr: 1e-3 * (1 - i / 1000),
      })),
      validations: [250, 500, 750].map((step) => ({
        step,
        lossNats: 100 / step,
        accuracy: step / 1000,
        macroF1: step / 1001,
      })),
    },
    chosenStep: 750,
    trainingTime: { seconds: 216, isResumed: false },
    report,
    answered: scored.map((label) => ({ label, numbers: [] })),
    scored,
    table: {
      maxDrop: 0.005,
      variants: (['fp32', 'int8'] as const).map((name) => ({
        ...{
          name,
          fileBytes: 2_000_000,
          validation: figures,
          test: figures,
          accepted: name === 'fp32',
          ...cost,
        },
      })),
    },
    crossValidation: {
      baselines: null,
      folds: 5,
      groups: 34,
      n: 329,
      accuracy: 0.8125,
      macroF1: 0.8,
      ci95,
      confusion,
      mae: null,
      positionErrorM: null,
    },
    samples: [sample('row-1', scored[2]!, spec), sample('row-2', scored[0]!, spec)],
  };
}

function answered(labels: number, truth: number, answer: number, p: number): Scored {
  return {
    truth,
    probs: Array.from({ length: labels }, (_, i) => (i === answer ? p : (1 - p) / (labels - 1))),
  };
}

function sample(id: string, scored: Scored, { input, instruction }: TaskSpec): SampleWindow {
  const times = Array.from({ length: 50 }, (_, i) => i / 25);
  return {
    ...scored,
    id,
    rows: Array.from({ length: 25 }, (_, i) =>
      Float64Array.from(input.channels, (_, c) => (i === 3 ? Number.NaN : 10 * c + i)),
    ),
    measured: { timesS: times, channels: input.channels.map((_, c) => times.map((t) => 10 * c + 12 * t)) },
    tokens: [...instruction.match(/\s?\S+/g)!, ' 0', ' 41', ' 85', ' 130', ' ?', ' ->'],
  };
}
