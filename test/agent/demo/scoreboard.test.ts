import { beforeEach, describe, expect, it } from 'vitest';
import { summaryOf } from '../../../agent/demo/report.ts';
import { Scoreboard } from '../../../agent/demo/scoreboard.ts';
import { DEMO_SETS } from '../../../agent/demo/sets.ts';
import type { Prediction } from '../../../protocols/prediction.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';

const S = 1e6;
const START_US = 1_000 * S;

/** Windows of 2 s, 0.5 s of them before the trigger. */
const gestures = parseTaskSpec(
  {
    name: 'gesture',
    instruction: 'Which?',
    input: { kind: 'rate', rateHz: 10, maxGapMs: 400, channels: [{ channel: 'proximity' }] },
    window: { rows: 20, trigger: { channel: 'proximity', below: 240, release: 250, preMs: 500 } },
    answers: { kind: 'labels', labels: ['Tap', 'Hold'] },
  },
  'the test',
);
const places = parseTaskSpec(
  {
    name: 'local',
    instruction: 'Where?',
    input: { kind: 'snapshot', maxAgeMs: 3000, channels: [{ channel: 'sound' }] },
    window: { rows: 1, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['Rack', 'Door'] },
  },
  'the test',
);

/** A prediction about the moment `atS` seconds after the start. */
const answered = (label: string | null, atS: number, latencyMs = 3, preMs = 500): Prediction => {
  const start = START_US / 1000 + atS * 1000 - preMs;
  return {
    id: '0'.repeat(16),
    ts: start + 2000 + latencyMs,
    window: { start, end: start + 2000, rows: 20, fill: 1 },
    agent: 'hub',
    model: 'none',
    task: 'gesture',
    label,
    p: 0.9,
    probs: {},
    unknown: label === null,
    value: {},
    latencyMs,
    replayed: false,
  };
};
const span = (label: string, startS: number, endS: number) => ({
  id: `${label}-${startS}`,
  label,
  startUs: START_US + startS * S,
  endUs: START_US + endS * S,
});

describe('the score of a task with a trigger', () => {
  let board: Scoreboard;
  beforeEach(() => {
    board = new Scoreboard(gestures, START_US);
    for (const [i, label] of ['Tap', 'Hold', 'Tap', 'Hold', 'Tap'].entries()) {
      board.played(span(label, 10 * i, 10 * i + 2));
    }
  });

  it('tells right, wrong, missed and doubled apart', () => {
    for (const [label, atS] of [
      ['Tap', 1],
      ['Tap', 11],
      ['Hold', 31],
      ['Hold', 31.9],
    ] as const) {
      board.predicted(answered(label, atS));
    }
    const score = board.score(START_US + 60 * S);
    expect(score).toMatchObject({ spans: 5, right: 1, wrong: 1, missed: 2, doubled: 1, accuracy: 1 / 5 });
  });

  it('takes the moment of the trigger for the place of an answer, not the whole window', () => {
    // Windows of both reach into the span; only the second one was opened by what happens in it.
    expect(board.predicted(answered('Tap', -0.1))).toEqual({ span: undefined, isRight: false });
    expect(board.predicted(answered('Tap', 1.9))).toMatchObject({ span: { label: 'Tap' }, isRight: true });
    expect(board.score(START_US + 4 * S)).toMatchObject({ spans: 1, right: 1, falseInIdle: 1 });
  });

  it('counts unknown as no answer', () => {
    expect(board.predicted(answered(null, 1)).isRight).toBeUndefined();
    board.predicted(answered(null, 5));
    expect(board.score(START_US + 4 * S)).toMatchObject({ spans: 1, missed: 1, falseInIdle: 0 });
  });

  it('leaves out what was not over when time was up', () => {
    // The span ends at 2 s; a window that is opened just before needs 1.5 s more.
    expect(board.score(START_US + 3.4 * S).spans).toBe(0);
    expect(board.score(START_US + 3.5 * S).spans).toBe(1);
  });

  it('counts a span as soon as it has been answered', () => {
    board.predicted(answered('Tap', 0.5));
    expect(board.score(START_US + 2.1 * S)).toMatchObject({ spans: 1, right: 1, accuracy: 1 });
    // Unknown is no answer: another may follow.
    board.predicted(answered(null, 10.5));
    expect(board.score(START_US + 12 * S)).toMatchObject({ spans: 1, right: 1 });
  });

  it('measures idle time between the spans', () => {
    expect(board.score(START_US + 11 * S).idleMinutes).toBeCloseTo(8 / 60);
  });

  it('gives latency quantiles by nearest rank, and null without predictions', () => {
    expect(board.score(START_US).latencyMs).toEqual({ p50: null, p95: null });
    for (let ms = 1; ms <= 20; ms++) board.predicted(answered('Tap', 1, ms));
    expect(board.score(START_US).latencyMs).toEqual({ p50: 10, p95: 19 });
  });

  it('is one line of text', () => {
    for (const [i, label] of ['Tap', 'Hold', 'Tap', 'Hold', 'Hold'].entries()) {
      board.predicted(answered(label, 10 * i + 1));
    }
    board.predicted(answered('Tap', 5));
    const told = { answersOnce: true, wording: DEMO_SETS.gesture.wording };
    expect(summaryOf(board.score(START_US + 70 * S), told)).toBe(
      '5 gestures: 4 right, 1 wrong, 0 missed, 0 answered twice · 80.0 % · 1 false alarm · latency 3 ms (p95 3 ms)',
    );
  });

  it('says so when it is too early', () => {
    const told = { answersOnce: true, wording: DEMO_SETS.gesture.wording };
    expect(summaryOf(board.score(START_US + S), told)).toBe('no gesture was over yet · 0 false alarms');
  });
});

it('a task without a trigger is scored by its answers', () => {
  const board = new Scoreboard(places, START_US);
  board.played(span('Rack', 0, 4));
  board.played(span('Door', 4, 8));
  for (let s = 0; s < 6; s++) {
    const { window, ...rest } = answered('Rack', s, 3, 0);
    board.predicted({ ...rest, window: { ...window, end: window.start } });
  }
  const score = board.score(START_US + 8 * S);
  expect(score).toMatchObject({ spans: 2, answers: 6, rightAnswers: 4, right: 1, wrong: 1, accuracy: 4 / 6 });
  expect(summaryOf(score, { answersOnce: false, wording: DEMO_SETS.local.wording })).toBe(
    '2 rows: 1 right, 1 wrong, 0 missed · 66.7 % of 6 answers · latency 3 ms (p95 3 ms)',
  );
});

it('remembers the last spans alone, with their answers and the time since the others', () => {
  const board = new Scoreboard(gestures, START_US, 3);
  for (let i = 0; i < 10; i++) {
    board.played(span('Tap', 10 * i, 10 * i + 2));
    board.predicted(answered('Tap', 10 * i + 1));
    board.predicted(answered('Hold', 10 * i + 5));
  }
  const score = board.score(START_US + 100 * S);
  expect(score).toMatchObject({ spans: 3, right: 3, answers: 3, falseInIdle: 4 });
  // From the end of the seventh, at 62 s, to 100 s, less three spans of 2 s.
  expect(score.idleMinutes).toBeCloseTo(32 / 60);
});
