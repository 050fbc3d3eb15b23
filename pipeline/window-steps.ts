import { Observable, type OperatorFunction } from 'rxjs';
import type { SensorReading } from '../protocols/reading.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { WindowEvent } from '../protocols/window.ts';
import { Windower } from '../protocols/windower.ts';
import type { Meter } from './meter.ts';

/** A window event and the board whose window it is. */
export interface BoardEvent {
  readonly board: string;
  readonly event: WindowEvent;
}

/** One board's readings -> the steps of its windows. When the readings end, so do the windows. */
export const windowSteps =
  (task: TaskSpec, meter: Meter): OperatorFunction<SensorReading, BoardEvent> =>
  (readings$) =>
    new Observable((subscriber) => {
      const windower = new Windower(task);
      meter.watch(windower);
      let board = '';
      return readings$.subscribe({
        next: (reading) => {
          board = reading.board;
          meter.readings++;
          for (const event of windower.add(reading)) subscriber.next({ board, event });
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          for (const event of windower.end()) subscriber.next({ board, event });
          subscriber.complete();
        },
      });
    });
