import type { Completion } from '../../../protocols/prompt.ts';
import { type ExampleSet, exampleCount } from '../../example-set.ts';
import { accuracy, confusionMatrix, macroF1, type Scored } from '../../metrics.ts';
import type { ValidationResult } from '../engine.ts';
import { QuestionAnswers } from './question-answers.ts';
import type { TrainingSession } from './training-session.ts';

/** Probabilities below this are counted as this in the loss. */
const SMALLEST_PROBABILITY = 1e-9;

/** Scores every example with the averaged weights, over the closed set of its question's answers as the runtime does. */
export class Validator {
  readonly #examples: number;
  readonly #questions: readonly QuestionAnswers[];

  constructor(set: ExampleSet, completions: readonly Completion[]) {
    this.#examples = exampleCount(set);
    const names = [...new Set(completions.map(({ question }) => question?.name))];
    this.#questions = names.map((name) => {
      const own = completions.filter(({ question }) => question?.name === name);
      return new QuestionAnswers(set, own, completions.indexOf(own[0]!));
    });
  }

  async run(session: TrainingSession, batch: number, step: number): Promise<ValidationResult> {
    let loss = 0;
    let labelFigures: Pick<ValidationResult, 'accuracy' | 'macroF1'> = { accuracy: null, macroF1: null };
    const mae: Record<string, number> = {};
    const shares: number[] = [];
    for (const question of this.#questions) {
      const scored = await question.score(session, batch);
      for (const { truth, probs } of scored) loss -= Math.log(Math.max(SMALLEST_PROBABILITY, probs[truth]!));
      const { name, values, size } = question;
      if (values) {
        mae[name] = meanAbsoluteError(scored, values);
        shares.push(mae[name] / (values.at(-1)! - values[0]!));
      } else {
        const confusion = confusionMatrix(scored, size);
        labelFigures = { accuracy: accuracy(confusion), macroF1: macroF1(confusion) };
      }
    }
    return {
      step,
      lossNats: loss / this.#examples,
      ...labelFigures,
      ...(shares.length > 0 && { mae, relativeMae: shares.reduce((a, b) => a + b) / shares.length }),
    };
  }
}

/** Of the distributions' means. Truths are told as finely as answers are. */
function meanAbsoluteError(scored: readonly Scored[], values: readonly number[]): number {
  const errors = scored.map(({ truth, probs }) => {
    const mean = values.reduce((sum, value, i) => sum + probs[i]! * value, 0);
    return Math.abs(mean - values[truth]!);
  });
  return errors.reduce((a, b) => a + b, 0) / errors.length;
}
