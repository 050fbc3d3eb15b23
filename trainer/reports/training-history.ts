import type { ValidationResult } from '../engines/engine.ts';
import { logLines } from '../engines/training-log.ts';
import type { Point } from './plot.ts';

/** What `log.jsonl` says (training-log.ts), by kind of line. */
export interface TrainingHistory {
  readonly steps: readonly { readonly step: number; readonly lossNats: number; readonly lr: number }[];
  readonly validations: readonly ValidationResult[];
}

export function parseTrainingLog(text: string): TrainingHistory {
  const lines = logLines(text);
  return {
    steps: lines.filter(({ kind }) => kind === undefined) as unknown as TrainingHistory['steps'],
    validations: lines.filter(({ kind }) => kind === 'validation') as unknown as ValidationResult[],
  };
}

/**
 * A running average, as much of the past in it as 1 % of the run: `decay` 1 - 1 / window, divided by the weight that
 * has come in so far, so that it does not begin at 0 (Kingma and Ba, 2015, section 3).
 */
export function smoothed(points: readonly Point[]): Point[] {
  const window = Math.max(1, points.length / 100);
  let sum = 0;
  let weight = 0;
  return points.map(([x, y]) => {
    sum += (y - sum) / window;
    weight += (1 - weight) / window;
    return [x, sum / weight];
  });
}

/** At most `most` points, each the mean of its neighbours: a page need not hold what a screen cannot show. */
export function thinned(points: readonly Point[], most = 400): Point[] {
  if (points.length <= most) return [...points];
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return Array.from({ length: most }, (_, i) => {
    const own = points.slice(
      Math.floor((i * points.length) / most),
      Math.floor(((i + 1) * points.length) / most),
    );
    return [mean(own.map(([x]) => x)), mean(own.map(([, y]) => y))];
  });
}
