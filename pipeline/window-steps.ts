import { Observable, type OperatorFunction } from 'rxjs';
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
}

/** One board's readings -> the steps of its windows. When the readings end, so do the windows. */
export const windowSteps =
  (
    task: TaskSpec,
    meter: Meter,
    { silenceMs, ...options }: WindowStepsOptions = {},
  ): OperatorFunction<SensorReading, BoardEvent> =>
  (readings$) =>
    new Observable((subscriber) => {
      const windower = new Windower(task, options);
      meter.watch(windower);
      subscriber.add(() => meter.forget(windower));
      let board = '';
      const send = (events: Iterable<WindowEvent>): void => {
        for (const event of events) subscriber.next({ board, event });
      };
      const silence =
        silenceMs === undefined ? undefined : new Silence(silenceMs, () => send(windower.silence()));
      subscriber.add(() => silence?.stop());
      return readings$.subscribe({
        next: (reading) => {
          board = reading.board;
          meter.readings++;
          send(windower.add(reading));
          silence?.heard();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          send(windower.end());
          subscriber.complete();
        },
      });
    });
