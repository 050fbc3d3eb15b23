import { describe, expect, it } from 'vitest';
import { formatDuration, Progress } from '../../commandline/progress.ts';
import { palette } from '../../commandline/terminal.ts';

/** A sink that remembers, and a clock that is set by hand. */
function bench({ isTTY }: { isTTY: boolean }) {
  const state = { text: '', nowMs: 0 };
  const sink = { isTTY, columns: 120, write: (text: string) => (state.text += text) };
  return { state, sink, nowMs: () => state.nowMs };
}

describe('Progress', () => {
  it('writes sparse plain lines where there is no terminal', () => {
    const { state, sink, nowMs } = bench({ isTTY: false });
    const progress = new Progress({ sink, nowMs, label: 'pretrain', unit: 'steps', total: 400 });
    for (state.nowMs = 100; state.nowMs <= 40_000; state.nowMs += 100) progress.advance(1, 'loss 2.31');
    progress.finish();
    const lines = state.text.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('pretrain 100/400 steps  10.0/s  30s left  loss 2.31');
    expect(lines[4]).toBe('pretrain 400/400 steps  9.98/s  took 40s  loss 2.31');
  });

  it('redraws one line on a terminal, at most ten times a second', () => {
    const { state, sink, nowMs } = bench({ isTTY: true });
    const progress = new Progress({ sink, nowMs, label: 'evaluate', unit: 'windows', total: 1000 });
    for (state.nowMs = 1; state.nowMs <= 1000; state.nowMs++) progress.advance();
    progress.finish();
    const redraws = state.text.split('\r\x1b[K').length - 1;
    expect(redraws).toBeGreaterThan(5);
    expect(redraws).toBeLessThanOrEqual(12);
    expect(state.text.match(/\n/g)).toHaveLength(1);
  });

  it('does not count what an earlier run did in the rate', () => {
    const { state, sink, nowMs } = bench({ isTTY: false });
    const progress = new Progress({ sink, nowMs, label: 'train', unit: 'steps', total: 200, done: 100 });
    state.nowMs = 10_000;
    progress.advance(50);
    expect(state.text).toBe('train 150/200 steps  5.00/s  10s left\n');
  });
});

describe('palette', () => {
  it.each([
    [{ isTTY: true }, {}, '\x1b[31mx\x1b[39m'],
    [{ isTTY: false }, {}, 'x'],
    [{ isTTY: true }, { NO_COLOR: '1' }, 'x'],
    [{ isTTY: true }, { NO_COLOR: '' }, '\x1b[31mx\x1b[39m'],
    [{ isTTY: true }, { TERM: 'dumb' }, 'x'],
  ])('on %j with %j', (stream, environment, expected) => {
    expect(palette({ ...stream, write: () => true }, environment).red('x')).toBe(expected);
  });
});

it.each([
  [850, '850ms'],
  [12_000, '12s'],
  [92_000, '1m32s'],
  [11_100_000, '3h05m'],
])('formats %i ms', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
