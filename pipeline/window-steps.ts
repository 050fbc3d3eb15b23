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
      let lastUs = 0;
      let intervalUs = 0;
      return readings$.subscribe({
        next: (reading) => {
          board = reading.board;
          if (reading.timeUs > lastUs) {
            intervalUs = reading.timeUs - lastUs;
            lastUs = reading.timeUs;
          }
          meter.readings++;
          for (const event of windower.add(reading)) subscriber.next({ board, event });
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          // The last sample stands for one interval, so a bin that it fills is final.
          for (const event of windower.end(lastUs + intervalUs)) subscriber.next({ board, event });
          subscriber.complete();
        },
      });
    });
