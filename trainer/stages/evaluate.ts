import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleManifest } from '../../model/bundle.ts';
import { writeBundle } from '../../model/bundle-writer.ts';
import { servingGraph } from '../../model/serving-graph.ts';
import { answer } from '../../pipeline/brain.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { datasetReader, distinct, type LabelledRow, rowsOfSplit } from '../datasets/dataset.ts';
import { type EvaluationReport, evaluate as evaluateRows } from '../evaluation.ts';
import { quantile } from '../fit-quantisers.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import type { Specialist } from './finetune.ts';
import type { PreparedData } from './prepare.ts';

/** A finished model in the form in which it ships, measured; not yet with card and golden examples. */
export interface Evaluated {
  /** A bundle folder. */
  readonly candidate: string;
  readonly report: EvaluationReport;
}

export const VARIANT = 'fp32';
export const modelFile = (variant: string): string => `model.${variant}.onnx`;

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
  dataPath: string,
  run: Run,
): Promise<Evaluated> {
  const inputs = {
    specialist: specialist.validation,
    folder: data.dataHash,
    recipe: recipe.hash,
    seed: run.seed,
  };
  const folder = await stage(run, 'evaluate', inputs, async (partial) => {
    const candidate = join(partial, 'candidate');
    const { rows, skipped } = await (await datasetReader(recipe.dataset))(dataPath);
    await writeCandidate(candidate, recipe, data, specialist, run, data.task);
    const validation = distinct(rowsOfSplit(rows, 'validation'));
    const unknownThreshold = await withBrain(candidate, (brain) => fitThreshold(brain, validation));
    await writeCandidate(candidate, recipe, data, specialist, run, { ...data.task, unknownThreshold });
    const report = await withBrain(candidate, (brain) =>
      evaluateRows(brain, distinct(rowsOfSplit(rows, 'test')), {
        dataset: recipe.dataset,
        split: 'test',
        skipped: skipped.length,
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

async function writeCandidate(
  folder: string,
  recipe: LoadedRecipe,
  data: PreparedData,
  { shape, weights }: Specialist,
  run: Run,
  task: FittedTask,
): Promise<void> {
  const model = servingGraph(shape, weights);
  const variant: BundleManifest['variants'][number] = {
    name: VARIANT,
    file: modelFile(VARIANT),
    fileBytes: model.length,
    accuracy: null,
    macroF1: null,
    latencyMs: null,
  };
  await writeBundle(folder, {
    manifest: {
      name: recipe.name,
      task,
      shape,
      tokenizer: { vocab: data.tokenizer.vocabSize, sha256: data.tokenizer.hash },
      variants: [variant],
      lineage: {
        data: [{ name: recipe.dataset, sha256: data.dataHash }],
        recipe: { name: recipe.name, sha256: recipe.hash },
        engine: 'onnx',
        seed: run.seed,
        commit: null,
      },
    },
    tokenizer: data.tokenizer,
    golden: [],
    card: `# ${recipe.name}\n\nA candidate that has not been measured.\n`,
    models: new Map([[modelFile(VARIANT), model]]),
  });
}

export async function withBrain<T>(folder: string, work: (brain: TinyBrain) => Promise<T>): Promise<T> {
  const brain = await loadBrain(folder);
  try {
    return await work(brain);
  } finally {
    await brain.close();
  }
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
