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
import { usageError } from '../../protocols/errors.ts';
import { type LoadedCorpusRecipe, loadCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { prepareCorpus } from '../corpus/prepare-corpus.ts';
import { JobWritten, jobWriter } from '../engines/torch/job-file.ts';
import { PRETRAIN_PROGRAM } from '../engines/torch/torch-process.ts';
import { openBase } from '../open-base.ts';
import type { Run } from '../stage.ts';
import { estimatePretraining } from '../stages/estimate-pretraining.ts';
import { bundleFoundation } from '../stages/foundation.ts';
import { overfitOneBatch } from '../stages/overfit-one-batch.ts';
import { type Pretraining, pretrain } from '../stages/pretrain.ts';
import { type PretrainPlan, planPretraining } from '../stages/pretrain-plan.ts';
import { CorpusDisplay } from './corpus-display.ts';
import { ENGINE_NAMES, pretrainerOf } from './engine-choice.ts';
import { languageText, PretrainDisplay } from './pretrain-display.ts';
import { estimateText, oneBatchText } from './pretrain-looks.ts';

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
  estimate: toggle(),
  overfitOneBatch: toggle(),
  steps: orElse(integer({ min: 1 }), 300),
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
  --estimate      train nothing: say what it takes of parameters, operations, memory and time
  --overfit-one-batch
                  learn the first micro batch by heart, in DIR/overfit-one-batch: exit 0 if the model can, 1 if not
  --steps N       of --overfit-one-batch, at most (default 300)
  --threads N     cores to work on (default: those of this machine)
  --json          print the result as JSON

Ctrl-C stops after a checkpoint; the same command goes on from there.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, FLAGS);
    const { writeJob, estimate, overfitOneBatch } = flags;
    if ([writeJob, estimate, overfitOneBatch].filter(Boolean).length > 1) {
      throw usageError(
        '--write-job, --estimate and --overfit-one-batch are three different things to do',
        'say one of them',
      );
    }
    const recipe = await loadCorpusRecipe(flags.recipe);
    return untilInterrupted(async (signal) => {
      const job = await jobOf(flags, recipe, signal);
      if (estimate) return estimated(job, flags);
      if (overfitOneBatch) return overfitted(job, flags);
      return pretrained(job, flags, recipe);
    });
  },
};

interface Job {
  readonly plan: PretrainPlan;
  readonly training: Pretraining;
  readonly run: Run;
}

async function jobOf(
  { out, seed, data, corpus, threads, base, engine, processes, writeJob }: Flags,
  recipe: LoadedCorpusRecipe,
  signal: AbortSignal,
): Promise<Job> {
  const { note, watcher } = new PretrainDisplay(process.stderr);
  const run: Run = { out, seed, signal, note };
  signal.addEventListener('abort', () => note('stopping: the same command goes on from here'));
  if (data !== undefined) {
    const watch = new CorpusDisplay(process.stderr);
    await prepareCorpus({ recipe, dataFolder: data, threads, watch }, { ...run, note: watch.note });
  }
  const start = base === undefined ? undefined : await openBase(base);
  const plan = await planPretraining(recipe, corpus ?? join(out, 'prepare'), start);
  const { recipe: preparedFrom, folder } = plan.corpus;
  if (preparedFrom.sha256 !== recipe.hash) {
    note(
      `pretrain: ${folder} was prepared from another recipe, or before this one (${preparedFrom.name}) was changed`,
    );
  }
  const training = {
    engine: writeJob ? jobWriter : await pretrainerOf(engine, processes),
    threads,
    watcher,
  };
  return { plan, training, run };
}

async function estimated({ plan, training, run }: Job, { json }: Flags): Promise<void> {
  const estimate = await estimatePretraining(plan, training, run);
  process.stdout.write(json ? `${JSON.stringify(estimate)}\n` : estimateText(estimate));
}

/** @returns the exit status */
async function overfitted({ plan, training, run }: Job, { json, steps }: Flags): Promise<0 | 1> {
  const result = await overfitOneBatch(plan, steps, training, run);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : oneBatchText(result));
  return result.isLearnt ? 0 : 1;
}

async function pretrained(
  { plan, training, run }: Job,
  { json, threads }: Flags,
  recipe: LoadedCorpusRecipe,
): Promise<void> {
  const foundation = await pretrain(plan, training, run).catch(whereWritten);
  if (foundation === undefined) return;
  const { model, validation } = foundation;
  const bundle = await bundleFoundation(recipe, { model, plan, engine: training.engine.name, threads }, run);
  if (json) process.stdout.write(`${JSON.stringify({ ...foundation, bundle })}\n`);
  else process.stdout.write(`validation: ${languageText(validation)}\n${bundle ?? model}\n`);
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
