import type { RandomStream } from '../model/random.ts';
import { LABEL, labelsOf, nearestValue, numbersOf } from '../protocols/answers.ts';
import type { Completion } from '../protocols/prompt.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { LabelledRow } from './datasets/dataset.ts';

/** What an example should answer to one question. */
export interface Target {
  /** Written at the end of the prompt: the question, where the task asks several. */
  readonly question: readonly number[];
  readonly answer: readonly number[];
  /** Index into the task's completions. */
  readonly label: number;
}

/** The right answers to a window, one to each question of the task. */
export class AnswerTargets {
  readonly #spec: TaskSpec;
  readonly #completions: readonly Completion[];
  readonly #jitter: number;
  /** Index of the first completion of each question. */
  readonly #first: ReadonlyMap<string, number>;

  /**
   * @param jitter standard deviation, in the number's unit, by which training targets are drawn around the truth: what
   *   lies near it is then nearly right, and the model learns a smooth distribution whose mean is the truth
   */
  constructor(spec: TaskSpec, completions: readonly Completion[], jitter = 0) {
    this.#spec = spec;
    this.#completions = completions;
    this.#jitter = jitter;
    const first = new Map<string, number>();
    for (const [i, { question }] of completions.entries()) {
      const name = question?.name ?? LABEL;
      if (!first.has(name)) first.set(name, i);
    }
    this.#first = first;
  }

  /** @param random of a training window; without it the targets are the truth */
  of(row: LabelledRow, random?: RandomStream): Target[] {
    const { answers } = this.#spec;
    const labels = labelsOf(answers);
    const ofLabel = labels.length > 0 ? [this.#target(LABEL, labels.indexOf(row.label))] : [];
    const ofNumbers = numbersOf(answers).map((number) => {
      const { name } = number;
      const moved = random && this.#jitter > 0 ? this.#jitter * random.fork(name).normal() : 0;
      return this.#target(name, nearestValue(number, row.numbers![name]! + moved));
    });
    return [...ofLabel, ...ofNumbers];
  }

  #target(question: string, index: number): Target {
    const label = this.#first.get(question)! + index;
    const completion = this.#completions[label]!;
    return { question: completion.question?.tokens ?? [], answer: completion.tokens, label };
  }
}
