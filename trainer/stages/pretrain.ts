import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GptShape } from '../../model/shape.ts';
import { writeBaseModel } from '../base-model.ts';
import { unigramNats } from '../corpus/unigram.ts';
import { readCheckpoint } from '../engines/checkpoint.ts';
import type { Trouble } from '../engines/convergence.ts';
import { ConvergenceWatch } from '../engines/convergence-watch.ts';
import { ENGINE_FILES, type Pretrainer } from '../engines/engine.ts';
import type { LanguageValidation, PretrainWatcher } from '../engines/pretrain-job.ts';
import { CheckpointReports } from '../language/checkpoint-reports.ts';
import { checkpointText } from '../language/language-text.ts';
import { type Run, stage } from '../stage.ts';
import { checkMemory } from './check-memory.ts';
import { jobIn, type PretrainPlan } from './pretrain-plan.ts';
import { withPace } from './training-pace.ts';

/** What pre-training leaves: a model to start from, which knows of no task. */
export interface Foundation {
  /** To give to `--base`, or to a recipe's `base: { from: .. }`. */
  readonly model: string;
  readonly shape: GptShape;
  readonly validation: LanguageValidation;
  readonly seconds: number;
  readonly isResumed: boolean;
  /** What was wrong with the losses, if anything. */
  readonly troubles: readonly Trouble[];
}

export interface Pretraining {
  readonly engine: Pretrainer;
  readonly threads: number;
  readonly watcher: PretrainWatcher;
}

/** The model, as a folder that `openBase` knows. */
const MODEL = 'model';
const RESULT = 'result.json';

/** A prepared corpus -> a language model. */
export async function pretrain(
  plan: PretrainPlan,
  { engine, threads, watcher }: Pretraining,
  run: Run,
): Promise<Foundation> {
  const { corpus, shape, settings, validation, base } = plan;
  // Another engine, or smaller parts of a batch, goes on from the same checkpoint: the result is the same but for rounding.
  const { microBatch: _, ...learning } = settings;
  const inputs = {
    settings: learning,
    shape,
    seed: run.seed,
    corpus: corpus.hash,
    validation,
    base: base?.weightsHash,
  };
  const work = async (partial: string): Promise<void> => {
    await checkMemory(plan, engine.name);
    const job = await jobIn(partial, plan, { seed: run.seed, threads });
    const isResumed = existsSync(join(partial, ENGINE_FILES.checkpoint));
    const unigram = await unigramNats(corpus.folder, validation, shape);
    const watch = await ConvergenceWatch.of(job, unigram, ({ step, kind, what, hint }) =>
      run.note(`pretrain: step ${step}: it ${kind}: ${what}; ${hint}`),
    );
    const reports = new CheckpointReports(job, corpus, plan.reports, run.signal, (report) =>
      run.note(checkpointText(report)),
    );
    const startMs = performance.now();
    const watching = withPace(watch.watching(reports.watching(watcher)), job, run.note);
    const result = await engine.pretrain(job, watching, run.signal);
    const seconds = (performance.now() - startMs) / 1000;
    const { weights } = await readCheckpoint(join(partial, ENGINE_FILES.checkpoint));
    await rm(join(partial, MODEL), { recursive: true, force: true });
    await writeBaseModel(join(partial, MODEL), { shape, weights, tokenizer: corpus.tokenizer });
    const { troubles } = watch;
    await writeFile(
      join(partial, RESULT),
      `${JSON.stringify({ validation: result, seconds, isResumed, troubles })}\n`,
    );
    await rm(job.initial);
  };
  const folder = await stage(run, 'pretrain', inputs, work, { keep: ENGINE_FILES.checkpoint });
  const result = JSON.parse(await readFile(join(folder, RESULT), 'utf8')) as Omit<Foundation, 'model'>;
  return { ...result, shape, model: join(folder, MODEL) };
}
