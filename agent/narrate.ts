import { distinctUntilChanged, map, mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import { byBoard, firstOfEach } from '../pipeline/boards.ts';
import type { BoardPrediction } from '../pipeline/predictions.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { TaskSpec } from '../protocols/task.ts';
import { answerText } from './answer-text.ts';

// Lines for the log when all goes well: who has just connected a board wants to see that it is heard.

/** `desk: first reading (proximity, light.red)`, once a board, and again when it comes back after it was released. */
export const firstReadings =
  (released$?: Observable<string>): OperatorFunction<SensorReading, string> =>
  (readings$) =>
    readings$.pipe(
      firstOfEach(1, released$),
      map(({ board, values }) => `${board}: first reading (${Object.keys(values).join(', ')})`),
    );

/**
 * `desk: Hold 1.00 (5 ms)` for every answer about an event. Where windows follow each other without end, only for
 * those with another label than the one told before, or a number beyond its uncertainty: an hour of sitting is one line.
 */
export const answers =
  ({ window }: TaskSpec, released$?: Observable<string>): OperatorFunction<BoardPrediction, string> =>
  (predictions$) =>
    predictions$.pipe(
      byBoard(released$),
      mergeMap((board$) => (window.trigger ? board$ : board$.pipe(distinctUntilChanged(isNoNews)))),
      map((answer) => {
        const { label, unknown, p, latencyMs } = answer.prediction;
        const sureness = label !== null || unknown ? ` ${p.toFixed(2)}` : '';
        return `${answer.board}: ${answerText(answer.prediction)}${sureness} (${Math.round(latencyMs)} ms)`;
      }),
    );

/** The same label, and every number within its standard deviation of what was told. */
const isNoNews = ({ prediction: told }: BoardPrediction, { prediction: now }: BoardPrediction): boolean =>
  told.label === now.label &&
  Object.entries(now.value).every(([name, { mean, sd }]) => Math.abs(mean - told.value[name]!.mean) <= sd);
