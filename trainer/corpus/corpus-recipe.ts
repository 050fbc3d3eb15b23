import { resolve } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../model/bundle.ts';
import { checked } from '../../protocols/schema-error.ts';
import { readConfigFile, readYamlFile } from '../../protocols/yaml.ts';

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
    format: z.literal('jsonl'),
    field,
    /** The field that says whose document it is: all documents of one are in the same split. */
    group: z.string().min(1).optional(),
  }),
]);
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
  /** A document that cannot be read (not UTF-8, not JSON, without its field) ends the preparation, or is left out and counted. */
  unreadable: z.enum(['refuse', 'skip']).default('refuse'),
});

const corpusRecipe = z.strictObject({ name: everySource.name, corpus });

export type CorpusRecipe = z.infer<typeof corpusRecipe>['corpus'];

export interface LoadedCorpusRecipe {
  readonly name: string;
  readonly corpus: CorpusRecipe;
  /** SHA-256 over the file. */
  readonly hash: string;
}

/** Whether a recipe is one of a corpus. Throws `TinyError` (exit 78) for a file that is no YAML. */
export async function isCorpusRecipe(path: string): Promise<boolean> {
  const { value } = await readYamlFile(path);
  return typeof value === 'object' && value !== null && 'corpus' in value;
}

/** Read a recipe of a corpus. Throws `TinyError` (exit 78) naming file, key and fix. */
export async function loadCorpusRecipe(path: string): Promise<LoadedCorpusRecipe> {
  const file = await readYamlFile(resolve(path));
  const { name, corpus } = checked(corpusRecipe, file.value, { ...file, path });
  return { name, corpus, hash: sha256(await readConfigFile(path)) };
}
