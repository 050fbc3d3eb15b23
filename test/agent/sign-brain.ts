import type { Answer, Brain, Thought } from '../../pipeline/brain.ts';
import { type FittedTask, parseTaskSpec } from '../../protocols/task.ts';

/** Windows of four rows at 10 Hz, one after the other: is the mean of accel.x above or below zero? */
const spec = parseTaskSpec(
  {
    name: 'sign',
    instruction: 'Is the sum positive?',
    input: { kind: 'rate', rateHz: 10, maxGapMs: 2000, channels: [{ channel: 'accel.x' }] },
    window: { rows: 4, hopMs: 400 },
    answers: { kind: 'labels', labels: ['minus', 'plus'] },
  },
  'the task of the tests',
);

const task: FittedTask = {
  spec,
  template: 'stream',
  quantisers: [{ channel: 'accel.x', firstNumber: 0, edges: [0] }],
  missingText: '?',
  unknownThreshold: 0.5,
  classPrior: { minus: 0.5, plus: 0.5 },
};

/** A brain whose answers anyone can work out: for tests of everything around the model. */
export class SignBrain implements Brain {
  readonly task = task;
  readonly model = 'sign-test';
  readonly bundleHash: string = '0'.repeat(64);
  /** Awaited before each answer. */
  readonly #thinking: () => Promise<void>;

  constructor(thinking: () => Promise<void> = async () => {}) {
    this.#thinking = thinking;
  }

  open(): Thought {
    let sum = 0;
    return {
      push: (rows) => {
        for (const row of rows) sum += row[0]!;
      },
      score: async (): Promise<Answer> => {
        await this.#thinking();
        return { probs: sum > 0 ? { minus: 0.1, plus: 0.9 } : { minus: 0.9, plus: 0.1 } };
      },
      discard: () => {},
    };
  }
}
