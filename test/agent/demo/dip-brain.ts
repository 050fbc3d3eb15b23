import type { Brain, Thought } from '../../../pipeline/brain.ts';
import type { FittedTask } from '../../../protocols/task.ts';
import type { Row } from '../../../protocols/window.ts';

const CHANNELS = ['proximity', 'light.red', 'light.green', 'light.blue'] as const;
const LABELS = ['Tap', 'Double', 'Hold'];

/** The gesture task as a person would write it; nothing is fitted, since nothing is tokenised. */
const task: FittedTask = {
  spec: {
    name: 'gesture',
    instruction: 'Which gesture?',
    input: {
      kind: 'rate',
      rateHz: 12.5,
      maxGapMs: 400,
      channels: CHANNELS.map((channel) => ({ channel, reduce: 'mean', missing: 'hold' })),
    },
    window: {
      rows: 24,
      trigger: { channel: 'proximity', below: 240, release: 250, quietMs: 400, preMs: 800 },
    },
    answers: { kind: 'labels', labels: LABELS },
  },
  template: 'stream',
  quantisers: [],
  missingText: ' ?',
  unknownThreshold: 0,
  classPrior: {},
};

/** Names a gesture by how often and how long a hand darkens the sensor: a rule in place of a model. */
export class DipBrain implements Brain {
  readonly task = task;
  readonly model = 'dips';
  readonly bundleHash = '0'.repeat(64);

  open(): Thought {
    const rows: Row[] = [];
    return {
      push: (more) => rows.push(...more),
      score: async () => {
        const label = gestureIn(rows);
        return { probs: Object.fromEntries(LABELS.map((other) => [other, other === label ? 0.9 : 0.05])) };
      },
      discard: () => {},
    };
  }
}

function gestureIn(rows: readonly Row[]): string {
  const bright = rows[0]![1]!;
  const isDark = rows.map((row) => row[1]! < 0.7 * bright);
  const dips = isDark.filter((dark, i) => dark && !isDark[i - 1]).length;
  const darkRows = isDark.filter(Boolean).length;
  return darkRows > 8 ? 'Hold' : dips > 1 ? 'Double' : 'Tap';
}
