import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { answers, firstReadings } from '../../agent/narrate.ts';
import type { BoardPrediction } from '../../pipeline/predictions.ts';
import { parseTaskSpec } from '../../protocols/task.ts';
import { SignBrain } from './sign-brain.ts';

const { spec } = new SignBrain().task;
const events = parseTaskSpec(
  {
    ...spec,
    window: { rows: 4, trigger: { channel: 'accel.x', below: -1, release: 0, quietMs: 0, preMs: 0 } },
  },
  'the test',
);

const answered = (board: string, label: string | null): BoardPrediction => ({
  board,
  prediction: {
    id: '0'.repeat(16),
    ts: 0,
    window: { start: 0, end: 0, rows: 4, fill: 1 },
    agent: 'hub',
    model: 'sign',
    task: 'sign',
    label,
    p: 0.987,
    probs: {},
    unknown: label === null,
    value: {},
    latencyMs: 4.6,
    replayed: false,
  },
});
const SITTING = [answered('a', 'plus'), answered('b', 'plus'), answered('a', 'plus'), answered('a', null)];

const said = (task: typeof spec) => lastValueFrom(from(SITTING).pipe(answers(task), toArray()));

describe('the log', () => {
  it('names every board once, with its channels', async () => {
    const reading = (board: string) => ({
      board,
      timeUs: 0,
      arrivalMs: 0,
      values: { proximity: 1, 'accel.x': 2 },
    });
    const boards = ['desk', 'wall', 'desk'].map(reading);
    expect(await lastValueFrom(from(boards).pipe(firstReadings(), toArray()))).toEqual([
      'desk: first reading (proximity, accel.x)',
      'wall: first reading (proximity, accel.x)',
    ]);
  });

  it('tells every event', async () => {
    expect(await said(events)).toEqual([
      'a: plus 0.99 (5 ms)',
      'b: plus 0.99 (5 ms)',
      'a: plus 0.99 (5 ms)',
      'a: unknown 0.99 (5 ms)',
    ]);
  });

  it('tells where windows follow each other only what is new about a board', async () => {
    expect(await said(spec)).toEqual([
      'a: plus 0.99 (5 ms)',
      'b: plus 0.99 (5 ms)',
      'a: unknown 0.99 (5 ms)',
    ]);
  });

  it('tells numbers with their uncertainty, and where windows follow each other only when they leave it', async () => {
    const rate = (mean: number): BoardPrediction => {
      const { board, prediction } = answered('a', null);
      const value = { rate: { mean, sd: 0.4, unit: '1/min' } };
      return { board, prediction: { ...prediction, unknown: false, value } };
    };
    const said$ = from([14, 14.3, 13.7, 14.5, 14.6].map(rate)).pipe(answers(spec), toArray());
    expect(await lastValueFrom(said$)).toEqual([
      'a: rate 14.00 ± 0.40 1/min (5 ms)',
      'a: rate 14.50 ± 0.40 1/min (5 ms)',
    ]);
  });
});
