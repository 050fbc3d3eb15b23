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
${STAGE_FLAGS}
With a recipe that has a \`corpus:\` section: reads the sources below --data, leaves out what is repeated or unwanted, and
writes token shards to pre-train on (docs/pretraining.md). Its flags are --recipe, --out, --data, --seed, --json and

  --threads N     cores to work on (default: those of this machine)
  --part K/N      prepare the K-th of N parts, on this machine; all machines have the same sources
  --join DIR      a part's folder, once for each part: makes the corpus of all of them
`,
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
