import { NEVER, Observable, type OperatorFunction } from 'rxjs';
import type { SensorReading } from '../protocols/reading.ts';

export interface BoardAvailability {
  readonly board: string;
  readonly state: 'online' | 'offline';
}

/** The time until an online board is taken to be gone. */
interface Patience {
  readonly ms: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * A board is online from its first reading on, and offline when it has been silent for `offlineAfterMs`, asked anew each time.
 * One timer a board, put off by each reading: hundreds of boards send dozens of readings a second.
 *
 * @param released$ boards of which another agent tells from then on: they begin anew with their next reading here
 */
export const availability =
  (
    offlineAfterMs: () => number,
    released$: Observable<string> = NEVER,
  ): OperatorFunction<SensorReading, BoardAvailability> =>
  (readings$) =>
    new Observable((subscriber) => {
      const online = new Map<string, Patience>();
      const forget = (board: string): void => {
        clearTimeout(online.get(board)?.timer);
        online.delete(board);
      };
      const gone = (board: string): void => {
        forget(board);
        subscriber.next({ board, state: 'offline' });
      };
      const heard = (board: string): void => {
        const ms = offlineAfterMs();
        const patience = online.get(board);
        if (patience?.ms === ms) {
          patience.timer.refresh();
          return;
        }
        clearTimeout(patience?.timer);
        online.set(board, { ms, timer: setTimeout(gone, ms, board) });
        if (!patience) subscriber.next({ board, state: 'online' });
      };
      subscriber.add(released$.subscribe(forget));
      subscriber.add(() => {
        for (const { timer } of online.values()) clearTimeout(timer);
      });
      return readings$.subscribe({
        next: ({ board }) => heard(board),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
