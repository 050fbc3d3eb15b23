import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { choice, integer, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { usageError } from '../../protocols/errors.ts';
import { checkSplits } from '../datasets/check-splits.ts';
import { readDataset } from '../datasets/registry.ts';
import { type SplitTable, splitTable, splitText } from '../datasets/split-table.ts';
import { type ValidationResult, validationText } from '../engines/engine.ts';
import type { EvaluationReport } from '../evaluation.ts';
import { crossValidationText, evaluationText } from '../evaluation-text.ts';
import { loadRecipe } from '../recipe.ts';
import { recordResult } from '../results/record-result.ts';
import type { Run } from '../stage.ts';
import { bundle } from '../stages/bundle.ts';
import { type CrossValidation, crossValidate } from '../stages/cross-validate.ts';
import { trainSpecialist } from '../stages/ensemble.ts';
import { type Evaluated, evaluate } from '../stages/evaluate.ts';
import type { Training } from '../stages/finetune.ts';
import { prepare } from '../stages/prepare.ts';
import { type Quantized, quantize } from '../stages/quantize.ts';
import { refit } from '../stages/refit.ts';
import { report as writeReport } from '../stages/report.ts';
import { withSynthetic } from '../synthetic/synthetic.ts';
import { variantText } from '../variants/variant-table.ts';
import { ENGINE_NAMES, engineOf } from './engine-choice.ts';
import { TrainingDisplay } from './training-display.ts';

export type StageName = 'prepare' | 'finetune' | 'quantize' | 'evaluate' | 'bundle';

/** The flags which all stages share, as help text. */
export const STAGE_FLAGS = `
  --recipe FILE   what to make and how (YAML); configs/recipes/ has those of the models that ship
  --out DIR       where the stages write; the same folder again goes on where it was left
  --data PATH     the data set the recipe names
  --base DIR      a model to start from, instead of the recipe's: a bundle, what \`import\` wrote, the finetune folder of a run,
                  or a Hugging Face GPT-2 folder
  --seed N        of everything random (default 1)
  --engine NAME   onnx: in this process (default, and the only one here: torch pre-trains)
  --threads N     cores to train on (default: those of this machine, at most 4)
  --skip-folds    leave out the recipe's crossValidation, as for another seed of it
  --json          print the result as JSON

Ctrl-C stops after a checkpoint; the same command goes on from there.
`;

/** Figures for machines, printed by `--json`. */
interface StagesResult {
  folder: string;
  splits?: SplitTable;
  validation?: ValidationResult;
  report?: EvaluationReport;
  crossValidation?: CrossValidation;
  variants?: Quantized['table'] | Evaluated['table'];
}

const MAX_DEFAULT_THREADS = 4;

/** Run the stages up to and with `last`. Those whose inputs have not changed are not run again. */
export async function runStages(argv: readonly string[], last: StageName): Promise<void> {
  const { flags } = parseFlags(argv, {
    recipe: required(text('FILE, such as configs/recipes/local.yaml')),
    out: required(text('DIR, such as runs/local')),
    data: text('PATH; docs/data.md says where data comes from'),
    base: text('DIR, such as runs/base'),
    seed: orElse(integer({ min: 0 }), 1),
    engine: orElse(choice(...ENGINE_NAMES), 'onnx'),
    threads: orElse(integer({ min: 1 }), Math.min(MAX_DEFAULT_THREADS, availableParallelism())),
    results: text('DIR, such as docs/results'),
    skipFolds: toggle(),
    json: toggle(),
  });
  if (flags.results !== undefined && last !== 'bundle') {
    throw usageError('--results wants the whole run', 'say it to `npx tinyllm train`');
  }
  const recipe = await loadRecipe(flags.recipe, flags.base);
  const { data: dataPath } = flags;
  if (dataPath === undefined) {
    throw usageError(
      `the recipe ${recipe.name} needs data set "${recipe.dataset}"`,
      'say where it is: --data PATH',
    );
  }
  const engine = await engineOf(flags.engine);
  const result = await untilInterrupted(async (signal): Promise<StagesResult> => {
    const { note, watch } = new TrainingDisplay(process.stderr);
    const run: Run = { out: flags.out, seed: flags.seed, signal, note };
    const training: Training = { engine, threads: flags.threads, watch };
    signal.addEventListener('abort', () => note('stopping: the same command goes on from here'));

    const measured = await readDataset(recipe.dataset, dataPath, recipe);
    const dataset = recipe.synthetic ? withSynthetic(measured, recipe.synthetic, flags.seed) : measured;
    // What is wrong with any of its rows is better known now than after training.
    checkSplits(recipe, dataset, note);
    const prepared = await prepare(recipe, dataset, run);
    if (last === 'prepare') return { folder: prepared.folder, splits: splitTable(dataset, recipe) };
    const judged = await trainSpecialist(recipe, dataset, prepared, training, run);
    const { folder, validation } = judged;
    note(`finetune: best at step ${validation.step}: validation ${validationText(validation)}`);
    if (last === 'finetune') return { folder, validation };
    const scout = { data: prepared, specialist: judged };
    const refitted = recipe.refit && (await refit(recipe, dataset, scout, training, run));
    const { data, specialist } = refitted ?? scout;
    const quantized = await quantize(recipe, data, specialist, dataset, run);
    if (last === 'quantize') return { folder: quantized.candidate, validation, variants: quantized.table };
    const evaluated = await evaluate(recipe, quantized, dataset, run, refitted?.scout);
    const crossValidation = flags.skipFolds ? undefined : await crossValidate(recipe, dataset, training, run);
    const { report, table: variants } = evaluated;
    const figures = { validation, report, variants, ...(crossValidation ? { crossValidation } : {}) };
    if (last === 'evaluate') return { folder: evaluated.candidate, ...figures };
    const bundles = await bundle(recipe, evaluated, crossValidation, dataset, run);
    const finished = join(bundles, recipe.name);
    // The curves of a refit would show rows it has learnt from.
    const shown = { ...judged, ...(specialist.time && { time: specialist.time }) };
    const parts = {
      data: prepared,
      specialist: shown,
      evaluated,
      ...(crossValidation && { crossValidation }),
    };
    await writeReport(recipe, run, { ...parts, bundle: finished }, dataset);
    if (flags.results !== undefined) {
      const tokensPerWindow = prepared.train.tokensPerExample;
      const figured = { recipe, specialist, report, table: variants, crossValidation, tokensPerWindow };
      const { seed, threads } = flags;
      note(`results: ${await recordResult(flags.results, { ...figured, seed, threads, bundle: finished })}`);
    }
    note(`check it: npx tinyllm verify --bundle ${finished}`);
    return { folder: bundles, ...figures };
  });
  if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${figuresText(result)}${result.folder}\n`);
}

const figuresText = ({ splits, report, crossValidation, variants }: StagesResult): string =>
  [
    splits && splitText(splits),
    report && evaluationText(report),
    crossValidation && crossValidationText(crossValidation),
    variants && variantText(variants),
  ]
    .map((part) => (part ? `${part}\n` : ''))
    .join('');
