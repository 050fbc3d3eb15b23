import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { NumberSpec } from '../../../protocols/answers.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';
import { compareNumberBaselines } from '../../../trainer/baselines/compare-numbers.ts';
import { askNumberMethods } from '../../../trainer/baselines/number-methods.ts';
import { meanCrossings, spectralPeak } from '../../../trainer/baselines/signal-rates.ts';
import type { LabelledRow } from '../../../trainer/datasets/dataset.ts';
import { recordingOf } from '../../protocols/examples.ts';

const wave = (perMinute: number, rateHz: number, seconds: number, noise = 0) => {
  const random = RandomStream.seeded(1);
  return Array.from({ length: rateHz * seconds }, (_, i) => {
    return 50 + 20 * Math.sin((2 * Math.PI * perMinute * i) / rateHz / 60) + noise * random.normal();
  });
};

describe('a rate by signal processing', () => {
  it.each([9.5, 14, 27.3])('is found at %d a minute', (perMinute) => {
    expect(Math.abs(spectralPeak(wave(perMinute, 4, 30), 4) - perMinute)).toBeLessThan(0.3);
    expect(Math.abs(spectralPeak(wave(perMinute, 4, 30, 3), 4) - perMinute)).toBeLessThan(0.4);
    expect(Math.abs(meanCrossings(wave(perMinute, 4, 30, 3), 4) - perMinute)).toBeLessThan(0.8);
  });

  it('is 0 crossings of what stands still', () => {
    expect(meanCrossings(Array(40).fill(3), 4)).toBe(0);
  });
});

const steps: NumberSpec = { name: 'steps', unit: '1/min', min: 0, max: 60, decimals: 0 };
const spec = parseTaskSpec(
  {
    name: 'steps',
    instruction: 'How many?',
    input: { kind: 'rate', rateHz: 4, maxGapMs: 1000, channels: [{ channel: 'chest' }] },
    window: { rows: 80, hopMs: 1000 },
    answers: { kind: 'numbers', numbers: [steps] },
  },
  'steps',
);
const row = (perMinute: number): LabelledRow => {
  const values = wave(perMinute, 4, 20, 1).map((value, i): [number, number] => [i * 250, value]);
  const recording = recordingOf(['chest'], values, { rateHz: 4 });
  return { id: `at-${perMinute}`, label: '', numbers: { steps: perMinute }, splits: {}, recording };
};

it('methods for numbers learn from training rows; those for rates need none', async () => {
  const training = Array.from({ length: 60 }, (_, i) => row(8 + i / 2));
  const asked = Array.from({ length: 12 }, (_, i) => row(9.25 + 2 * i));
  const methods = await askNumberMethods(spec, training, asked);
  expect(methods.map(({ name }) => name)).toEqual([
    'mean of training',
    'kNN (5) on rows',
    'random forest on rows',
    'kNN (5) on features',
    'random forest on features',
    'spectral peak',
    'mean crossings',
  ]);
  const perfect = asked.map(({ numbers }) => {
    const truth = numbers!.steps!;
    return { numbers: [{ truth, mean: truth, sd: 0 }] };
  });
  const reports = compareNumberBaselines(methods, spec.answers, perfect);
  const errorOf = (name: string) => reports.find((report) => report.name === name)!.mae!.steps!;
  for (const name of ['random forest on features', 'spectral peak', 'mean crossings']) {
    expect(errorOf(name), name).toBeLessThan(errorOf('mean of training') / 3);
  }
  for (const { mae, ci95, modelMinusThis, positionErrorM } of reports) {
    // Against a model that is always right, the lead is the method's own error.
    expect(modelMinusThis.mae.steps!.value).toBeCloseTo(-mae!.steps!, 9);
    expect(modelMinusThis.mae.steps!.ci95[1]).toBeCloseTo(-ci95.mae!.steps![0], 6);
    expect([positionErrorM, modelMinusThis.positionErrorM]).toEqual([null, null]);
  }
});

it('a task of labels has none', async () => {
  const labels = { ...spec, answers: { kind: 'labels' as const, labels: ['a', 'b'] } };
  expect(await askNumberMethods(labels, [row(9)], [row(9)])).toEqual([]);
});
