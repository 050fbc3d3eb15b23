import { groupBy, map, mergeMap, type Observable } from 'rxjs';
import { type Prediction, predictionId } from '../protocols/prediction.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { Brain } from './brain.ts';
import type { LoadPolicy } from './load.ts';
import type { Meter } from './meter.ts';
import { type AnsweredWindow, think } from './think.ts';
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
      groupBy((reading) => reading.board),
      mergeMap((board$) => board$.pipe(windowSteps(brain.task.spec, meter, options))),
      think(brain, load, meter),
      map((answered) => toPrediction(brain, answered, meter, options)),
    );

function toPrediction(
  brain: Brain,
  { board, window, answer }: AnsweredWindow,
  meter: Meter,
  { agent, nowMs = Date.now }: PredictionOptions,
): BoardPrediction {
  const { spec, unknownThreshold } = brain.task;
  // Judged as the model gave it, told in figures that are worth their bytes.
  const [label, p] = mostProbable(answer.probs);
  const unknown = p < unknownThreshold;
  const start = window.startUs / 1000;
  const ts = nowMs();
  const latencyMs = ts - window.arrivalMs;
  meter.addLatency(latencyMs);
  return {
    board,
    prediction: {
      id: predictionId(board, spec.name, brain.bundleHash, start),
      ts,
      window: { start, end: window.endUs / 1000, rows: window.rows, fill: window.fill },
      agent,
      model: brain.model,
      task: spec.name,
      label: unknown ? null : label,
      p: rounded(p),
      probs: Object.fromEntries(Object.entries(answer.probs).map(([name, q]) => [name, rounded(q)])),
      unknown,
      value: {},
      latencyMs,
      replayed: false,
    },
  };
}

/** As many digits as a 32-bit float has. */
const SIGNIFICANT_DIGITS = 6;

const rounded = (p: number): number => Number(p.toPrecision(SIGNIFICANT_DIGITS));

function mostProbable(probs: Readonly<Record<string, number>>): [label: string, p: number] {
  let best: [string, number] = ['', Number.NEGATIVE_INFINITY];
  for (const [label, p] of Object.entries(probs)) if (p > best[1]) best = [label, p];
  return best;
}
