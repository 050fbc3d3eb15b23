import { rm } from 'node:fs/promises';
import type { Command } from '../../commandline/command.ts';
import { choice, parseFlags, required, text } from '../../commandline/flags.ts';
import { TinyError } from '../../protocols/errors.ts';
import { type Recording, writeRecordings } from '../../protocols/recording.ts';
import { type Dataset, SPLITS, type SplitName } from '../datasets/dataset.ts';
import { readDataset } from '../datasets/registry.ts';
import { loadRecipe } from '../recipe.ts';
import { writeError } from '../write-error.ts';

export const command: Command = {
  name: 'convert',
  summary: 'Write the data of a recipe as recordings, to replay them',
  usage: `
Usage: tinyllm convert --recipe FILE --data PATH --out FILE [--split S]

Reads the data as training does, and writes each recording whole, with its labels, for \`tinyllm replay\`.

  --recipe FILE  says how the data is read and split
  --data PATH    the data set the recipe names
  --out FILE     recordings (.jsonl, or .jsonl.gz to compress them)
  --split S      only recordings that lie wholly in it: ${SPLITS.join(', ')} (default: all)
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      recipe: required(text('FILE, such as configs/recipes/local.yaml')),
      data: required(text('PATH; docs/data.md says where data comes from')),
      out: required(text('FILE, such as my-recordings.jsonl.gz')),
      split: choice(...SPLITS),
    });
    const recipe = await loadRecipe(flags.recipe);
    const dataset = await readDataset(recipe.dataset, flags.data, recipe);
    const recordings = recordingsOf(dataset, flags.split);
    if (recordings.length === 0) {
      throw new TinyError(
        `no recording of ${recipe.dataset} lies wholly in split "${flags.split}"`,
        'leave --split out, or split by whole recordings',
      );
    }
    try {
      await writeRecordings(flags.out, recordings);
    } catch (error) {
      await rm(`${flags.out}.partial`, { force: true });
      throw writeError(flags.out, error);
    }
    process.stdout.write(`${flags.out}: ${recordings.length} recordings\n`);
  },
};

/**
 * What the rows were cut from, or the rows themselves; each once, in the order of the data. A recording keeps the person
 * or session of its rows: without it, another split could take two recordings of one person for two persons.
 */
function recordingsOf({ rows }: Dataset, split: SplitName | undefined): Recording[] {
  const found = new Map<Recording, { group: string | undefined; splits: Set<string | undefined> }>();
  for (const { recording, context = recording, splits } of rows) {
    const known = found.get(context);
    if (known) known.splits.add(splits.split);
    else found.set(context, { group: recording.group, splits: new Set([splits.split]) });
  }
  return [...found].flatMap(([recording, { group, splits }]) => {
    if (split !== undefined && (splits.size > 1 || !splits.has(split))) return [];
    const [only] = splits;
    const ofOneSplit = splits.size === 1 && only !== undefined;
    return [{ ...recording, ...(group !== undefined && { group }), ...(ofOneSplit && { split: only }) }];
  });
}
