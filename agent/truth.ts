import type { Prediction } from '../protocols/prediction.ts';
import type { Recording } from '../protocols/recording.ts';
import { majorityLabel, type Stretch, touches } from '../protocols/truth-timeline.ts';

/** A prediction beside what the recording says. */
export interface Judged {
  readonly recording: string;
  readonly board: string;
  readonly prediction: Prediction;
  /** Null where the recording has no label. */
  readonly truth: string | null;
}

type Span = Pick<Prediction['window'], 'start' | 'end'>;

/** The label that covers most of a window, the earlier of two equals; null where none does. Times in epoch milliseconds. */
export const truthOf = ({ labels }: Pick<Recording, 'labels'>, window: Span): string | null =>
  majorityLabel(labels, stretchOf(window));

const stretchOf = ({ start, end }: Span): Stretch => ({ startUs: start * 1000, endUs: end * 1000 });

export interface Score {
  readonly predictions: number;
  /** With a truth to compare with; `right`, `wrong` and `unknown` add up to it. */
  readonly judged: number;
  readonly right: number;
  readonly wrong: number;
  readonly unknown: number;
  /** Of the judged ones, unknown counting as not right; null when there were none. */
  readonly accuracy: number | null;
  /** Labelled spans of the recordings .. */
  readonly labels: number;
  /** .. and those in which no prediction had a part: the trigger did not fire, or the recording ends too soon. */
  readonly unanswered: number;
}

/** Adds up how often the answers were right, and how often there was none. */
export class Tally {
  #predictions = 0;
  readonly #answers = { right: 0, wrong: 0, unknown: 0 };
  #labels = 0;
  #unanswered = 0;

  /** A whole recording, with all that was predicted in it. */
  add({ labels }: Pick<Recording, 'labels'>, judged: readonly Pick<Judged, 'prediction' | 'truth'>[]): void {
    for (const { prediction, truth } of judged) {
      this.#predictions++;
      const { label, unknown } = prediction;
      // A task that asks for numbers only gives no label to compare.
      if (truth === null || (label === null && !unknown)) continue;
      this.#answers[label === null ? 'unknown' : label === truth ? 'right' : 'wrong']++;
    }
    this.#labels += labels.length;
    this.#unanswered += labels.filter(
      (span) => !judged.some(({ prediction }) => touches(span, stretchOf(prediction.window))),
    ).length;
  }

  get score(): Score {
    const { right, wrong, unknown } = this.#answers;
    const judged = right + wrong + unknown;
    return {
      predictions: this.#predictions,
      judged,
      ...this.#answers,
      accuracy: judged === 0 ? null : right / judged,
      labels: this.#labels,
      unanswered: this.#unanswered,
    };
  }
}
