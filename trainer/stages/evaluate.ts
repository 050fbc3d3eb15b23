import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBundle } from '../../model/bundle.ts';
import type { VariantName } from '../../model/quantize.ts';
import { answer } from '../../pipeline/brain.ts';
import type { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { type Dataset, type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { type EvaluationReport, evaluate as evaluateRows } from '../evaluation.ts';
import { quantile } from '../fit-quantisers.ts';
import type { Scored } from '../metrics.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import { type VariantFigures, type VariantTable, variantFigures } from '../variants/variant-table.ts';
import { copyCandidate, withBrain } from './candidate.ts';
import { answersOf, type Quantized } from './quantize.ts';

/** A finished model in the form in which it ships, measured; not yet with card and golden examples. */
export interface Evaluated {
  /** A bundle folder; variants which were refused come last. */
  readonly candidate: string;
  /** Of the variant that ships as the default. */
  readonly report: EvaluationReport;
  /** Its answers, in the order of the split's rows. */
  readonly scored: readonly Scored[];
  readonly table: VariantTable;
}

const REPORT = 'report.json';
const SCORED = 'scored.json';
const FIGURES = 'variants.json';

/** The window is moved by so many samples: a model must not depend on how the test rows were cut. */
const TEST_SHIFTS = Array.from({ length: 11 }, (_, i) => i - 5);
/** Of the validation answers that are right, this share may be given as unknown .. */
const LOST_TO_UNKNOWN = 0.01;
/** .. but an answer above this is never unknown. */
const HIGHEST_THRESHOLD = 0.6;

/** Variants -> candidate bundle -> report and table on the test split, through the runtime that ships. */
export async function evaluate(
  recipe: LoadedRecipe,
  { candidate: quantized, table: validated }: Quantized,
  dataset: Dataset,
  run: Run,
): Promise<Evaluated> {
  const inputs = {
    candidate: (await openBundle(quantized)).hash,
    accepted: validated.variants.filter(({ accepted }) => accepted).map(({ name }) => name),
    data: dataset.hash,
    recipe: recipe.hash,
    seed: run.seed,
    // A run of a version that wrote others is evaluated anew.
    files: [REPORT, SCORED, FIGURES],
  };
  const folder = await stage(run, 'evaluate', inputs, async (partial) => {
    const candidate = join(partial, 'candidate');
    const testRows = splitRows(dataset, 'test', recipe);
    const validation = splitRows(dataset, 'validation', recipe);
    const names = validated.variants.map(({ name }) => name);
    const order = validated.variants
      .toSorted((a, b) => Number(b.accepted) - Number(a.accepted))
      .map(({ name }) => name);
    const unknownThreshold = await withBrain(quantized, (brain) => fitThreshold(brain, validation), order[0]);
    const { task } = (await openBundle(quantized)).manifest;
    await copyCandidate(quantized, candidate, { task: { ...task, unknownThreshold }, order });
    const report = await withBrain(candidate, (brain) =>
      evaluateRows(brain, testRows, {
        dataset: recipe.dataset,
        split: 'test',
        skipped: dataset.skipped.length,
        shifts: TEST_SHIFTS,
        signal: run.signal,
      }),
    );
    const answers = await answersOf(candidate, names, testRows, run.signal);
    const figures = names.map((name) => [
      name,
      variantFigures(answers.get(name)!, answers.get('fp32')!, recipe.spec.answers.labels.length),
    ]);
    await writeJson(join(partial, REPORT), report);
    await writeJson(join(partial, SCORED), answers.get(order[0]!)!);
    await writeJson(join(partial, FIGURES), Object.fromEntries(figures));
    run.note(`evaluate: ${report.n} test rows, accuracy ${(100 * report.accuracy).toFixed(1)} %`);
  });
  const figures = await readJson<Record<VariantName, VariantFigures>>(join(folder, FIGURES));
  return {
    candidate: join(folder, 'candidate'),
    report: await readJson<EvaluationReport>(join(folder, REPORT)),
    scored: await readJson<Scored[]>(join(folder, SCORED)),
    table: { ...validated, variants: validated.variants.map((v) => ({ ...v, test: figures[v.name] })) },
  };
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;

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
