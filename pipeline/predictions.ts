import { map, type Observable } from 'rxjs';
import type { Answer } from '../protocols/answers.ts';
import { type Prediction, predictionId } from '../protocols/prediction.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { Brain } from './brain.ts';
import type { LoadPolicy } from './load.ts';
import type { Meter } from './meter.ts';
import { type AnsweredWindow, type ClosedWindow, think } from './think.ts';
import { type WindowStepsOptions, windowSteps } from './window-steps.ts';

/** A prediction and the board it is about. */
export interface BoardPrediction {
  readonly board: string;
  readonly prediction: Prediction;
}

export interface PredictionOptions extends WindowStepsOptions {
  /** The name of the agent, as it stands in the predictions. */
  readonly agent: string;
  /** The clock, epoch milliseconds. A replay that runs faster than life passes its own. */
  readonly nowMs?: () => number;
}

/** readings -> window steps -> answers -> predictions */
export const predictions =
  (brain: Brain, load: LoadPolicy, meter: Meter, options: PredictionOptions) =>
  (readings$: Observable<SensorReading>): Observable<BoardPrediction> =>
    readings$.pipe(
      windowSteps(brain.task.spec, meter, options),
      think(brain, load, meter),
      map((answered) => toPrediction(answered, meter, options)),
    );

function toPrediction(
  { board, window, answer, by: brain }: AnsweredWindow,
  meter: Meter,
  { agent, nowMs = Date.now }: PredictionOptions,
): BoardPrediction {
  const { spec, unknownThreshold } = brain.task;
  const { probs, value = {} } = answer;
  // Judged as the model gave it, told in figures that are worth their bytes.
  const { label, p } = mostProbable(answer);
  const unknown = label !== null && p < unknownThreshold;
  const start = window.startUs / 1000;
  const ts = nowMs();
  const latencyMs = ts - window.arrivalMs;
  meter.addLatency(latencyMs);
  return {
    board,
    prediction: {
      id: predictionId(board, spec.name, brain.bundleHash, start),
      ts,
      window: toWindow(window),
      agent,
      model: brain.model,
      task: spec.name,
      label: unknown ? null : label,
      p: rounded(p),
      probs: mapValues(probs, rounded),
      unknown,
      value: mapValues(value, ({ mean, sd, unit }) => ({ mean: rounded(mean), sd: rounded(sd), unit })),
      latencyMs,
      replayed: false,
    },
  };
}

const toWindow = ({ startUs, endUs, rows, fill, jitterMs }: ClosedWindow): Prediction['window'] => ({
  start: startUs / 1000,
  end: endUs / 1000,
  rows,
  fill,
  ...(jitterMs !== undefined && { jitterMs: rounded(jitterMs) }),
});

/** As many digits as a 32-bit float has. */
const SIGNIFICANT_DIGITS = 6;

const rounded = (figure: number): number => Number(figure.toPrecision(SIGNIFICANT_DIGITS));

const mapValues = <From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, value]): [string, To] => [name, map(value)]));

/** The surest label; where a task has none, how sure the most probable value of its first number is. */
function mostProbable({ probs, value = {} }: Answer): { label: string | null; p: number } {
  const labels = Object.entries(probs);
  const [first] = Object.values(value);
  if (labels.length === 0) return { label: null, p: first?.p ?? 0 };
  const [label, p] = labels.reduce((best, other) => (other[1] > best[1] ? other : best));
  return { label, p };
}
