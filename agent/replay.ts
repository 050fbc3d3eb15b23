import { fromEvent, map, merge, type Observable, takeUntil } from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import { every } from '../pipeline/load.ts';
import type { Meter } from '../pipeline/meter.ts';
import { predictions } from '../pipeline/predictions.ts';
import type { Recording } from '../protocols/recording.ts';
import { modelEnd } from './model-trouble.ts';
import { replayReadings } from './sources/replay.ts';
import { type Judged, truthOf } from './truth.ts';

export interface ReplayOneOptions {
  readonly speed: number | 'max';
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/**
 * One recording through the pipeline of the agent, each prediction beside the truth. Times stay as recorded, so the
 * same recording and bundle give the same predictions and ids. Errors with a `TinyError` when the model has ended.
 */
export function replayRecording(
  recording: Recording,
  brain: Brain,
  { speed, meter, signal }: ReplayOneOptions,
): Observable<Judged> {
  const load = every();
  const ready = () => load.ready();
  return replayReadings([recording], { speed, ready, startUs: recording.timesUs[0] }).pipe(
    takeUntil(merge(fromEvent(signal, 'abort'), modelEnd(brain))),
    predictions(brain, load, meter, { agent: 'replay' }),
    map(({ board, prediction }) => ({
      recording: recording.id,
      board,
      prediction,
      truth: truthOf(recording, prediction.window),
    })),
  );
}
