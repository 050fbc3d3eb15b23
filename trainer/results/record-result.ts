import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parameterCount } from '../../model/shape.ts';
import { currentCommit } from '../current-commit.ts';
import type { EvaluationReport } from '../evaluation.ts';
import { quantile } from '../fit-quantisers.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { CrossValidation } from '../stages/cross-validate.ts';
import type { Specialist } from '../stages/finetune.ts';
import type { MeasuredVariant, VariantTable } from '../variants/variant-table.ts';
import { writeWhole } from '../write-whole.ts';
import { type RunResult, runResult } from './run-result.ts';

/** What a finished run has to tell. */
export interface RunFigures {
  readonly recipe: LoadedRecipe;
  readonly seed: number;
  readonly threads: number;
  readonly tokensPerWindow: number;
  readonly specialist: Specialist;
  readonly report: EvaluationReport;
  readonly crossValidation?: CrossValidation | undefined;
  readonly table: VariantTable;
  /** The folder of the finished bundle. */
  readonly bundle: string;
}

/**
 * Write `<folder>/<recipe>/<seed>.json`. A run of the same recipe and seed replaces it.
 * @returns the file's path
 */
export async function recordResult(folder: string, figures: RunFigures): Promise<string> {
  const { recipe, seed } = figures;
  const path = join(folder, recipe.name, `${seed}.json`);
  await mkdir(join(folder, recipe.name), { recursive: true });
  const result = resultOf(figures, {
    commit: await currentCommit(),
    date: new Date().toISOString(),
    bundleBytes: await bytesBelow(figures.bundle),
  });
  await writeWhole(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

export function resultOf(
  { recipe, seed, threads, tokensPerWindow, specialist, report, crossValidation, table }: RunFigures,
  circumstances: Pick<RunResult, 'commit' | 'date' | 'bundleBytes'>,
): RunResult {
  const { time, shape } = specialist;
  // The schema leaves out what a report holds beside these: confusion, latencies, the shifts one by one.
  return runResult.parse({
    ...circumstances,
    recipe: recipe.name,
    recipeHash: recipe.hash,
    seed,
    task: recipe.spec.name,
    dataset: recipe.dataset,
    test: { ...splitFigures(report), split: report.split ?? 'all' },
    crossValidation: crossValidation ? foldFigures(crossValidation) : null,
    parameters: parameterCount(shape),
    tokensPerWindow,
    training: time ? { minutes: time.seconds / 60, threads, isResumed: time.isResumed } : null,
    variants: table.variants.map(variantFigures),
  });
}

const splitFigures = ({
  n,
  accuracy,
  macroF1,
  ci95,
  mae,
  positionErrorM,
  shiftMean,
  ece,
  perGroup,
  baselines,
  numberBaselines,
}: EvaluationReport) => ({
  n,
  accuracy,
  macroF1,
  ci95,
  mae,
  positionErrorM,
  shiftMean,
  ece,
  // A task that asks for both is compared by its label.
  baselines: baselines ?? numberBaselines,
  groups: perGroup ? groupSummary(perGroup) : null,
});

const foldFigures = ({
  folds,
  groups,
  n,
  accuracy,
  macroF1,
  ci95,
  mae,
  positionErrorM,
  baselines,
}: CrossValidation) => ({
  folds,
  groups,
  n,
  accuracy,
  macroF1,
  ci95,
  mae,
  positionErrorM,
  baselines,
});

const variantFigures = ({
  name,
  accepted,
  fileBytes,
  test,
  latencyMs,
  tokensPerS,
  peakMemoryMb,
}: MeasuredVariant) => ({
  name,
  accepted,
  fileBytes,
  latencyMs,
  tokensPerS,
  peakMemoryMb,
  accuracy: test.accuracy,
  macroF1: test.macroF1,
  mae: test.mae ?? null,
  agreement: test.agreement,
});

function groupSummary(perGroup: NonNullable<EvaluationReport['perGroup']>) {
  const shares = Object.values(perGroup)
    .flatMap(({ accuracy }) => accuracy ?? [])
    .sort((a, b) => a - b);
  return {
    n: Object.keys(perGroup).length,
    lowest: shares[0] ?? null,
    median: shares.length > 0 ? quantile(shares, 0.5) : null,
  };
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => stat(join(parentPath, name))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
