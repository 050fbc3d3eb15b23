import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../commandline/command.ts';
import {
  choice,
  type FlagValues,
  integer,
  orElse,
  parseFlags,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { type LoadedCorpusRecipe, loadCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { prepareCorpus } from '../corpus/prepare-corpus.ts';
import { JobWritten, jobWriter } from '../engines/torch/job-file.ts';
import { PRETRAIN_PROGRAM } from '../engines/torch/torch-process.ts';
import { openBase } from '../open-base.ts';
import type { Run } from '../stage.ts';
import { bundleFoundation } from '../stages/foundation.ts';
import { type Foundation, pretrain } from '../stages/pretrain.ts';
import { planPretraining } from '../stages/pretrain-plan.ts';
import { CorpusDisplay } from './corpus-display.ts';
import { ENGINE_NAMES, pretrainerOf } from './engine-choice.ts';
import { languageText, PretrainDisplay } from './pretrain-display.ts';

const FLAGS = {
  recipe: required(text('FILE, such as configs/recipes/foundation-text.yaml')),
  out: required(text('DIR, such as runs/foundation')),
  data: text('DIR, below which the sources of the corpus are'),
  corpus: text('DIR, such as runs/foundation/prepare'),
  base: text('DIR, such as runs/text/pretrain/model'),
  seed: orElse(integer({ min: 0 }), 1),
  engine: orElse(choice(...ENGINE_NAMES), 'onnx'),
  processes: integer({ min: 1 }),
  writeJob: toggle(),
  threads: orElse(integer({ min: 1 }), availableParallelism()),
  json: toggle(),
};
type Flags = FlagValues<typeof FLAGS>;

export const command: Command = {
  name: 'pretrain',
  summary: 'Teach a model language, or sensor data as language, from a prepared corpus',
  usage: `
Usage: tinyllm pretrain --recipe FILE --out DIR [--data DIR | --corpus DIR] [flags]

Trains the model of a recipe with the sections \`corpus:\`, \`model:\` and \`pretrain:\` (docs/pretraining.md), and leaves it in
DIR/pretrain/model, from where \`tinyllm train --base\` goes on. Where the recipe has a section \`bundle:\`, it is packed too, in
DIR/bundle: quantised, measured, with checksums.

  --recipe FILE   what to train and how (YAML)
  --out DIR       where it is written; the same folder again goes on where it was left
  --data DIR      below which the recipe's sources are: the corpus is prepared first, where it is not yet
  --corpus DIR    a corpus that is prepared (default: DIR/prepare of --out)
  --base DIR      weights to start from, of the same shape and tokenizer
  --seed N        of everything random (default 1)
  --engine NAME   onnx: in this process (default); torch: PyTorch, on GPUs or the CPU (docs/training-on-gpus.md)
  --processes N   of the torch engine, each with a device of its own (default: one for each GPU)
  --write-job     train nothing: leave the job as a file for torchrun, on this machine or on several
  --threads N     cores to work on (default: those of this machine)
  --json          print the result as JSON

Ctrl-C stops after a checkpoint; the same command goes on from there.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, FLAGS);
    const recipe = await loadCorpusRecipe(flags.recipe);
    const foundation = await untilInterrupted((signal) => pretrained(flags, recipe, signal)).catch(
      whereWritten,
    );
    if (foundation === undefined) return;
    if (flags.json) process.stdout.write(`${JSON.stringify(foundation)}\n`);
    else {
      const { validation, model, bundle = model } = foundation;
      process.stdout.write(`validation: ${languageText(validation)}\n${bundle}\n`);
    }
  },
};

async function pretrained(
  { out, seed, data, corpus, threads, base, engine, processes, writeJob }: Flags,
  recipe: LoadedCorpusRecipe,
  signal: AbortSignal,
): Promise<Foundation & { readonly bundle?: string | undefined }> {
  const { note, watcher } = new PretrainDisplay(process.stderr);
  const run: Run = { out, seed, signal, note };
  signal.addEventListener('abort', () => note('stopping: the same command goes on from here'));
  if (data !== undefined) {
    const watch = new CorpusDisplay(process.stderr);
    await prepareCorpus({ recipe, dataFolder: data, threads, watch }, { ...run, note: watch.note });
  }
  const start = base === undefined ? undefined : await openBase(base);
  const plan = await planPretraining(recipe, corpus ?? join(out, 'prepare'), start);
  const training = {
    engine: writeJob ? jobWriter : await pretrainerOf(engine, processes),
    threads,
    watcher,
  };
  const foundation = await pretrain(plan, training, run);
  const pretrained = { model: foundation.model, plan, engine: training.engine.name, threads };
  return { ...foundation, bundle: await bundleFoundation(recipe, pretrained, run) };
}

/** What `--write-job` has left, and what to do with it; any other error is thrown on. */
function whereWritten(error: unknown): undefined {
  if (!(error instanceof JobWritten)) throw error;
  process.stderr.write(
    `start it: torchrun --nproc_per_node GPUS ${PRETRAIN_PROGRAM} ${error.path}\n` +
      'then this command again, without --write-job, makes the model of it\n',
  );
  process.stdout.write(`${error.path}\n`);
}
