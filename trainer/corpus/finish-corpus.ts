import { join } from 'node:path';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { formatTokenizerJson } from '../../model/tokenizer-json.ts';
import { writeWhole } from '../write-whole.ts';
import type { HashedFile } from './corpus-inputs.ts';
import type { DonePiece } from './corpus-pieces.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { TOKENIZER_FILE } from './corpus-tokenizer.ts';
import { markDuplicates } from './deduplicate.ts';
import { type CorpusManifest, manifestPath, type SplitManifest } from './manifest.ts';
import { hashFile } from './shards.ts';
import { countStock, type SourceStock, type WrittenSplit, writeShards } from './write-shards.ts';

export interface FinishedPieces {
  readonly recipe: LoadedCorpusRecipe;
  readonly files: readonly HashedFile[];
  readonly tokenizer: BpeTokenizer;
  /** All of the corpus, in order. */
  readonly pieces: readonly DonePiece[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Pieces -> shards, tokenizer and manifest, which comes last. */
export async function finishCorpus(parts: FinishedPieces, folder: string): Promise<void> {
  const { recipe, pieces, tokenizer, seed, signal } = parts;
  const isNear = (source: number): boolean => recipe.corpus.sources[source]!.nearDuplicates === 'remove';
  const marks = await markDuplicates(pieces, folder, isNear, signal);
  const stock = await countStock(recipe, pieces, marks);
  const { train, val } = await writeShards({ recipe, pieces, marks, stock, seed, signal }, folder);
  const manifest: CorpusManifest = {
    format: 'tinyllm-corpus/1',
    recipe: { name: recipe.name, sha256: recipe.hash },
    seed,
    tokenizer: {
      name: recipe.corpus.tokenizer === 'gpt2' ? 'gpt2' : 'trained',
      vocabulary: tokenizer.vocabSize,
      endOfText: tokenizer.endOfText,
      sha256: tokenizer.hash,
    },
    splits: { train: await withHashes(train, folder), val: await withHashes(val, folder) },
    sources: sourcesOf(parts, stock),
  };
  await writeWhole(join(folder, TOKENIZER_FILE), formatTokenizerJson(tokenizer));
  await writeWhole(manifestPath(folder), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function withHashes({ shards, ...split }: WrittenSplit, folder: string): Promise<SplitManifest> {
  const hashed: SplitManifest['shards'] = [];
  for (const shard of shards) hashed.push({ ...shard, sha256: await hashFile(join(folder, shard.file)) });
  return { ...split, shards: hashed };
}

function sourcesOf(
  { recipe, files, pieces }: FinishedPieces,
  stock: readonly SourceStock[],
): CorpusManifest['sources'] {
  return recipe.corpus.sources.map(({ name }, source) => {
    const own = pieces.filter((piece) => piece.source === source).map(({ summary }) => summary);
    return {
      name,
      files: files
        .filter((file) => file.source === source)
        .map(({ name: file, bytes, sha256 }) => ({ file, bytes, sha256 })),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      documents: own.reduce((sum, { documents }) => sum + documents, 0),
      removed: stock[source]!.removed,
    };
  });
}
