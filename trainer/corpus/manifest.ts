import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../../protocols/errors.ts';

export const SPLITS_OF_CORPUS = ['train', 'val'] as const;
export type SplitOfCorpus = (typeof SPLITS_OF_CORPUS)[number];

const count = z.int().min(0);
const shard = z.object({ file: z.string(), tokens: count, sha256: z.string() });
export type ShardEntry = z.infer<typeof shard>;

/** Of one source in one split. */
const taken = z.object({
  source: z.string(),
  /** Left after filters and the removal of duplicates. */
  available: z.object({ documents: count, tokens: count }),
  /** Written; more than available where a source is repeated. */
  written: z.object({ documents: count, tokens: count }),
  /** Of the tokens of the split: asked for (null where the recipe asks for none), and reached. */
  share: z.object({ asked: z.number().nullable(), reached: z.number() }),
});
export type TakenOfSource = z.infer<typeof taken>;

const split = z.object({ tokens: count, documents: count, shards: z.array(shard), sources: z.array(taken) });
export type SplitManifest = z.infer<typeof split>;

const manifest = z.object({
  format: z.literal('tinyllm-corpus/1'),
  recipe: z.object({ name: z.string(), sha256: z.string() }),
  seed: count,
  tokenizer: z.object({ name: z.string(), vocabulary: count, endOfText: count, sha256: z.string() }),
  splits: z.object({ train: split, val: split }),
  sources: z.array(
    z.object({
      name: z.string(),
      files: z.array(z.object({ file: z.string(), bytes: count, sha256: z.string() })),
      /** Bytes of text, before anything was left out. */
      bytes: count,
      documents: count,
      /** Documents left out, by reason. */
      removed: z.record(z.string(), count),
    }),
  ),
});
export type CorpusManifest = z.infer<typeof manifest>;

const FILE = 'manifest.json';

export const manifestPath = (folder: string): string => join(folder, FILE);

/** Throws `TinyError` where the folder is no prepared corpus. */
export async function readManifest(folder: string): Promise<CorpusManifest> {
  const path = manifestPath(folder);
  try {
    return manifest.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new TinyError(
      `${path} is not the manifest of a prepared corpus`,
      'give the folder that `tinyllm prepare` wrote from a recipe with a `corpus:` section',
      { cause: error },
    );
  }
}
