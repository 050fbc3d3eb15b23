import type { EarlyLoss } from '../../early-loss.ts';
import type { ExampleSet } from '../../example-set.ts';

/** One thing that is learnt from an example. */
export interface LossPoint {
  /** Which of the example's tokens is read, from 0. */
  readonly position: number;
  /** The token that should follow. */
  readonly target: number;
  /** What it counts; a token of the answer counts 1. */
  readonly weight: number;
}

/** What is learnt from each example of a set: its answer, and where asked for, its label earlier in the prompt. */
export class LossPoints {
  readonly #set: ExampleSet;
  readonly #early: EarlyLoss | undefined;
  /** Points of the example that has most of them. */
  readonly most: number;

  constructor(set: ExampleSet, early?: EarlyLoss) {
    this.#set = set;
    this.#early = early;
    const answer = set.length.reduce((most, length, i) => Math.max(most, length - set.promptLength[i]!), 1);
    this.most = answer + (early?.positions.length ?? 0);
  }

  of(example: number): LossPoint[] {
    const { tokensPerExample: width, tokens, promptLength, length } = this.#set;
    const prompt = promptLength[example]!;
    const token = (position: number): number => tokens[example * width + position]!;
    const points: LossPoint[] = [];
    for (let position = prompt - 1; position < length[example]! - 1; position++) {
      points.push({ position, target: token(position + 1), weight: 1 });
    }
    for (const position of this.#early?.positions ?? []) {
      points.push({ position, target: token(prompt), weight: this.#early!.weight });
    }
    return points;
  }
}
