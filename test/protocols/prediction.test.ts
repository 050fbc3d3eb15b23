import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Prediction, prediction, predictionId } from '../../protocols/prediction.ts';

describe('the id of a prediction', () => {
  const ID = predictionId('wrist-01', 'gesture', 'ab12', 1_795_392_000_000.25);

  it('is the same after a restart: it never changes between releases', () => {
    const key = '["wrist-01","gesture","ab12",1795392000000.25]';
    expect(ID).toBe(createHash('sha256').update(key).digest('hex').slice(0, 16));
    expect(ID).toBe('8816c5a89eacdc69');
  });

  it('differs by board, task, bundle and start', () => {
    const ids = [
      predictionId('wrist-02', 'gesture', 'ab12', 1_795_392_000_000.25),
      predictionId('wrist-01', 'local', 'ab12', 1_795_392_000_000.25),
      predictionId('wrist-01', 'gesture', 'ab13', 1_795_392_000_000.25),
      predictionId('wrist-01', 'gesture', 'ab12', 1_795_392_000_000.5),
    ];
    expect(new Set([...ids, ID]).size).toBe(5);
  });

  it('does not confuse names that run together', () => {
    expect(predictionId('a', 'bc', 'd', 1)).not.toBe(predictionId('ab', 'c', 'd', 1));
  });
});

describe('the payload of a prediction', () => {
  const GOOD: Prediction = {
    id: '0123456789abcdef',
    ts: 1_795_392_000_001,
    window: { start: 1_795_392_000_000, end: 1_795_392_002_500, rows: 25, fill: 1 },
    agent: 'tinyllm-1',
    model: 'gesture',
    task: 'gesture',
    label: null,
    p: 0.4,
    probs: { Tap: 0.4, Hold: 0.3, Double: 0.3 },
    unknown: true,
    value: { rate: { mean: 11.2, sd: 0.3, unit: '1/min' } },
    latencyMs: 4.5,
    replayed: false,
  };

  it('is what the contract says', () => {
    expect(prediction.parse(JSON.parse(JSON.stringify(GOOD)))).toEqual(GOOD);
  });

  it.each([
    ['id', '0123'],
    ['label', undefined],
    ['ts', '2026-11-23'],
    ['extra', 1],
  ])('is nothing else: %s = %j', (key, value) => {
    expect(prediction.safeParse({ ...GOOD, [key]: value }).success).toBe(false);
  });
});
