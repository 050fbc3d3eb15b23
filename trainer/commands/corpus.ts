import { availableParallelism } from 'node:os';
import { integer, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { loadCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { manifestText } from '../corpus/manifest-text.ts';
import { prepareCorpus } from '../corpus/prepare-corpus.ts';
import type { Run } from '../stage.ts';
import { CorpusDisplay } from './corpus-display.ts';

/** Prepare a corpus for pre-training: what `prepare` does with a recipe that has a `corpus:` section. */
export async function prepareCorpusCommand(argv: readonly string[]): Promise<void> {
  const { flags } = parseFlags(argv, {
    recipe: required(text('FILE, such as configs/recipes/foundation-text.yaml')),
    out: required(text('DIR, such as runs/foundation')),
    data: text('DIR, below which the sources are'),
    seed: orElse(integer({ min: 0 }), 1),
    threads: orElse(integer({ min: 1 }), availableParallelism()),
    json: toggle(),
  });
  const recipe = await loadCorpusRecipe(flags.recipe);
  const { folder, manifest } = await untilInterrupted((signal) => {
    const display = new CorpusDisplay(process.stderr);
    const run: Run = { out: flags.out, seed: flags.seed, signal, note: display.note };
    signal.addEventListener('abort', () => display.note('stopping: the same command goes on from here'));
    return prepareCorpus({ recipe, dataFolder: flags.data, threads: flags.threads, watch: display }, run);
  });
  process.stdout.write(
    flags.json ? `${JSON.stringify({ folder, manifest })}\n` : `${manifestText(manifest)}\n${folder}\n`,
  );
}
