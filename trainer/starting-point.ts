import { pruneVocabulary } from '../model/prune-vocabulary.ts';
import { RandomStream } from '../model/random.ts';
import { checkShape, type GptShape } from '../model/shape.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import { type GptWeights, initialWeights } from '../model/weights.ts';
import { configError } from '../protocols/errors.ts';
import type { FittedTask } from '../protocols/task.ts';
import { promptWriter } from '../protocols/templates.ts';
import { smoothInitialWeights } from './initialise.ts';
import type { PreparedData } from './prepared-data.ts';
import type { LoadedRecipe } from './recipe.ts';
import { taskTokenizer } from './task-tokenizer.ts';

/*
 * Where a training starts: from scratch, as `model`, `tokenizer` and `initial` of the recipe say (which a recipe without a
 * base must have), or from a base, which has a shape and a tokenizer of its own.
 */

/** The tokenizer before anything is pruned. Throws `TinyError` (exit 78) where recipe and base name different ones. */
export function startingTokenizer({ tokenizer, base }: LoadedRecipe, task: FittedTask): BpeTokenizer {
  const named = tokenizer && taskTokenizer(tokenizer, task);
  if (base === undefined) return named!;
  if (named !== undefined && named.hash !== base.tokenizer.hash) {
    throw configError(
      `the recipe says tokenizer: ${tokenizer}, but ${base.folder} has another one, of ${base.tokenizer.vocabSize} tokens`,
      'remove `tokenizer` from the recipe: that of the base is used',
    );
  }
  return base.tokenizer;
}

/** The shape to train: a base keeps its context, which may be longer than the prompts. */
export function startingShape({ model, base }: LoadedRecipe, data: PreparedData): GptShape {
  const { tokensPerExample } = data.train;
  const { vocabSize } = data.tokenizer;
  if (base === undefined) return checkShape({ ...model!, context: tokensPerExample, vocab: vocabSize });
  const whole = data.prunedFrom?.sha256 ?? data.tokenizer.hash;
  if (whole !== base.tokenizer.hash) {
    throw configError(
      `the examples in ${data.folder} were not written with the tokenizer of ${base.folder}`,
      'run `tinyllm prepare` again with this base',
    );
  }
  if (tokensPerExample > base.shape.context) {
    throw configError(
      `a window is longer than the context: its prompt and answer take up to ${tokensPerExample} tokens, ` +
        `${base.folder} can read ${base.shape.context}`,
      'ask for fewer rows (window.rows) or channels in the task, or start from a base with a longer context',
    );
  }
  return { ...base.shape, vocab: vocabSize };
}

/** The weights at step 0, drawn from the seed or those of the base. */
export async function startingWeights(
  { initial, base }: LoadedRecipe,
  data: PreparedData,
  shape: GptShape,
  seed: number,
): Promise<GptWeights> {
  if (base !== undefined) {
    const weights = await base.read();
    return data.prunedFrom ? pruneVocabulary(base.shape, weights, data.prunedFrom.ids).weights : weights;
  }
  const random = RandomStream.seeded(seed).fork('initial');
  if (initial !== 'smooth') return initialWeights(shape, random);
  const writer = promptWriter(data.task, data.tokenizer);
  return smoothInitialWeights(shape, data.task, data.tokenizer, writer, random);
}
