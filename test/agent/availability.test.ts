import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, it } from 'vitest';
import { availability } from '../../agent/availability.ts';
import type { SensorReading } from '../../protocols/reading.ts';

const reading = (board: string): SensorReading => ({ board, timeUs: 1, arrivalMs: 0, values: {} });

it('a board is online from its first reading, and offline when it has been silent for long', () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
    ({ hot, expectObservable }) => {
      // a sends all the time, then stops for good; b comes once and comes back.
      const readings$ = hot('a 999ms a 999ms (ab) 5s b 10s -').pipe(map(reading));
      const seen$ = readings$.pipe(
        availability(() => 3000),
        map(({ board, state }) => `${board} ${state}`),
      );
      expectObservable(seen$).toBe('A 1999ms B 2999ms (CD) 2s E 2999ms F', {
        A: 'a online',
        B: 'b online',
        C: 'a offline',
        D: 'b offline',
        E: 'b online',
        F: 'b offline',
      });
    },
  );
});
