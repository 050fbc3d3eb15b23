import {
  distinctUntilChanged,
  filter,
  map,
  mergeMap,
  NEVER,
  type Observable,
  type OperatorFunction,
  startWith,
  switchMap,
  takeUntil,
  throttleTime,
  timer,
} from 'rxjs';
import { byBoard } from '../pipeline/boards.ts';
import type { SensorReading } from '../protocols/reading.ts';

export interface BoardAvailability {
  readonly board: string;
  readonly state: 'online' | 'offline';
}

/** Readings come many times a second; their timer is set anew at most this often. */
const RESTART_EVERY_MS = 1000;

/**
 * A board is online from its first reading on, and offline when it has been silent for `offlineAfterMs`, asked anew each time.
 *
 * @param released$ boards of which another agent tells from then on: they begin anew with their next reading here
 */
export const availability =
  (
    offlineAfterMs: () => number,
    released$: Observable<string> = NEVER,
  ): OperatorFunction<SensorReading, BoardAvailability> =>
  (readings$) => {
    const released = (board: string) => released$.pipe(filter((one) => one === board));
    return readings$.pipe(
      byBoard(released$),
      mergeMap((board$) =>
        board$.pipe(
          throttleTime(RESTART_EVERY_MS),
          switchMap(() =>
            timer(offlineAfterMs()).pipe(
              map(() => 'offline' as const),
              startWith('online' as const),
            ),
          ),
          distinctUntilChanged(),
          map((state) => ({ board: board$.key, state })),
          takeUntil(released(board$.key)),
        ),
      ),
    );
  };
