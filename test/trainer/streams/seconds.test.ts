import { describe, expect, it } from 'vitest';
import type { TaskSpec } from '../../../protocols/task.ts';
import { streamFigures } from '../../../trainer/streams/figures.ts';
import { changesOf, type Second, secondsOf } from '../../../trainer/streams/seconds.ts';
import { chooseStrips } from '../../../trainer/streams/strips.ts';

const S = 1_000_000;

const task = (window: TaskSpec['window']): TaskSpec => ({
  name: 'test',
  instruction: 'Which?',
  input: { kind: 'rate', rateHz: 1, maxGapMs: 500, channels: [channel] },
  window,
  answers: { kind: 'labels', labels: ['up', 'down'] },
});
const channel = { channel: 'proximity', reduce: 'mean', missing: 'hold' } as const;
const hopping = task({ rows: 2, hopMs: 1000 });
const triggered = task({
  rows: 2,
  trigger: { channel: 'proximity', below: 1, release: 2, quietMs: 0, preMs: 0 },
});

/** `s` seconds of one sample each; labels as [label, from, to] in seconds. */
const recording = (s: number, ...labels: [string, number, number][]) => ({
  id: 'r',
  timesUs: Float64Array.from({ length: s }, (_, i) => i * S),
  rateHz: 1,
  labels: labels.map(([label, from, to]) => ({ label, startUs: from * S, endUs: to * S })),
});

const answer = (label: string | null, start: number, end: number) => ({
  label,
  window: { start: start * 1000, end: end * 1000, rows: 2, fill: 1 },
});

const brief = (seconds: readonly Second[]) => seconds.map(({ truth, answer }) => `${truth} ${answer}`);

describe('seconds of windows that follow each other', () => {
  it('has the newest answer, judged by what fills its window; it stands as long as a window', () => {
    const seconds = secondsOf(hopping, recording(8, ['up', 0, 3], ['down', 3, 8]), [
      answer('up', 0, 2),
      answer('up', 1, 3),
      answer('down', 1.5, 3.5),
      answer(null, 2.5, 4.5),
    ]);
    expect(brief(seconds)).toEqual([
      'up null',
      'up up',
      'up up',
      'up down', // of [1.5, 3.5): mostly up
      'down unknown',
      'down unknown', // 1.5 s old
      'down null',
      'down null',
    ]);
    expect(seconds.map(({ now }) => now)).toEqual(['up', 'up', 'up', ...Array(5).fill('down')]);
  });

  it('does not judge what the recording does not tell', () => {
    const seconds = secondsOf(hopping, recording(4, ['up', 0, 1.4]), [
      answer('up', 0, 2),
      answer('up', 2, 4),
    ]);
    expect(brief(seconds)).toEqual(['up null', 'up up', 'up up', 'null up']);
  });
});

describe('seconds of windows that a trigger opens', () => {
  it('counts an answer for its whole event, a missed event and rest as idle, and a false alarm as wrong', () => {
    const seconds = secondsOf(triggered, recording(10, ['up', 1, 3], ['down', 5, 7]), [
      answer('up', 1.5, 3.5),
      answer('down', 8.2, 9.9),
    ]);
    expect(brief(seconds)).toEqual([
      'idle idle',
      'up up',
      'up up',
      'idle idle',
      'idle idle',
      'down idle',
      'down idle',
      'idle idle',
      'idle down',
      'idle down',
    ]);
  });

  it('takes unknown for no event', () => {
    const seconds = secondsOf(triggered, recording(3, ['up', 0, 1]), [
      answer(null, 0, 1),
      answer(null, 1, 3),
    ]);
    expect(brief(seconds)).toEqual(['up idle', 'idle idle', 'idle idle']);
  });
});

describe('changes of the truth', () => {
  it('are told by the first right window that has a part in them', () => {
    const changes = changesOf(recording(9, ['up', 0, 3], ['down', 3, 5], ['up', 5, 6], ['down', 6, 9]), [
      answer('down', 1, 3), // right only later
      answer('up', 2, 4),
      answer('down', 3, 5),
      answer('down', 7, 9),
    ]);
    expect(changes).toEqual([
      { label: 'down', latencyS: 2 },
      { label: 'up', latencyS: null },
      { label: 'down', latencyS: 3 },
    ]);
  });
});

describe('figures', () => {
  const one = (group: string, seconds: Second[]) => ({
    recording: { id: group, group },
    seconds,
    changes: [],
  });
  const second = (truth: string | null, answer: string | null, now = truth): Second => ({
    ...{ startUs: 0, endUs: S },
    ...{ truth, answer, now },
  });
  const streams = [
    one('anna', [second('up', 'up'), second('up', 'down', 'down'), second('up', null), second(null, 'up')]),
    one('ben', [second('down', 'unknown'), second('down', 'down')]),
  ];

  it('tell how often there was an answer, and how often it was right', () => {
    expect(streamFigures(['up', 'down'], false, streams)).toEqual({
      seconds: 5,
      coverage: 4 / 5,
      accuracy: 2 / 4,
      macroF1: (2 / 3 + 2 / 4) / 2,
      accuracyNow: 3 / 4,
      unknown: 1 / 4,
      confusion: {
        labels: ['up', 'down'],
        answers: ['up', 'down', 'unknown'],
        rows: [
          [1, 1, 0],
          [0, 1, 1],
        ],
      },
      perGroup: {
        anna: { n: 2, accuracy: 0.5, macroF1: 2 / 3 },
        ben: { n: 2, accuracy: 0.5, macroF1: 2 / 3 },
      },
      latencyS: { changes: 0, missed: 0, p50: null, p95: null },
    });
  });

  it('count idle as a label where a trigger waits', () => {
    const { confusion, accuracyNow } = streamFigures(['up', 'down'], true, [
      one('anna', [second('idle', 'idle'), second('up', 'idle')]),
    ]);
    expect(confusion.labels).toEqual(['up', 'down', 'idle']);
    expect(confusion.rows).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(accuracyNow).toBeNull();
  });

  it('show the recording in the middle and the worst, with where it was wrong', () => {
    const best = one('best', [second('up', 'up')]);
    const silent = one('silent', [second('up', null)]);
    const worst = one('worst', [
      second('up', 'up'),
      second('up', 'up'),
      second('up', 'down'),
      second('down', 'up'),
    ]);
    const middle = one('middle', [second('up', 'up'), second('up', 'up'), second('up', 'unknown')]);
    expect(chooseStrips([worst, best, silent, middle]).map(({ recording }) => recording)).toEqual([
      'middle',
      'worst',
    ]);
    expect(chooseStrips([worst])).toEqual([
      {
        recording: 'worst',
        group: 'worst',
        durationS: 4,
        accuracy: 0.5,
        truth: [
          { fromS: 0, toS: 3, label: 'up' },
          { fromS: 3, toS: 4, label: 'down' },
        ],
        answers: [
          { fromS: 0, toS: 2, label: 'up' },
          { fromS: 2, toS: 3, label: 'down' },
          { fromS: 3, toS: 4, label: 'up' },
        ],
        wrong: [{ fromS: 2, toS: 4 }],
      },
    ]);
  });
});
