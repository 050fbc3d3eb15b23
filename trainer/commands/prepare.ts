import type { Command } from '../../commandline/command.ts';
import { isCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { prepareCorpusCommand } from './corpus.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'prepare',
  summary: 'Stage 1 of training: split the data, cut windows, write tokens; or a corpus to pre-train on',
  usage: `
Usage: tinyllm prepare --recipe FILE --out DIR --data PATH [flags]

Reads the data set, fits the levels on its training rows, cuts windows and writes them as prompts.
With a recipe that has a \`corpus:\` section: reads text from below --data, leaves out what is repeated, and writes
token shards to pre-train on, by --threads cores (default: all of this machine's; docs/pretraining.md).
${STAGE_FLAGS}`,
  run: async (argv) => {
    const recipe = recipeIn(argv);
    const isCorpus = recipe !== undefined && (await isCorpusRecipe(recipe));
    return isCorpus ? prepareCorpusCommand(argv) : runStages(argv, 'prepare');
  },
};

/** The recipe that is named, as far as can be told before it is known which flags there are. */
function recipeIn(argv: readonly string[]): string | undefined {
  const joined = argv.find((word) => word.startsWith('--recipe='));
  if (joined !== undefined) return joined.slice('--recipe='.length);
  const at = argv.indexOf('--recipe');
  return at < 0 ? undefined : argv[at + 1];
}
