import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../model/bundle.ts';
import { checked } from '../../protocols/schema-error.ts';
import { readYamlFile } from '../../protocols/yaml.ts';
import { type FoundationSettings, foundationSettings } from '../foundation-settings.ts';
import {
  type ModelChoice,
  modelChoice,
  type PretrainSettings,
  pretrainSettings,
} from '../pretrain-settings.ts';
import { loadRecipe } from '../recipe.ts';
import { MAX_SHARD_VOCABULARY } from './shards.ts';

const share = z.number().min(0).max(1);

/** Documents that are left out, each counted with the reason. */
const filters = z.strictObject({
  minWords: z.int().min(0).optional(),
  maxWords: z.int().min(1).optional(),
  /** Share of letters among all characters that are no white space. */
  minLetters: share.optional(),
  /** Share of lines which stand in the document before. */
  maxRepeatedLines: share.optional(),
});
export type Filters = z.infer<typeof filters>;

const everySource = {
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** A file, or a folder of such files, below `--data`. */
  path: z.string().min(1),
  /** Of the tokens of the corpus, relative to the shares of the others: 30 beside 70. All sources have one, or none has. */
  share: z.number().positive().optional(),
  filters: filters.default({}),
  /** Leave out what is nearly like a document before (near-duplicates.ts). Exact duplicates always go. */
  nearDuplicates: z.enum(['remove', 'keep']).default('remove'),
};

const field = z.string().min(1).default('text');

const source = z.discriminatedUnion('format', [
  z.strictObject({
    ...everySource,
    format: z.literal('txt'),
    /** The line between two documents. */
    separator: z.string().min(1).default('<|endoftext|>'),
  }),
  z.strictObject({
    ...everySource,
    format: z.enum(['jsonl', 'csv', 'parquet']),
    /** The field or column that holds the text. */
    field,
    /** The field that says whose document it is: all documents of one are in the same split. */
    group: z.string().min(1).optional(),
  }),
  z.strictObject({
    ...everySource,
    format: z.literal('recordings'),
    /** The recipe whose task and data set they are, relative to this one. Its training rows are taken, and no others. */
    recipe: z.string().min(1),
    /** How they are written; as that recipe writes its prompts where it is absent. */
    template: z.enum(['stream', 'tinyllm-paper']).optional(),
    /** Windows drawn from each row besides the measured one, moved and augmented as that recipe says. */
    copies: z.int().min(0).max(1000).default(0),
    /** Windows of numbers are alike by nature. */
    nearDuplicates: everySource.nearDuplicates.removeDefault().default('keep'),
  }),
]);
/** A source whose documents are rows of a table. */
export type RowSource = Extract<CorpusSource, { format: 'jsonl' | 'csv' | 'parquet' }>;
export type CorpusSource = z.infer<typeof source>;

const corpus = z.strictObject({
  sources: z
    .array(source)
    .min(1)
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'two sources have the same name',
    )
    .refine(
      (all) => new Set(all.map((one) => one.share === undefined)).size === 1,
      'give a share to every source, or to none',
    ),
  /** Documents, or persons, that are kept for validation; chosen by a hash, so that they stay there when the corpus grows. */
  validation: share.default(0.01),
  /** Tokens of the training split to write; without it as many as the shares allow. */
  tokens: z.int().positive().optional(),
  /** A source that is too small for its share is read so many times at most. */
  repeat: z.int().min(1).max(100).default(1),
  /** Tokens in a shard. */
  shardTokens: z.int().min(1024).max(1_000_000_000).default(100_000_000),
  /** Documents that share so many consecutive words with a row of these files (below `--data`) are left out. */
  decontaminate: z
    .strictObject({ paths: z.array(z.string().min(1)).min(1), words: z.int().min(5).max(100).default(13) })
    .optional(),
  /** GPT-2's, or one of so many tokens that is trained on the first part of every source. */
  tokenizer: z
    .union([
      z.literal('gpt2'),
      z.strictObject({
        vocabulary: z.int().min(300).max(MAX_SHARD_VOCABULARY),
        /** Of text to learn from. */
        sampleMb: z.number().positive().max(64).default(8),
        /** ` 0`, ` 1`, .. of which each is one token whatever the text holds, as 362 are in GPT-2's: levels of the stream template. */
        numbers: z.int().min(0).max(1000).default(0),
      }),
    ])
    .default('gpt2'),
  /** A document that cannot be read (not UTF-8, not JSON, without its field) ends the preparation, or is left out and counted. */
  unreadable: z.enum(['refuse', 'skip']).default('refuse'),
});

const corpusRecipe = z.strictObject({
  name: everySource.name,
  corpus,
  /** What is pre-trained on it, and how (stages/pretrain.ts). */
  model: modelChoice.optional(),
  pretrain: pretrainSettings.optional(),
  /** How it is packed (stages/foundation.ts); without it the trained model is left as it is. */
  bundle: foundationSettings.optional(),
});

export type CorpusRecipe = z.infer<typeof corpusRecipe>['corpus'];

export interface LoadedCorpusRecipe {
  readonly name: string;
  readonly corpus: CorpusRecipe;
  /** SHA-256 over what the recipe says of the corpus, and the recipes that it names. */
  readonly hash: string;
  readonly model?: ModelChoice;
  readonly pretrain?: PretrainSettings;
  readonly bundle?: FoundationSettings;
}

/** Whether a recipe is one of a corpus. Throws `TinyError` (exit 78) for a file that is no YAML. */
export async function isCorpusRecipe(path: string): Promise<boolean> {
  const { value } = await readYamlFile(path);
  return typeof value === 'object' && value !== null && 'corpus' in value;
}

/**
 * Read a recipe of a corpus; what it names of other recipes becomes an absolute path. Throws `TinyError` (exit 78) naming
 * file, key and fix.
 */
export async function loadCorpusRecipe(path: string): Promise<LoadedCorpusRecipe> {
  const file = await readYamlFile(path);
  const { name, corpus, model, pretrain, bundle } = checked(corpusRecipe, file.value, file);
  const texts = [JSON.stringify({ name, corpus })];
  const sources: CorpusSource[] = [];
  for (const source of corpus.sources) {
    if (source.format !== 'recordings') sources.push(source);
    else {
      const recipe = resolve(dirname(path), source.recipe);
      sources.push({ ...source, recipe });
      texts.push((await loadRecipe(recipe)).hash);
    }
  }
  return {
    name,
    corpus: { ...corpus, sources },
    hash: sha256(texts.join('\0')),
    ...(model && { model }),
    ...(pretrain && { pretrain }),
    ...(bundle && { bundle }),
  };
}
