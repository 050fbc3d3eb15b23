import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answer } from '../../pipeline/brain.ts';
import type { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { type Dataset, type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { type EvaluationReport, evaluate as evaluateRows } from '../evaluation.ts';
import { quantile } from '../fit-quantisers.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import { withBrain, writeCandidate } from './candidate.ts';
import type { Specialist } from './finetune.ts';
import type { PreparedData } from './prepare.ts';

/** A finished model in the form in which it ships, measured; not yet with card and golden examples. */
export interface Evaluated {
  /** A bundle folder. */
  readonly candidate: string;
  readonly report: EvaluationReport;
}

/** The window is moved by so many samples: a model must not depend on how the test rows were cut. */
const TEST_SHIFTS = Array.from({ length: 11 }, (_, i) => i - 5);
/** Of the validation answers that are right, this share may be given as unknown .. */
const LOST_TO_UNKNOWN = 0.01;
/** .. but an answer above this is never unknown. */
const HIGHEST_THRESHOLD = 0.6;

/** Model -> candidate bundle -> report on the test split, through the runtime that ships. */
export async function evaluate(
  recipe: LoadedRecipe,
  data: PreparedData,
  specialist: Specialist,
  dataset: Dataset,
  run: Run,
): Promise<Evaluated> {
  const inputs = {
    weights: specialist.weightsHash,
    data: dataset.hash,
    recipe: recipe.hash,
    seed: run.seed,
  };
  const folder = await stage(run, 'evaluate', inputs, async (partial) => {
    const candidate = join(partial, 'candidate');
    const testRows = splitRows(dataset, 'test', recipe);
    const validation = splitRows(dataset, 'validation', recipe);
    await writeCandidate(candidate, recipe, data, specialist, run, data.task);
    const unknownThreshold = await withBrain(candidate, (brain) => fitThreshold(brain, validation));
    await writeCandidate(candidate, recipe, data, specialist, run, { ...data.task, unknownThreshold });
    const report = await withBrain(candidate, (brain) =>
      evaluateRows(brain, testRows, {
        dataset: recipe.dataset,
        split: 'test',
        skipped: dataset.skipped.length,
        shifts: TEST_SHIFTS,
        signal: run.signal,
      }),
    );
    await writeFile(join(partial, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  });
  return {
    candidate: join(folder, 'candidate'),
    report: JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as EvaluationReport,
  };
}

/** The probability below which an answer is given as unknown, from validation rows. */
async function fitThreshold(brain: TinyBrain, rows: readonly LabelledRow[]): Promise<number> {
  const rightAnswers: number[] = [];
  for (const row of rows) {
    const { probs } = await answer(brain, row.recording.board, rowWindow(brain.task.spec, row, 0));
    const best = Math.max(...Object.values(probs));
    if (probs[row.label] === best) rightAnswers.push(best);
  }
  rightAnswers.sort((a, b) => a - b);
  return rightAnswers.length === 0 ? 0 : Math.min(HIGHEST_THRESHOLD, quantile(rightAnswers, LOST_TO_UNKNOWN));
}
