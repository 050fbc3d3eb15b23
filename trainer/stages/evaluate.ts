import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBundle, sha256 } from '../../model/bundle.ts';
import type { VariantName } from '../../model/quantize.ts';
import { labelsOf } from '../../protocols/answers.ts';
import type { Answered } from '../answered.ts';
import { askNumberMethods } from '../baselines/number-methods.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import { taughtRows } from '../datasets/taught-rows.ts';
import { type EvaluationReport, evaluate as evaluateRows } from '../evaluation.ts';
import { headlineText } from '../evaluation-text.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { type Run, stage } from '../stage.ts';
import { evaluateStreams, type ScoredStreams } from '../stream-evaluation.ts';
import { recordingsOfSplit } from '../streams/recordings.ts';
import { chooseStrips, type StreamStrip } from '../streams/strips.ts';
import { calibrateUnknown, type UnknownCalibration } from '../unknown-threshold.ts';
import { type VariantFigures, type VariantTable, variantFigures } from '../variants/variant-table.ts';
import { baselines } from './baselines.ts';
import { copyCandidate, withBrain } from './candidate.ts';
import { answersOf, type Quantized } from './quantize.ts';

/** A finished model in the form in which it ships, measured; not yet with card and golden examples. */
export interface Evaluated {
  /** A bundle folder; variants which were refused come last. */
  readonly candidate: string;
  /** Of the variant that ships as the default. */
  readonly report: EvaluationReport;
  /** Its answers, in the order of the split's rows. */
  readonly answered: readonly Answered[];
  readonly table: VariantTable;
  /** Recordings of the test split to look at; none where the set has none. */
  readonly strips: readonly StreamStrip[];
}

const REPORT = 'report.json';
const ANSWERED = 'answered.json';
const FIGURES = 'variants.json';
/** How the unknown threshold was found. */
const UNKNOWN = 'unknown.json';
const STRIPS = 'strips.json';

/** The window is moved by so many samples: a model must not depend on how the test rows were cut. */
const TEST_SHIFTS = Array.from({ length: 11 }, (_, i) => i - 5);
/** A larger test split is asked of the classical methods in place only: kNN in many dimensions takes milliseconds a question. */
const MOST_MOVED_QUESTIONS = 2000;

/**
 * Variants -> candidate bundle -> report and table on the test split, through the runtime that ships.
 * @param scout a bundle folder, to find the unknown threshold with where the model itself has learnt from the validation rows
 */
export async function evaluate(
  recipe: LoadedRecipe,
  { candidate: quantized, table: validated }: Quantized,
  dataset: Dataset,
  run: Run,
  scout?: string,
): Promise<Evaluated> {
  const questions = splitRows(dataset, 'test', recipe).length * TEST_SHIFTS.length;
  const methods = await baselines(recipe, dataset, questions <= MOST_MOVED_QUESTIONS ? TEST_SHIFTS : [], run);
  const inputs = {
    candidate: (await openBundle(quantized)).hash,
    ...(scout !== undefined && { scout: (await openBundle(scout)).hash }),
    accepted: validated.variants.filter(({ accepted }) => accepted).map(({ name }) => name),
    data: dataset.hash,
    recipe: recipe.hash,
    seed: run.seed,
    baselines: methods.map(({ trainMs: _, ...answers }) => sha256(JSON.stringify(answers))),
    // A run of a version that wrote others is evaluated anew.
    files: [REPORT, ANSWERED, FIGURES, UNKNOWN, STRIPS],
  };
  const folder = await stage(run, 'evaluate', inputs, async (partial) => {
    const candidate = join(partial, 'candidate');
    const testRows = splitRows(dataset, 'test', recipe);
    const training = splitRows(taughtRows(recipe, dataset), 'train', recipe);
    const numberMethods = recipe.baselines
      ? await askNumberMethods(recipe.spec, training, testRows, run.signal)
      : [];
    const validation = splitRows(dataset, 'validation', recipe);
    const names = validated.variants.map(({ name }) => name);
    const order = validated.variants
      .toSorted((a, b) => Number(b.accepted) - Number(a.accepted))
      .map(({ name }) => name);
    const { task } = (await openBundle(quantized)).manifest;
    const unknown = await withBrain(
      scout ?? quantized,
      async (brain) =>
        labelsOf(task.spec.answers).length > 0 ? calibrateUnknown(brain, validation, run.signal) : undefined,
      scout === undefined ? order[0] : undefined,
    );
    if (unknown) run.note(`evaluate: ${calibrationText(unknown)}`);
    await copyCandidate(quantized, candidate, {
      task: { ...task, unknownThreshold: unknown?.threshold ?? 0 },
      order,
    });
    const live = await scoreLive(candidate, recipe, dataset, run);
    const report = await withBrain(candidate, (brain) =>
      evaluateRows(brain, testRows, {
        ...(live && { stream: live.report }),
        dataset: recipe.dataset,
        split: 'test',
        skipped: dataset.skipped.length,
        shifts: TEST_SHIFTS,
        ...(methods.length > 0 && { baselines: methods }),
        ...(numberMethods.length > 0 && { numberBaselines: numberMethods }),
        signal: run.signal,
      }),
    );
    const answers = await answersOf(candidate, names, testRows, run.signal);
    const figures = names.map((name) => [
      name,
      variantFigures(answers.get(name)!, answers.get('fp32')!, recipe.spec.answers),
    ]);
    await writeJson(join(partial, REPORT), report);
    await writeJson(join(partial, ANSWERED), answers.get(order[0]!)!);
    await writeJson(join(partial, STRIPS), live ? chooseStrips(live.streams) : []);
    await writeJson(join(partial, UNKNOWN), unknown ?? null);
    await writeJson(join(partial, FIGURES), Object.fromEntries(figures));
    run.note(`evaluate: ${report.n} test rows, ${headlineText(report)}`);
  });
  const figures = await readJson<Record<VariantName, VariantFigures>>(join(folder, FIGURES));
  return {
    candidate: join(folder, 'candidate'),
    report: await readJson<EvaluationReport>(join(folder, REPORT)),
    answered: await readJson<Answered[]>(join(folder, ANSWERED)),
    strips: await readJson<StreamStrip[]>(join(folder, STRIPS)),
    table: { ...validated, variants: validated.variants.map((v) => ({ ...v, test: figures[v.name] })) },
  };
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;

/** The set's recordings of the test split, second by second; undefined where it has none, or no label is asked for. */
async function scoreLive(
  candidate: string,
  { spec }: LoadedRecipe,
  { rows }: Dataset,
  run: Run,
): Promise<ScoredStreams | undefined> {
  const whole = recordingsOfSplit(rows, 'test');
  if (whole.recordings.length === 0 || labelsOf(spec.answers).length === 0) return undefined;
  run.note(`evaluate: ${whole.recordings.length} recordings of the test split, as if they were live`);
  return withBrain(candidate, (brain) => evaluateStreams(brain, whole, { signal: run.signal }));
}

const calibrationText = ({ threshold, rightKept, negatives }: UnknownCalibration): string => {
  const share = (value: number): string => `${(100 * value).toFixed(0)} %`;
  const kinds = negatives.map(({ kind, rejected }) => `${share(rejected)} of ${kind}`);
  return `unknown below ${threshold.toFixed(2)}: ${[`keeps ${share(rightKept)} of what is right`, ...kinds].join(', rejects ')}`;
};
