import { type FittedTask, fittedTask } from '../../protocols/task.ts';

/** Time steps of a window. */
export const ROWS = 5;

/** A fitted task of two channels with two levels each: every token of its prompts is known. */
export const task = (labels: readonly string[] = ['lap', 'rest']): FittedTask =>
  fittedTask.parse({
    spec: {
      name: 'two-axes',
      instruction: 'Lap or rest?',
      input: {
        kind: 'rate',
        rateHz: 5,
        maxGapMs: 400,
        channels: [{ channel: 'accel.x' }, { channel: 'accel.y' }],
      },
      window: { rows: ROWS, hopMs: 1000 },
      answers: { kind: 'labels', labels },
    },
    template: 'stream',
    quantisers: [
      { channel: 'accel.x', firstNumber: 0, edges: [0] },
      { channel: 'accel.y', firstNumber: 10, edges: [0] },
    ],
    missingText: ' ?',
    unknownThreshold: 0,
    classPrior: {},
  });
