import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../model/random.ts';
import { checkShape, type GptShape, PRESETS } from '../../model/shape.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { encodeWeights, type GptWeights, initialWeights } from '../../model/weights.ts';
import { configError, type TinyError } from '../../protocols/errors.ts';
import { writeBaseModel } from '../base-model.ts';
import type { LoadedCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { ReadyCorpus } from '../corpus/ready-corpus.ts';
import { readCheckpoint } from '../engines/checkpoint.ts';
import { ENGINE_FILES, type Engine } from '../engines/engine.ts';
import type { LanguageValidation, PretrainJobSettings, PretrainWatcher } from '../engines/pretrain-job.ts';
import type { Base } from '../open-base.ts';
import type { ModelChoice, PretrainSettings } from '../pretrain-settings.ts';
import { type Run, stage } from '../stage.ts';

/** What pre-training leaves: a model to start from, which knows of no task. */
export interface Foundation {
  /** To give to `--base`, or to a recipe's `base: { from: .. }`. */
  readonly model: string;
  readonly shape: GptShape;
  readonly validation: LanguageValidation;
  readonly seconds: number;
  readonly isResumed: boolean;
}

export interface Pretraining {
  readonly engine: Engine;
  readonly threads: number;
  readonly watcher: PretrainWatcher;
  /** Weights to start from, of the same shape and tokenizer; drawn from the seed without it. */
  readonly base?: Base | undefined;
}

/** The model, as a folder that `openBase` knows. */
const MODEL = 'model';
const INITIAL = 'initial.safetensors';
const RESULT = 'result.json';

/** A prepared corpus -> a language model. */
export async function pretrain(
  recipe: LoadedCorpusRecipe,
  corpusFolder: string,
  { engine, threads, watcher, base }: Pretraining,
  run: Run,
): Promise<Foundation> {
  const corpus = await ReadyCorpus.open(corpusFolder);
  const { model, settings } = trainingOf(recipe);
  const shape = shapeOf(model, settings, corpus.tokenizer);
  if (base) checkBase(base, shape, corpus.tokenizer);
  const jobSettings = jobSettingsOf(settings, false);
  const validation = await corpus.validationText(settings.validationSequences, settings.context);
  const inputs = {
    settings: jobSettings,
    shape,
    engine: engine.name,
    seed: run.seed,
    corpus: corpus.hash,
    validation,
    base: base?.weightsHash,
  };
  const folder = await stage(run, 'pretrain', inputs, async (partial) => {
    const initial = join(partial, INITIAL);
    await writeFile(initial, encodeWeights(shape, await startingWeights(shape, base, run.seed)));
    const isResumed = existsSync(join(partial, ENGINE_FILES.checkpoint));
    const startMs = performance.now();
    const result = await engine.pretrain(
      {
        folder: partial,
        shape,
        initial,
        corpus: corpusFolder,
        tokenizerHash: corpus.tokenizer.hash,
        settings: jobSettings,
        validation,
        seed: run.seed,
        threads,
      },
      watcher,
      run.signal,
    );
    const seconds = (performance.now() - startMs) / 1000;
    const { weights } = await readCheckpoint(join(partial, ENGINE_FILES.checkpoint));
    await rm(join(partial, MODEL), { recursive: true, force: true });
    await writeBaseModel(join(partial, MODEL), { shape, weights, tokenizer: corpus.tokenizer });
    await writeFile(join(partial, RESULT), `${JSON.stringify({ validation: result, seconds, isResumed })}\n`);
    await rm(initial);
  });
  const result = JSON.parse(await readFile(join(folder, RESULT), 'utf8')) as Omit<Foundation, 'model'>;
  return { ...result, shape, model: join(folder, MODEL) };
}

/** The two sections of the recipe that pre-training needs. Throws `TinyError` (exit 78) where one is missing. */
export function trainingOf({ name, model, pretrain: settings }: LoadedCorpusRecipe): {
  model: ModelChoice;
  settings: PretrainSettings;
} {
  if (model && settings) return { model, settings };
  throw configError(
    `the recipe ${name} has no \`${model ? 'pretrain' : 'model'}:\` section`,
    'add one as in configs/recipes/foundation-text.yaml; docs/pretraining.md says what stands there',
  );
}

export const shapeOf = (
  model: ModelChoice,
  { context }: Pick<PretrainSettings, 'context'>,
  tokenizer: BpeTokenizer,
): GptShape =>
  checkShape({
    ...(typeof model === 'string' ? PRESETS[model] : model),
    context,
    vocab: tokenizer.vocabSize,
  });

/** As an engine takes them. Throws `TinyError` (exit 78) where they contradict one another. */
export function jobSettingsOf(settings: PretrainSettings, onlyFirstBatch: boolean): PretrainJobSettings {
  const { tokens, batch, context, microBatch = batch, warmupSteps } = settings;
  const steps = Math.floor(tokens / (batch * context));
  const refuse = (key: string, what: string, hint: string): TinyError =>
    configError(`pretrain.${key}: ${what}`, hint);
  if (steps < 1) {
    throw refuse(
      'tokens',
      `${tokens} are less than one batch of ${batch * context}`,
      'raise it, or lower batch',
    );
  }
  if (batch % microBatch !== 0) {
    throw refuse('microBatch', `${microBatch} does not divide the batch of ${batch}`, 'choose a divisor');
  }
  if (warmupSteps >= steps) {
    throw refuse('warmupSteps', `${warmupSteps} of ${steps} steps leave none to train in`, 'lower it');
  }
  const { learningRate, schedule, weightDecay, beta1, beta2, clip, evaluateEvery, outliers } = settings;
  return {
    ...{ steps, context, batch, microBatch, learningRate, warmupSteps, schedule },
    ...{ weightDecay, beta1, beta2, clip, evaluateEvery, outliers, onlyFirstBatch },
  };
}

const startingWeights = async (shape: GptShape, base: Base | undefined, seed: number): Promise<GptWeights> =>
  base ? base.read() : initialWeights(shape, RandomStream.seeded(seed).fork('initial'));

function checkBase(base: Base, shape: GptShape, tokenizer: BpeTokenizer): void {
  if (base.tokenizer.hash !== tokenizer.hash) {
    throw configError(
      `the corpus was not prepared with the tokenizer of ${base.folder}`,
      'prepare it with that tokenizer (corpus.tokenizer in the recipe), or start without --base',
    );
  }
  const sizes = Object.keys(shape) as (keyof GptShape)[];
  const other = sizes.find((size) => shape[size] !== base.shape[size]);
  if (other === undefined) return;
  throw configError(
    `${other} is ${shape[other]} in the recipe, and ${base.shape[other]} in ${base.folder}`,
    'give the recipe the shape of the base, or start without --base',
  );
}
