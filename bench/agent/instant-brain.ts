import type { Answer, Brain, Thought } from '../../pipeline/brain.ts';
import { type FittedTask, parseTaskSpec } from '../../protocols/task.ts';
import { BOARD_RATE_HZ, CHANNELS, sinceStampMs } from './load.ts';

/** Six channels averaged to 10 Hz, windows of two seconds, one each second. The last channel tells when it was sent. */
const spec = parseTaskSpec(
  {
    name: 'bench',
    instruction: 'What is it?',
    input: {
      kind: 'rate',
      rateHz: 10,
      boardRateHz: BOARD_RATE_HZ,
      maxGapMs: 1000,
      channels: CHANNELS.map((channel, c) => ({ channel, reduce: c === 5 ? 'last' : 'mean' })),
    },
    window: { rows: 20, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['one', 'other'] },
  },
  'the task of the bench',
);

/** Stands for the model and costs nothing: what is measured is the way to it. Notes how old each window's last reading is. */
export class InstantBrain implements Brain {
  readonly task: FittedTask = {
    spec,
    template: 'stream',
    quantisers: CHANNELS.map((channel, c) => ({ channel, firstNumber: c, edges: [] })),
    missingText: '?',
    unknownThreshold: 0,
    classPrior: {},
  };
  readonly model = 'instant';
  readonly bundleHash = '0'.repeat(64);
  /** From the sending of a window's last reading until the model is asked. */
  agesMs: number[] = [];

  open(): Thought {
    let stamp = Number.NaN;
    return {
      push: (rows) => {
        stamp = rows.at(-1)?.[CHANNELS.length - 1] ?? stamp;
      },
      score: async (): Promise<Answer> => {
        this.agesMs.push(sinceStampMs(stamp));
        return { probs: { one: 0.5, other: 0.5 } };
      },
      discard: () => {},
    };
  }
}
