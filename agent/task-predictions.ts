import { connect, merge, type Observable } from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import type { LoadPolicy } from '../pipeline/load.ts';
import { countReadings, type Meter } from '../pipeline/meter.ts';
import { type BoardPrediction, type PredictionOptions, predictions } from '../pipeline/predictions.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { ofFitting } from './fit.ts';

/**
 * readings -> the predictions of all tasks. A single task gets all readings; of several, each those of the boards that send what
 * it reads, so that a board may be answered by one, some or none of them.
 */
export const taskPredictions =
  (brains: readonly Brain[], load: LoadPolicy, meter: Meter, options: PredictionOptions) =>
  (readings$: Observable<SensorReading>): Observable<BoardPrediction> => {
    const counted$ = readings$.pipe(countReadings(meter));
    const [only, ...others] = brains;
    if (others.length === 0) return counted$.pipe(predictions(only!, load, meter, options));
    return counted$.pipe(
      connect((each$) =>
        merge(
          ...brains.map((brain) =>
            each$.pipe(
              ofFitting(brain.task.spec, options.released$),
              predictions(brain, load, meter, options),
            ),
          ),
        ),
      ),
    );
  };
