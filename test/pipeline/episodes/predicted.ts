import type { Prediction } from '../../../protocols/prediction.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';

/** Windows of three seconds, one every second. */
export const swimming = parseTaskSpec(
  {
    name: 'swimming',
    instruction: 'Which?',
    input: { kind: 'rate', rateHz: 1, maxGapMs: 500, channels: [{ channel: 'accel.x' }] },
    window: { rows: 3, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['crawl', 'breast', 'turn'] },
  },
  'the test',
);

export const tapping = parseTaskSpec(
  {
    name: 'tapping',
    instruction: 'Which?',
    input: { kind: 'rate', rateHz: 1, maxGapMs: 500, channels: [{ channel: 'proximity' }] },
    window: { rows: 2, trigger: { channel: 'proximity', below: 240, release: 248, preMs: 400 } },
    answers: { kind: 'labels', labels: ['tap', 'hold', 'none'] },
  },
  'the test',
);

/** A sure answer for a window that ends at `end` ms; `?` is unknown. */
export function predicted(label: string, end: number, lengthMs = 3000): Prediction {
  const unknown = label === '?';
  return {
    id: '0'.repeat(16),
    ts: end,
    window: { start: end - lengthMs, end, rows: 3, fill: 1, jitterMs: 0 },
    agent: 'hub',
    model: 'test',
    task: 'swimming',
    label: unknown ? null : label,
    p: unknown ? 0.34 : 0.96,
    probs: unknown
      ? { crawl: 0.34, breast: 0.33, turn: 0.33 }
      : { crawl: 0.02, breast: 0.02, turn: 0.02, [label]: 0.96 },
    unknown,
    value: {},
    latencyMs: 0,
    replayed: false,
  };
}

/** `crawl*5 turn*2`: so many windows of each label, a second apart, the first one ending at `fromMs`. */
export function windowsOf(text: string, fromMs = 3000): Prediction[] {
  const labels = text.split(' ').flatMap((part) => {
    const [label, times = '1'] = part.split('*');
    return Array<string>(Number(times)).fill(label!);
  });
  return labels.map((label, i) => predicted(label, fromMs + i * 1000));
}
