import { readFile } from 'node:fs/promises';
import { decodeWeights } from '../../../model/weights.ts';
import { type ExampleSet, readExampleSet } from '../../example-set.ts';
import type { SoftTargets } from '../../soft-targets.ts';
import type { ScoringJob, ValidationResult } from '../engine.ts';
import { QuestionAnswers } from './question-answers.ts';
import { TrainingSession } from './training-session.ts';
import { Validator } from './validation.ts';

/** How good finished weights are on a set, as a validation during training has it. */
export const validateWeights = (job: ScoringJob, step: number): Promise<ValidationResult> =>
  scoring(job, (session, set) => new Validator(set, job.completions).run(session, job.batch, step));

/** What finished weights make of each example, for a task that asks for one label. */
export const labelProbabilities = (job: ScoringJob): Promise<SoftTargets> =>
  scoring(job, async (session, set) => {
    const scored = await new QuestionAnswers(set, job.completions, 0).score(session, job.batch);
    const labels = job.completions.length;
    const probabilities = new Float32Array(scored.length * labels);
    for (const [i, { probs }] of scored.entries()) probabilities.set(probs, i * labels);
    return { probabilities, labels };
  });

async function scoring<T>(
  { shape, weights, examples, threads }: ScoringJob,
  work: (session: TrainingSession, set: ExampleSet) => Promise<T>,
): Promise<T> {
  const set = await readExampleSet(examples);
  const session = TrainingSession.forScoring({
    shape,
    tokens: set.tokensPerExample,
    weights: decodeWeights(shape, await readFile(weights), weights),
    threads,
  });
  try {
    return await work(session, set);
  } finally {
    await session.release();
  }
}
