import { availableParallelism } from 'node:os';
import {
  type FlagValues,
  integer,
  orElse,
  parseFlags,
  repeated,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { usageError } from '../../protocols/errors.ts';
import { loadCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { manifestText } from '../corpus/manifest-text.ts';
import type { PartNumber } from '../corpus/parts.ts';
import {
  joinCorpus,
  type PreparedCorpus,
  prepareCorpus,
  prepareCorpusPart,
} from '../corpus/prepare-corpus.ts';
import type { Run } from '../stage.ts';
import { CorpusDisplay } from './corpus-display.ts';

const FLAGS = {
  recipe: required(text('FILE, such as configs/recipes/foundation-text.yaml')),
  out: required(text('DIR, such as runs/foundation')),
  data: text('DIR, below which the sources are'),
  seed: orElse(integer({ min: 0 }), 1),
  threads: orElse(integer({ min: 1 }), availableParallelism()),
  part: text('K/N, such as 2/4'),
  join: repeated(text('DIR, such as runs/foundation/part-1-of-4')),
  json: toggle(),
};

/** Prepare a corpus for pre-training: what `prepare` does with a recipe that has a `corpus:` section. */
export async function prepareCorpusCommand(argv: readonly string[]): Promise<void> {
  const { flags } = parseFlags(argv, FLAGS);
  const part = flags.part === undefined ? undefined : partNumber(flags.part);
  if (part && flags.join.length > 0) {
    throw usageError(
      '--part and --join exclude each other',
      'prepare all parts first, then join their folders',
    );
  }
  if (flags.data !== undefined && flags.join.length > 0) {
    throw usageError('--join reads the folders of parts, and no data', 'leave --data out');
  }
  const result = await untilInterrupted((signal) => {
    const display = new CorpusDisplay(process.stderr);
    const run: Run = { out: flags.out, seed: flags.seed, signal, note: display.note };
    signal.addEventListener('abort', () => display.note('stopping: the same command goes on from here'));
    return prepared(flags, part, display, run);
  });
  if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    if ('manifest' in result) process.stdout.write(`${manifestText(result.manifest)}\n`);
    process.stdout.write(`${result.folder}\n`);
  }
}

async function prepared(
  flags: FlagValues<typeof FLAGS>,
  part: PartNumber | undefined,
  watch: CorpusDisplay,
  run: Run,
): Promise<PreparedCorpus | { folder: string }> {
  const recipe = await loadCorpusRecipe(flags.recipe);
  if (flags.join.length > 0) return joinCorpus(recipe, flags.join, run);
  const job = { recipe, dataFolder: flags.data, threads: flags.threads, watch };
  if (!part) return prepareCorpus(job, run);
  const folder = await prepareCorpusPart(job, part, run);
  run.note(
    `join it with the others: npx tinyllm prepare --recipe ${flags.recipe} --out DIR --join ${folder} ..`,
  );
  return { folder };
}

function partNumber(written: string): PartNumber {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(written)?.map(Number) ?? [];
  if (part && of && part <= of) return { part, of };
  throw usageError(`--part ${written} is no part`, 'write K/N with K from 1 to N, such as --part 2/4');
}
