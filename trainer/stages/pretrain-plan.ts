import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../model/random.ts';
import { checkShape, type GptShape } from '../../model/shape.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { encodeWeights, type GptWeights, initialWeights } from '../../model/weights.ts';
import { configError, type TinyError } from '../../protocols/errors.ts';
import type { LoadedCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { ReadyCorpus } from '../corpus/ready-corpus.ts';
import type { PretrainJob, PretrainJobSettings, ValidationText } from '../engines/pretrain-job.ts';
import type { ReportSettings } from '../language/checkpoint-reports.ts';
import type { Base } from '../open-base.ts';
import { MODEL_PRESETS, type ModelChoice, type PretrainSettings } from '../pretrain-settings.ts';

/** What a recipe asks for, made definite by the corpus that it is to be trained on. */
export interface PretrainPlan {
  readonly corpus: ReadyCorpus;
  readonly shape: GptShape;
  readonly settings: PretrainJobSettings;
  readonly validation: ValidationText;
  /** What its checkpoints are asked for. */
  readonly reports: ReportSettings;
  /** Weights to start from, of the same shape and tokenizer; drawn from the seed without it. */
  readonly base?: Base | undefined;
}

/** Throws `TinyError` where recipe, corpus and base do not fit together, or one of them is damaged. */
export async function planPretraining(
  recipe: LoadedCorpusRecipe,
  corpusFolder: string,
  base?: Base,
): Promise<PretrainPlan> {
  const { model, settings } = trainingOf(recipe);
  const jobSettings = jobSettingsOf(settings);
  const corpus = await ReadyCorpus.open(corpusFolder);
  const shape = shapeOf(model, settings, corpus.tokenizer);
  if (base) checkBase(base, shape, corpus.tokenizer);
  const validation = await corpus.validationText(settings.validationSequences, settings.context);
  const { samples, language } = settings;
  const reports = { samples, language };
  return { corpus, shape, settings: jobSettings, validation, reports, base };
}

const INITIAL = 'initial.safetensors';

/** The job of a plan in a folder, which may hold what an interrupted run of it left; writes the weights to start from. */
export async function jobIn(
  folder: string,
  { corpus, shape, settings, validation, base }: PretrainPlan,
  { seed, threads }: Pick<PretrainJob, 'seed' | 'threads'>,
): Promise<PretrainJob> {
  const initial = join(folder, INITIAL);
  await mkdir(folder, { recursive: true });
  await writeFile(initial, encodeWeights(shape, await startingWeights(shape, base, seed)));
  return {
    ...{ folder, shape, initial, corpus: corpus.folder, tokenizerHash: corpus.tokenizer.hash },
    ...{ settings, validation, seed, threads },
  };
}

const startingWeights = async (shape: GptShape, base: Base | undefined, seed: number): Promise<GptWeights> =>
  base ? base.read() : initialWeights(shape, RandomStream.seeded(seed).fork('initial'));

/** The two sections of the recipe that pre-training needs. Throws `TinyError` (exit 78) where one is missing. */
function trainingOf({ name, model, pretrain: settings }: LoadedCorpusRecipe): {
  model: ModelChoice;
  settings: PretrainSettings;
} {
  if (model && settings) return { model, settings };
  throw configError(
    `the recipe ${name} has no \`${model ? 'pretrain' : 'model'}:\` section`,
    'add one as in configs/recipes/foundation-small.yaml; docs/pretraining.md says what stands there',
  );
}

const shapeOf = (
  model: ModelChoice,
  { context }: Pick<PretrainSettings, 'context'>,
  tokenizer: BpeTokenizer,
): GptShape =>
  checkShape({
    ...(typeof model === 'string' ? MODEL_PRESETS[model] : model),
    context,
    vocab: tokenizer.vocabSize,
  });

/** As an engine takes them. Throws `TinyError` (exit 78) where they contradict one another. */
export function jobSettingsOf(settings: PretrainSettings): PretrainJobSettings {
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
    ...{ weightDecay, beta1, beta2, clip, evaluateEvery, outliers, onlyFirstBatch: false },
  };
}

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
