import { NEVER, Observable, type OperatorFunction } from 'rxjs';
import { Silence } from '../pipeline/silence.ts';
import type { BoardAvailability } from './availability.ts';

/**
 * The boards that have been offline for so long, each once; when one speaks again it is a board like any other. What is kept
 * of a board is freed by whoever keeps it: made-up names would add up for months.
 *
 * @param afterMs asked when a board goes offline; not above 0: at once
 * @param released$ boards of which another agent tells from then on
 */
export const idleBoards =
  (
    afterMs: () => number,
    released$: Observable<string> = NEVER,
  ): OperatorFunction<BoardAvailability, string> =>
  (changes$) =>
    new Observable((subscriber) => {
      const offline = new Map<string, Silence>();
      const leave = (board: string): void => {
        offline.get(board)?.stop();
        offline.delete(board);
      };
      const enter = (board: string): void => {
        const silence = new Silence(Math.max(0, afterMs()), () => {
          offline.delete(board);
          subscriber.next(board);
        });
        silence.heard();
        offline.set(board, silence);
      };
      subscriber.add(released$.subscribe(leave));
      subscriber.add(() => {
        for (const silence of offline.values()) silence.stop();
      });
      return changes$.subscribe({
        next: ({ board, state }) => (state === 'offline' ? enter(board) : leave(board)),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
