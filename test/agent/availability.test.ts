import { Subject } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { availability } from '../../agent/availability.ts';
import type { SensorReading } from '../../protocols/reading.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is told of boards that are silent for three seconds, with the time in ms. */
function watch(offlineAfterMs = () => 3000) {
  const startMs = Date.now();
  const readings$ = new Subject<SensorReading>();
  const released$ = new Subject<string>();
  const told: string[] = [];
  const subscription = readings$
    .pipe(availability(offlineAfterMs, released$))
    .subscribe(({ board, state }) => told.push(`${Date.now() - startMs} ${board} ${state}`));
  const say = (board: string) => readings$.next({ board, timeUs: 1, arrivalMs: 0, values: {} });
  return { say, told, readings$, released$, subscription };
}

it('a board is online from its first reading, and offline when it has been silent for long', () => {
  const { say, told } = watch();
  // a sends all the time, then stops for good; b comes once and comes back.
  for (const boards of ['a', 'a', 'ab', 'a', '', '', '', '', 'b']) {
    for (const board of boards) say(board);
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([
    '0 a online',
    '2000 b online',
    '5000 b offline',
    '6000 a offline',
    '8000 b online',
    '11000 b offline',
  ]);
});

it('a board that another agent has taken over is not told of until it comes back', () => {
  const { say, told, released$ } = watch();
  say('a');
  released$.next('a');
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['0 a online']);
  say('a');
  expect(told).toEqual(['0 a online', '10000 a online']);
});

it('a patience that is changed while the agent runs counts from the next reading on', () => {
  let patienceMs = 3000;
  const { say, told } = watch(() => patienceMs);
  say('a');
  patienceMs = 500;
  say('a');
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['0 a online', '500 a offline']);
});

it('no timer stays when nobody listens any more', () => {
  const { say, readings$, subscription } = watch();
  say('a');
  say('b');
  readings$.complete();
  expect(vi.getTimerCount()).toBe(0);
  expect(subscription.closed).toBe(true);
});
