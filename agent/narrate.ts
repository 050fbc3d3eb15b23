import { distinct, distinctUntilChanged, groupBy, map, mergeMap, type OperatorFunction } from 'rxjs';
import type { BoardPrediction } from '../pipeline/predictions.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { TaskSpec } from '../protocols/task.ts';

// Lines for the log when all goes well: who has just connected a board wants to see that it is heard.

/** `desk: first reading (proximity, light.red)`, once a board. */
export const firstReadings = (): OperatorFunction<SensorReading, string> => (readings$) =>
  readings$.pipe(
    distinct(({ board }) => board),
    map(({ board, values }) => `${board}: first reading (${Object.keys(values).join(', ')})`),
  );

/**
 * `desk: Hold 1.00 (5 ms)` for every answer about an event. Where windows follow each other without end, only for
 * those with another label than the one before: an hour of sitting is one line.
 */
export const answers =
  ({ window }: TaskSpec): OperatorFunction<BoardPrediction, string> =>
  (predictions$) =>
    predictions$.pipe(
      groupBy(({ board }) => board),
      mergeMap((board$) =>
        window.trigger ? board$ : board$.pipe(distinctUntilChanged((a, b) => labelOf(a) === labelOf(b))),
      ),
      map((answer) => {
        const { p, latencyMs } = answer.prediction;
        return `${answer.board}: ${labelOf(answer)} ${p.toFixed(2)} (${Math.round(latencyMs)} ms)`;
      }),
    );

const labelOf = ({ prediction: { label } }: BoardPrediction): string => label ?? 'unknown';
