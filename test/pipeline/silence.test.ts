import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Silence } from '../../pipeline/silence.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const AFTER_MS = 100;

/** Of something heard at these times, when it was silent for so long. */
function silences(heardMs: readonly number[], untilMs: number): number[] {
  const startMs = performance.now();
  const called: number[] = [];
  const silence = new Silence(AFTER_MS, () => void called.push(performance.now() - startMs));
  for (const ms of heardMs) setTimeout(() => silence.heard(), ms);
  vi.advanceTimersByTime(untilMs);
  silence.stop();
  vi.advanceTimersByTime(10 * AFTER_MS);
  return called;
}

it('is called once, so long after what was heard last', () => {
  expect(silences([0], 500)).toEqual([100]);
  expect(silences([0, 30, 99, 150], 500)).toEqual([250]);
});

it('is called again after the next silence', () => {
  expect(silences([0, 120, 300, 390], 800)).toEqual([100, 220, 490]);
});

it('is not called when nothing was ever heard, nor after it was stopped', () => {
  expect(silences([], 500)).toEqual([]);
  expect(silences([0, 60], 150)).toEqual([]);
});

it('waits for a month, which is longer than a timer does, without looking all the time', () => {
  const monthMs = 30 * 86_400_000;
  const called = vi.fn();
  const silence = new Silence(monthMs, called);
  const timers = vi.spyOn(globalThis, 'setTimeout');
  silence.heard();
  vi.advanceTimersByTime(1000);
  expect(timers).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(monthMs - 1001);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(called).toHaveBeenCalledTimes(1);
  timers.mockRestore();
});
