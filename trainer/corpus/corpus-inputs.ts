import type { BpeTokenizer } from '../../model/tokenizer.ts';
import type { Run } from '../stage.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { corpusTokenizer } from './corpus-tokenizer.ts';
import { evaluationWords } from './evaluation-words.ts';
import { type Piece, piecesOf, type SourceFile, sourceFiles } from './pieces.ts';
import { hashFile } from './shards.ts';
import type { WordRuns } from './word-runs.ts';

/** A file of a source with its hash. */
export type HashedFile = Pick<SourceFile, 'source' | 'name' | 'bytes'> & { readonly sha256: string };

/** All that a prepared corpus is made of. */
export interface CorpusInputs {
  readonly recipe: LoadedCorpusRecipe;
  readonly files: readonly HashedFile[];
  readonly pieces: readonly Piece[];
  readonly tokenizer: BpeTokenizer;
  readonly unwanted: WordRuns | undefined;
  /** What of it tells one corpus from another; nothing of the machine that prepares it. */
  readonly identity: CorpusIdentity;
}

export interface CorpusIdentity {
  readonly recipe: string;
  readonly files: readonly HashedFile[];
  readonly tokenizer: string;
  readonly unwanted: string | null;
}

/**
 * Finds and hashes the files of a recipe, and trains the tokenizer where it asks for one.
 *
 * @param dataFolder below which the paths of the recipe are
 */
export async function corpusInputs(
  recipe: LoadedCorpusRecipe,
  dataFolder: string | undefined,
  run: Run,
): Promise<CorpusInputs> {
  const found = await sourceFiles(recipe.corpus, dataFolder);
  const files: HashedFile[] = [];
  for (const { source, name, bytes, path } of found) {
    run.signal.throwIfAborted();
    files.push({ source, name, bytes, sha256: await hashFile(path) });
  }
  const pieces = await piecesOf(recipe.corpus, found);
  const hashes = files.map(({ sha256 }) => sha256);
  const tokenizer = await corpusTokenizer(recipe, pieces, hashes, run);
  const unwanted = await evaluationWords(recipe.corpus, dataFolder);
  const identity = {
    recipe: recipe.hash,
    files,
    tokenizer: tokenizer.hash,
    unwanted: unwanted?.hash ?? null,
  };
  return { recipe, files, pieces, tokenizer, unwanted, identity };
}
