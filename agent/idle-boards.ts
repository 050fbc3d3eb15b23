import { Observable, type OperatorFunction } from 'rxjs';
import type { SensorReading } from '../protocols/reading.ts';

/** Boards are looked through so many times in the time after which they are forgotten. */
const LOOKS = 8;

/**
 * The boards that have been silent for `afterMs` (and up to an eighth of it more), each once; when one speaks again it is
 * a board like any other. What is kept of a board is freed by whoever keeps it: made-up names would add up for months.
 */
export const idleBoards =
  (afterMs: number): OperatorFunction<Pick<SensorReading, 'board'>, string> =>
  (readings$) =>
    new Observable((subscriber) => {
      const heardMs = new Map<string, number>();
      const look = setInterval(() => {
        const now = performance.now();
        for (const [board, lastMs] of heardMs) {
          if (now - lastMs < afterMs) continue;
          heardMs.delete(board);
          subscriber.next(board);
        }
      }, afterMs / LOOKS);
      subscriber.add(() => clearInterval(look));
      return readings$.subscribe({
        next: ({ board }) => void heardMs.set(board, performance.now()),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
