import type { Prediction } from '../protocols/prediction.ts';
import type { Recording } from '../protocols/recording.ts';

/** A prediction beside what the recording says. */
export interface Judged {
  readonly recording: string;
  readonly board: string;
  readonly prediction: Prediction;
  /** Null where the recording has no label. */
  readonly truth: string | null;
}

/** The label that covers most of a window, the earlier of two equals; null where none does. Times in epoch milliseconds. */
export function truthOf(
  { labels }: Pick<Recording, 'labels'>,
  { start, end }: Pick<Prediction['window'], 'start' | 'end'>,
): string | null {
  const coveredMs = new Map<string, number>();
  for (const { label, startUs, endUs } of labels) {
    const overlapMs = Math.min(end, endUs / 1000) - Math.max(start, startUs / 1000);
    // A snapshot has no length: it lies inside a label or not.
    if (overlapMs < 0 || (overlapMs === 0 && start !== end)) continue;
    coveredMs.set(label, (coveredMs.get(label) ?? 0) + overlapMs);
  }
  let best: string | null = null;
  for (const [label, ms] of coveredMs) if (best === null || ms > coveredMs.get(best)!) best = label;
  return best;
}

export interface Score {
  readonly predictions: number;
  /** With a truth to compare with; `right`, `wrong` and `unknown` add up to it. */
  readonly judged: number;
  readonly right: number;
  readonly wrong: number;
  readonly unknown: number;
  /** Of the judged ones, unknown counting as not right; null when there were none. */
  readonly accuracy: number | null;
}

/** Adds up how often the answers were right. */
export class Tally {
  #predictions = 0;
  readonly #counts = { right: 0, wrong: 0, unknown: 0 };

  add({ prediction: { label }, truth }: Pick<Judged, 'prediction' | 'truth'>): void {
    this.#predictions++;
    if (truth === null) return;
    this.#counts[label === null ? 'unknown' : label === truth ? 'right' : 'wrong']++;
  }

  get score(): Score {
    const { right, wrong, unknown } = this.#counts;
    const judged = right + wrong + unknown;
    return {
      predictions: this.#predictions,
      judged,
      ...this.#counts,
      accuracy: judged === 0 ? null : right / judged,
    };
  }
}
