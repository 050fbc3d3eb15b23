import { NEVER, Observable, type OperatorFunction } from 'rxjs';
import type { SensorReading } from '../protocols/reading.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { WindowEvent } from '../protocols/window.ts';
import { Windower, type WindowerOptions } from '../protocols/windower.ts';
import type { Meter } from './meter.ts';
import { Silence } from './silence.ts';

/** A window event and the board whose window it is. */
export interface BoardEvent {
  readonly board: string;
  readonly event: WindowEvent;
}

export interface WindowStepsOptions extends WindowerOptions {
  /**
   * Live, a board may fall silent just before a window's end, and the reading that would close it never comes. After so
   * long without one, windows end as if it had. A replay has no such clock: leave it out there.
   */
  readonly silenceMs?: number | undefined;
  /** Boards whose open windows are given up; their next reading begins anew. */
  readonly released$?: Observable<string>;
}

/** What is kept of a board. */
interface BoardWindows {
  readonly windower: Windower;
  readonly silence: Silence | undefined;
}

/**
 * Readings -> the steps of the windows of each board. When a board is released its windows end, its memory with them, and all
 * windows when the readings end.
 *
 * One look for the board and no stream for each: of hundreds of boards, next to nothing is in the processor's cache.
 */
export const windowSteps =
  (
    task: TaskSpec,
    meter: Meter,
    { silenceMs, released$ = NEVER, ...options }: WindowStepsOptions = {},
  ): OperatorFunction<SensorReading, BoardEvent> =>
  (readings$) =>
    new Observable((subscriber) => {
      const boards = new Map<string, BoardWindows>();
      const send = (board: string, events: readonly WindowEvent[]): void => {
        for (const event of events) subscriber.next({ board, event });
      };
      const begin = (board: string): BoardWindows => {
        const windower = new Windower(task, options);
        const onSilence = () => send(board, windower.silence());
        const begun = {
          windower,
          silence: silenceMs === undefined ? undefined : new Silence(silenceMs, onSilence),
        };
        boards.set(board, begun);
        meter.watch(board, windower);
        return begun;
      };
      const forget = (board: string, { windower, silence }: BoardWindows): void => {
        boards.delete(board);
        silence?.stop();
        meter.forget(windower);
      };
      const end = (board: string): void => {
        const known = boards.get(board);
        if (known === undefined) return;
        send(board, known.windower.end());
        forget(board, known);
      };
      const failed = (error: unknown): void => subscriber.error(error);

      subscriber.add(() => {
        for (const [board, known] of boards) forget(board, known);
      });
      subscriber.add(released$.subscribe({ next: end, error: failed }));
      return readings$.subscribe({
        next: (reading) => {
          const { windower, silence } = boards.get(reading.board) ?? begin(reading.board);
          send(reading.board, windower.add(reading));
          silence?.heard();
        },
        error: failed,
        complete: () => {
          for (const board of boards.keys()) end(board);
          subscriber.complete();
        },
      });
    });
