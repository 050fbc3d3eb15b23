import { columns } from '../commandline/columns.ts';
import { integer, orElse, parseFlags, required, text } from '../commandline/flags.ts';
import { untilInterrupted } from '../commandline/interrupt.ts';
import type { MethodAnswers } from '../trainer/baselines/method-answers.ts';
import { readDataset } from '../trainer/datasets/registry.ts';
import { accuracy, confusionMatrix, macroF1 } from '../trainer/metrics.ts';
import { loadRecipe } from '../trainer/recipe.ts';
import type { Run } from '../trainer/stage.ts';
import { baselines, foldBaselines } from '../trainer/stages/baselines.ts';

// The classical methods of a recipe without its model, before one is trained. `train` with the same --out and --seed finds them done.
//   npx tsx scripts/baselines.ts --recipe configs/recipes/swim.yaml --data PATH --out runs/swim
//     --folds 5    on so many folds of whole persons or sessions instead of the test split

await main();

async function main(): Promise<void> {
  const { flags } = parseFlags(process.argv.slice(2), {
    recipe: required(text('FILE, such as configs/recipes/swim.yaml')),
    data: required(text('PATH; docs/data.md says where data comes from')),
    out: required(text('DIR, such as runs/swim')),
    seed: orElse(integer({ min: 0 }), 1),
    folds: integer({ min: 3 }),
  });
  const { folds } = flags;
  const recipe = {
    ...(await loadRecipe(flags.recipe)),
    ...(folds !== undefined && { crossValidation: { folds } }),
  };
  const dataset = await readDataset(recipe.dataset, flags.data, recipe);
  const answers = await untilInterrupted((signal) => {
    const note = (line: string) => process.stderr.write(`${line}\n`);
    const run: Run = { out: flags.out, seed: flags.seed, signal, note };
    return folds !== undefined ? foldBaselines(recipe, dataset, run) : baselines(recipe, dataset, [], run);
  });
  process.stdout.write(`${table(answers)}\n`);
}

/** Shares in percent. */
function table(answers: readonly MethodAnswers[]): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const rows = answers.map(({ name, scored, windows, trainMs }) => {
    const confusion = confusionMatrix(scored, scored[0]!.probs.length);
    const figures = [accuracy, macroF1].map((figure) => percent(figure(confusion)));
    return [name, ...figures, String(windows), `${(trainMs / 1000).toFixed(0)} s`];
  });
  return columns([['', 'accuracy', 'macro-F1', 'windows', 'trained in'], ...rows]);
}
