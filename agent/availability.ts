import {
  distinctUntilChanged,
  groupBy,
  map,
  mergeMap,
  type OperatorFunction,
  startWith,
  switchMap,
  throttleTime,
  timer,
} from 'rxjs';
import type { SensorReading } from '../protocols/reading.ts';

export interface BoardAvailability {
  readonly board: string;
  readonly state: 'online' | 'offline';
}

/** Readings come many times a second; their timer is set anew at most this often. */
const RESTART_EVERY_MS = 1000;

/** A board is online from its first reading on, and offline when it has been silent for `offlineAfterMs`. */
export const availability =
  (offlineAfterMs: number): OperatorFunction<SensorReading, BoardAvailability> =>
  (readings$) =>
    readings$.pipe(
      groupBy(({ board }) => board),
      mergeMap((board$) =>
        board$.pipe(
          throttleTime(RESTART_EVERY_MS),
          switchMap(() =>
            timer(offlineAfterMs).pipe(
              map(() => 'offline' as const),
              startWith('online' as const),
            ),
          ),
          distinctUntilChanged(),
          map((state) => ({ board: board$.key, state })),
        ),
      ),
    );
