import { NEVER, Observable, type OperatorFunction } from 'rxjs';
import { Silence } from '../pipeline/silence.ts';
import type { SensorReading } from '../protocols/reading.ts';

export interface BoardAvailability {
  readonly board: string;
  readonly state: 'online' | 'offline';
}

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
  (readings$) =>
    new Observable((subscriber) => {
      const online = new Map<string, Silence>();
      const forget = (board: string): void => {
        online.get(board)?.stop();
        online.delete(board);
      };
      const gone = (board: string): void => {
        forget(board);
        subscriber.next({ board, state: 'offline' });
      };
      const heard = (board: string): void => {
        const afterMs = offlineAfterMs();
        const known = online.get(board);
        if (known?.afterMs === afterMs) {
          known.heard();
          return;
        }
        known?.stop();
        const silence = new Silence(afterMs, () => gone(board));
        silence.heard();
        online.set(board, silence);
        if (!known) subscriber.next({ board, state: 'online' });
      };
      subscriber.add(released$.subscribe(forget));
      subscriber.add(() => {
        for (const silence of online.values()) silence.stop();
      });
      return readings$.subscribe({
        next: ({ board }) => heard(board),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
