import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatDuration, Progress } from '../../commandline/progress.ts';
import { palette } from '../../commandline/terminal.ts';

/** A sink that remembers, and a clock that is set by hand. */
function bench({ isTTY, columns = 120 }: { isTTY: boolean; columns?: number }) {
  const state = { text: '', nowMs: 0 };
  const sink = { isTTY, columns, write: (text: string) => (state.text += text) };
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
    expect(lines[0]).toBe('pretrain 100/400 steps  10.0/s  30 s left  loss 2.31');
    expect(lines[4]).toBe('pretrain 400/400 steps  9.98/s  took 40 s  loss 2.31');
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
    expect(state.text).toBe('train 150/200 steps  5.00/s  10 s left\n');
  });

  it.each([
    [200, 'finetune 50/100 tokens  5.00/s  10 s left  loss 0.412  best macro-F1 0.987'],
    [80, 'finetune 50/100 tokens  5.00/s  10 s left  loss 0.412'],
    [60, 'finetune 50/100 tokens  5.00/s  10 s left'],
    [40, 'finetune 50/100 tokens  5.00/s'],
    [20, 'finetune 50/100'],
    [0, 'finetune 50/100 tokens  5.00/s  10 s left  loss 0.412'],
  ])('drops whole fields from the right on %i columns', (columns, expected) => {
    const { state, sink, nowMs } = bench({ isTTY: true, columns });
    const progress = new Progress({ sink, nowMs, label: 'finetune', unit: 'tokens', total: 100 });
    state.nowMs = 10_000;
    progress.advance(50, 'loss 0.412', 'best macro-F1 0.987');
    const line = screen(state.text).join('\n');
    expect(line.length).toBeLessThan(columns || 80);
    expect(line.replace(/^━* */, '').trimEnd()).toBe(expected);
  });

  it('counts millions in millions', () => {
    const { state, sink, nowMs } = bench({ isTTY: false });
    const progress = new Progress({ sink, nowMs, label: 'finetune', unit: 'tokens', total: 4_320_000 });
    state.nowMs = 10_000;
    progress.advance(1_234_567);
    expect(state.text).toBe('finetune 1.23/4.32 M tokens  123457/s  25 s left\n');
  });

  it('says no more of the end than it can know', () => {
    const { state, sink, nowMs } = bench({ isTTY: false });
    const progress = new Progress({ sink, nowMs, label: 'train', unit: 'steps', total: 100 });
    state.nowMs = 10_000;
    progress.advance(99);
    expect(state.text).toBe('train 99/100 steps  9.90/s  < 1 s left\n');
  });

  it('prints a note above the bar and draws the bar again', () => {
    const { state, sink, nowMs } = bench({ isTTY: true });
    const progress = new Progress({ sink, nowMs, label: 'train', unit: 'steps', total: 4 });
    progress.note('before the bar');
    expect(state.text).toBe('before the bar\n');
    state.nowMs = 1000;
    progress.advance(2);
    progress.note('stopping');
    progress.finish();
    progress.finish();
    progress.note('after the bar');
    expect(screen(state.text)).toEqual([
      'before the bar',
      'stopping',
      expect.stringMatching(/train 2\/4 steps {2}2\.00\/s {2}1 s left$/),
      'after the bar',
      '',
    ]);
  });

  it('prints notes between the lines of a log', () => {
    const { state, sink, nowMs } = bench({ isTTY: false });
    const progress = new Progress({ sink, nowMs, label: 'train', unit: 'steps', total: 4 });
    progress.note('stopping');
    state.nowMs = 500;
    progress.advance(4);
    progress.finish();
    expect(state.text).toBe('stopping\ntrain 4/4 steps  8.00/s  took 0.5 s\n');
  });
});

/** The lines that a terminal shows after this text. */
const screen = (text: string): string[] =>
  text.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1)!));

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
  [4.2, '4 ms'],
  [850, '0.8 s'],
  [960, '1 s'],
  [12_000, '12 s'],
  [92_000, '1 min 32 s'],
  [11_100_000, '3 h 05 min'],
  [198_000_000, '2 d 07 h'],
])('formats %i ms', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
