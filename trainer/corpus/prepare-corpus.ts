import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { formatTokenizerJson } from '../../model/tokenizer-json.ts';
import { type Run, stage } from '../stage.ts';
import { writeWhole } from '../write-whole.ts';
import type { DonePiece } from './corpus-pieces.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { markDuplicates } from './deduplicate.ts';
import { type CorpusManifest, manifestPath, readManifest, SPLITS_OF_CORPUS } from './manifest.ts';
import { PIECES_FOLDER, pieceFiles, readSummary } from './piece-files.ts';
import { type Piece, piecesOf, type SourceFile, sourceFiles } from './pieces.ts';
import { WorkerPool } from './pool.ts';
import type { PieceProgress } from './prepare-piece.ts';
import { countStock, type SourceStock, type WrittenSplit, writeShards } from './write-shards.ts';

/** What a person sees while pieces are prepared. */
export interface CorpusWatcher {
  started(sourceBytes: number, bytesDone: number): void;
  progress(progress: PieceProgress): void;
  ended(): void;
}

export interface CorpusJob {
  readonly recipe: LoadedCorpusRecipe;
  /** Below which the paths of the sources are. */
  readonly dataFolder: string | undefined;
  readonly threads: number;
  readonly watch: CorpusWatcher;
}

export interface PreparedCorpus {
  readonly folder: string;
  readonly manifest: CorpusManifest;
}

/** A file of a source with its hash. */
interface HashedFile extends SourceFile {
  readonly sha256: string;
}

/**
 * Corpus -> token shards. Pieces of the sources are read, judged and encoded by all threads; duplicates are marked over all
 * pieces; what is left is mixed into shards. Pieces and shards that are whole are kept when the work is interrupted, and
 * nothing depends on who did which when: the same recipe, data and seed give the same bytes.
 */
export async function prepareCorpus(job: CorpusJob, run: Run): Promise<PreparedCorpus> {
  const { recipe, dataFolder, threads } = job;
  const found = await sourceFiles(recipe.corpus, dataFolder);
  const tokenizer = gpt2Tokenizer();
  const pool = new WorkerPool(threads, {
    recipe: recipe.corpus,
    tokenizerJson: formatTokenizerJson(tokenizer),
  });
  try {
    const hashes = await pool.run(
      found.map(({ path }) => ({ kind: 'hash', path })),
      run.signal,
    );
    const files = found.map((file, i): HashedFile => ({ ...file, sha256: hashes[i]! }));
    const inputs = {
      recipe: recipe.hash,
      files: files.map(({ source, name, sha256 }) => [source, name, sha256]),
      tokenizer: tokenizer.hash,
      seed: run.seed,
    };
    const folder = await stage(run, 'prepare', inputs, async (partial) => {
      if (!existsSync(manifestPath(partial))) {
        const pieces = await preparePieces(job, files, pool, partial, run);
        await finish({ job, run, files, tokenizer, pool, pieces }, partial);
      }
      await rm(join(partial, PIECES_FOLDER), { recursive: true, force: true });
    });
    return { folder, manifest: await readManifest(folder) };
  } finally {
    await pool.close();
  }
}

async function preparePieces(
  { watch }: CorpusJob,
  files: readonly SourceFile[],
  pool: WorkerPool,
  folder: string,
  run: Run,
): Promise<DonePiece[]> {
  await mkdir(join(folder, PIECES_FOLDER), { recursive: true });
  const pieces = await piecesOf(files);
  const missing: Piece[] = [];
  for (const piece of pieces) {
    if (!(await readSummary(pieceFiles(folder, piece.index)))) missing.push(piece);
  }
  const bytesOf = (some: readonly Piece[]): number =>
    some.reduce((sum, { start, end }) => sum + end - start, 0);
  watch.started(bytesOf(pieces), bytesOf(pieces) - bytesOf(missing));
  try {
    const orders = missing.map((piece) => ({ kind: 'piece' as const, piece, folder }));
    await pool.run(orders, run.signal, watch.progress);
  } finally {
    watch.ended();
  }
  return donePieces(pieces, folder);
}

async function donePieces(pieces: readonly Piece[], folder: string): Promise<DonePiece[]> {
  const done: DonePiece[] = [];
  let firstDocument = 0;
  for (const { index, source } of pieces) {
    const files = pieceFiles(folder, index);
    const summary = (await readSummary(files))!;
    done.push({ index, source, files, summary, firstDocument });
    firstDocument += summary.kept;
  }
  return done;
}

interface Finishing {
  readonly job: CorpusJob;
  readonly run: Run;
  readonly files: readonly HashedFile[];
  readonly tokenizer: BpeTokenizer;
  readonly pool: WorkerPool;
  readonly pieces: readonly DonePiece[];
}

/** Pieces -> shards, tokenizer and manifest, which comes last. */
async function finish(parts: Finishing, folder: string): Promise<void> {
  const { run, pool, pieces, tokenizer } = parts;
  const { recipe } = parts.job;
  const { signal, seed } = run;
  const isNear = (source: number): boolean => recipe.corpus.sources[source]!.nearDuplicates === 'remove';
  const marks = await markDuplicates(pieces, folder, isNear, signal);
  const stock = await countStock(recipe, pieces, marks);
  const written = await writeShards({ recipe, pieces, marks, stock, seed, signal }, folder);
  const names = SPLITS_OF_CORPUS.flatMap((split) => written[split].shards.map(({ file }) => file));
  const hashes = await pool.run(
    names.map((name) => ({ kind: 'hash', path: join(folder, name) })),
    signal,
  );
  const hashOf = new Map(names.map((name, i) => [name, hashes[i]!]));
  const withHashes = ({ shards, ...split }: WrittenSplit) => ({
    ...split,
    shards: shards.map((shard) => ({ ...shard, sha256: hashOf.get(shard.file)! })),
  });
  const manifest: CorpusManifest = {
    format: 'tinyllm-corpus/1',
    recipe: { name: recipe.name, sha256: recipe.hash },
    seed,
    tokenizer: {
      name: 'gpt2',
      vocabulary: tokenizer.vocabSize,
      endOfText: tokenizer.endOfText,
      sha256: tokenizer.hash,
    },
    splits: { train: withHashes(written.train), val: withHashes(written.val) },
    sources: sourcesOf(parts, stock),
  };
  await writeWhole(join(folder, 'tokenizer.json'), formatTokenizerJson(tokenizer));
  await writeWhole(manifestPath(folder), `${JSON.stringify(manifest, null, 2)}\n`);
}

function sourcesOf(
  { job, files, pieces }: Finishing,
  stock: readonly SourceStock[],
): CorpusManifest['sources'] {
  return job.recipe.corpus.sources.map(({ name }, source) => {
    const own = pieces.filter((piece) => piece.source === source).map(({ summary }) => summary);
    const removed: Record<string, number> = {};
    for (const counts of [...own.map((summary) => summary.removed), stock[source]!.removed]) {
      for (const [reason, count] of Object.entries(counts)) removed[reason] = (removed[reason] ?? 0) + count;
    }
    return {
      name,
      files: files
        .filter((file) => file.source === source)
        .map(({ name: file, bytes, sha256 }) => ({ file, bytes, sha256 })),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      documents: own.reduce((sum, { documents }) => sum + documents, 0),
      removed,
    };
  });
}
