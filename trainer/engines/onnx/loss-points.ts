import type { EarlyLoss } from '../../early-loss.ts';
import type { ExampleSet } from '../../example-set.ts';
import type { SampleLoss } from '../../sample-loss.ts';
import type { SoftTargets } from '../../soft-targets.ts';

/** One thing that is learnt from an example. */
export interface LossPoint {
  /** Which of the example's tokens is read, from 0. */
  readonly position: number;
  /** The token that should follow. */
  readonly target: number;
  /** What it counts; a token of the answer counts 1. */
  readonly weight: number;
}

/** What others make of the examples, and how much of it is believed. */
export interface Teacher extends SoftTargets {
  /** The rest is the truth's. */
  readonly share: number;
  /** (labels) the token with which each label begins, all different. */
  readonly firstTokens: readonly number[];
}

export interface LossOptions {
  readonly early?: EarlyLoss;
  readonly samples?: SampleLoss;
  readonly teacher?: Teacher;
}

/**
 * What is learnt from each example of a set: its answer, and where asked for, its label earlier in the prompt and the
 * samples of its window. With a teacher every label is a point at the answer's first place, weighted by its
 * probability: cross entropy is linear in its target, so this is the loss against the whole distribution.
 */
export class LossPoints {
  readonly #set: ExampleSet;
  readonly #early: EarlyLoss | undefined;
  readonly #samples: SampleLoss | undefined;
  readonly #teacher: Teacher | undefined;
  /** Points of the example that has most of them. */
  readonly most: number;

  constructor(set: ExampleSet, { early, samples, teacher }: LossOptions = {}) {
    this.#set = set;
    this.#early = early;
    this.#samples = samples;
    this.#teacher = teacher;
    const answer = set.length.reduce((most, length, i) => Math.max(most, length - set.promptLength[i]!), 1);
    const beside = (early?.positions.length ?? 0) + (samples?.positions.length ?? 0);
    this.most = answer + beside + (teacher ? teacher.labels - 1 : 0);
  }

  of(example: number): LossPoint[] {
    const { tokensPerExample: width, tokens, promptLength, length } = this.#set;
    const prompt = promptLength[example]!;
    const token = (position: number): number => tokens[example * width + position]!;
    const points: LossPoint[] = [];
    if (this.#teacher) points.push(...this.#taught(this.#teacher, example));
    for (let position = prompt - (this.#teacher ? 0 : 1); position < length[example]! - 1; position++) {
      points.push({ position, target: token(position + 1), weight: 1 });
    }
    for (const position of this.#early?.positions ?? []) {
      points.push({ position, target: token(prompt), weight: this.#early!.weight });
    }
    for (const position of this.#samples?.positions ?? []) {
      points.push({ position, target: token(position + 1), weight: this.#samples!.weight });
    }
    return points;
  }

  /** The answer's first token, shared between the truth and the teacher. */
  #taught({ probabilities, labels, share, firstTokens }: Teacher, example: number): LossPoint[] {
    const { promptLength, label } = this.#set;
    return firstTokens.map((target, l) => {
      const truth = l === label[example] ? 1 : 0;
      const weight = (1 - share) * truth + share * probabilities[example * labels + l]!;
      return { position: promptLength[example]! - 1, target, weight };
    });
  }
}
