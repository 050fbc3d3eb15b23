import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { LabelledRow } from '../../trainer/datasets/dataset.ts';
import { TrainingWindows } from '../../trainer/training-windows.ts';
import { rateTask } from '../protocols/examples.ts';

const SAMPLES = 400;
const spec = rateTask();
const [first, second] = spec.answers.kind === 'labels' ? spec.answers.labels : [];
const channels = spec.input.channels.map(({ channel }) => channel);

/** 40 s at 10 Hz: the first label up to 20 s, then the second. */
const whole = {
  id: 'whole',
  board: 'b',
  channels,
  rateHz: 10,
  nominalRate: false,
  timesUs: Float64Array.from({ length: SAMPLES }, (_, i) => i * 100_000),
  values: new Float64Array(SAMPLES * channels.length),
  labels: [
    { label: first!, startUs: 0, endUs: 20e6 },
    { label: second!, startUs: 20e6, endUs: 40e6 },
  ],
};
/** The two seconds before the label changes. */
const row: LabelledRow = {
  id: 'row',
  label: first!,
  splits: {},
  context: whole,
  recording: {
    ...whole,
    timesUs: whole.timesUs.subarray(180, 200),
    values: whole.values.subarray(180 * channels.length, 200 * channels.length),
    labels: [{ label: first!, startUs: 18e6, endUs: 20e6 }],
  },
};
const drawn = (relabel: boolean, of = row) => {
  const starts = [{ from: 'row' as const, shiftSamples: 60, share: 1 }];
  const windows = { copies: 1, starts, relabel, recombine: false, augment: [] };
  const training = new TrainingWindows(spec, windows, of);
  return Array.from({ length: 100 }, (_, copy) => training.draw(RandomStream.seeded(1), copy));
};

describe('training windows that were moved', () => {
  it('keep the label of their row unless a recipe says otherwise', () => {
    expect(new Set(drawn(false).map(({ label }) => label))).toEqual(new Set([first]));
  });

  it('are labelled by what fills most of them, where the recording around the row says so', () => {
    const windows = drawn(true);
    expect(new Set(windows.map(({ label }) => label))).toEqual(new Set([first, second]));
    for (const { label, startUs } of windows) {
      if (startUs >= 20e6) expect(label).toBe(second);
      if (startUs <= 14e6) expect(label).toBe(first);
    }
  });

  it('keep the label of their row where nothing is known beside it', () => {
    const { context: _, ...alone } = row;
    expect(new Set(drawn(true, alone).map(({ label }) => label))).toEqual(new Set([first]));
  });
});
