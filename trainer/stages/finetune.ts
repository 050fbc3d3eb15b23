import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Adapter, decodeAdapter } from '../../model/adapter.ts';
import { sha256 } from '../../model/bundle.ts';
import type { GptShape } from '../../model/shape.ts';
import { decodeWeights, encodeWeights, type GptWeights } from '../../model/weights.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { earlyLoss } from '../early-loss.ts';
import {
  ENGINE_FILES,
  type Engine,
  type FinetuneJob,
  type FinetuneWatcher,
  type ValidationResult,
} from '../engines/engine.ts';
import { PREPARED_FILES, type PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { sampleLoss } from '../sample-loss.ts';
import { type Run, stage } from '../stage.ts';
import { startingShape, startingWeights } from '../starting-point.ts';

/** What fine-tuning leaves: the best weights by validation, and how good they were there. */
export interface Specialist {
  readonly folder: string;
  readonly shape: GptShape;
  readonly weights: GptWeights;
  /** SHA-256 of the weights' file. */
  readonly weightsHash: string;
  /** Where adapters were trained: what they add to the base. */
  readonly adapter?: Adapter;
  readonly validation: ValidationResult;
  readonly time?: TrainingTime;
}

/** Wall clock of the training; of its last part only, where it was interrupted. */
export interface TrainingTime {
  readonly seconds: number;
  readonly isResumed: boolean;
}

const TIME = 'time.json';

/** By what, and under whose eyes, a model is trained. */
export interface Training {
  readonly engine: Engine;
  /** Cores to train on. */
  readonly threads: number;
  /** A watcher for each training, which is called `title`; `finetune` unless given. */
  readonly watch: (title?: string) => FinetuneWatcher;
}

/** What sets one of several trainings apart (ensemble.ts). */
export interface TrainingRole {
  /** On the progress bar. */
  readonly title?: string;
  /** Of the initial weights; the run's unless given. */
  readonly initialSeed?: number;
  readonly teacher?: NonNullable<FinetuneJob['teacher']>;
}

const hashOf = async (path: string): Promise<string> => sha256(await readFile(path));

/** Prompts -> a model that answers them. */
export async function finetune(
  recipe: LoadedRecipe,
  data: PreparedData,
  { engine, threads, watch }: Training,
  run: Run,
  { title, initialSeed, teacher }: TrainingRole = {},
): Promise<Specialist> {
  const shape = startingShape(recipe, data);
  const writer = promptWriter(data.task, data.tokenizer);
  const { model, initial } = recipe;
  const { ensemble: _, ...settings } = recipe.finetune;
  const early = settings.earlyLoss && earlyLoss(settings.earlyLoss, data.task, writer);
  const samples = settings.sampleLoss && sampleLoss(settings.sampleLoss, data.task, writer);
  const train = join(data.folder, PREPARED_FILES.train);
  const validation = join(data.folder, PREPARED_FILES.validation);
  const inputs = {
    model,
    initial,
    base: recipe.base?.weightsHash,
    settings,
    engine: engine.name,
    seed: run.seed,
    examples: await Promise.all([train, validation].map(hashOf)),
    task: data.task,
    tokenizer: data.tokenizer.hash,
    shape,
    ...(recipe.bundle.adapter && { files: [ENGINE_FILES.bestAdapter] }),
    ...(initialSeed !== undefined && { initialSeed }),
    ...(teacher && { teacher: { share: teacher.share, targets: await hashOf(teacher.path) } }),
  };

  const folder = await stage(run, 'finetune', inputs, async (partial) => {
    const weights = await startingWeights(recipe, data, shape, initialSeed ?? run.seed);
    const initialPath = join(partial, 'initial.safetensors');
    await writeFile(initialPath, encodeWeights(shape, weights));
    const isResumed = existsSync(join(partial, ENGINE_FILES.checkpoint));
    const startMs = performance.now();
    await engine.finetune(
      {
        folder: partial,
        shape,
        initial: initialPath,
        train,
        validation,
        completions: writer.completions,
        ...(early && { earlyLoss: early }),
        ...(samples && { sampleLoss: samples }),
        ...(teacher && { teacher }),
        tokenizerHash: data.tokenizer.hash,
        settings,
        seed: run.seed,
        threads,
      },
      watch(title),
      run.signal,
    );
    const time: TrainingTime = { seconds: (performance.now() - startMs) / 1000, isResumed };
    await writeFile(join(partial, TIME), `${JSON.stringify(time)}\n`);
  });
  return readSpecialist(folder, shape);
}

export async function readSpecialist(folder: string, shape: GptShape): Promise<Specialist> {
  const best = join(folder, ENGINE_FILES.best);
  const time = await readFile(join(folder, TIME), 'utf8').catch(() => undefined);
  const adapterPath = join(folder, ENGINE_FILES.bestAdapter);
  const adapter = existsSync(adapterPath)
    ? decodeAdapter(shape, await readFile(adapterPath), adapterPath)
    : undefined;
  return {
    folder,
    shape,
    weights: decodeWeights(shape, await readFile(best), best),
    weightsHash: await hashOf(best),
    validation: JSON.parse(await readFile(join(folder, ENGINE_FILES.bestResult), 'utf8')) as ValidationResult,
    ...(adapter && { adapter }),
    ...(time !== undefined && { time: JSON.parse(time) as TrainingTime }),
  };
}

/** Of all trainings together, where each was timed. */
export function totalTime(trainings: readonly Specialist[]): Pick<Specialist, 'time'> {
  const times = trainings.flatMap(({ time }) => time ?? []);
  if (times.length === 0) return {};
  const seconds = times.reduce((sum, time) => sum + time.seconds, 0);
  return { time: { seconds, isResumed: times.some(({ isResumed }) => isResumed) } };
}
