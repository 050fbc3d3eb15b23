import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Run, stage } from '../stage.ts';
import { corpusInputs } from './corpus-inputs.ts';
import { type DonePiece, donePieces } from './corpus-pieces.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { finishCorpus } from './finish-corpus.ts';
import { type CorpusManifest, manifestPath, readManifest } from './manifest.ts';
import { openParts, type PartNumber, piecesOfPart, writePart } from './parts.ts';
import { PIECES_FOLDER } from './piece-files.ts';
import { type CorpusWatcher, preparePieces } from './prepare-pieces.ts';

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

/** The name of the stage, and of its folder. */
const STAGE = 'prepare';

/**
 * Corpus -> token shards. Pieces of the sources are read, judged and encoded by all threads; duplicates are marked over all
 * pieces; what is left is mixed into shards. Pieces and shards that are whole are kept when the work is interrupted, and
 * nothing depends on who did which when: the same recipe, data and seed give the same bytes.
 */
export async function prepareCorpus(job: CorpusJob, run: Run): Promise<PreparedCorpus> {
  const inputs = await corpusInputs(job.recipe, job.dataFolder, run);
  const { signal, seed } = run;
  const folder = await stage(run, STAGE, { ...inputs.identity, seed }, (partial) =>
    finishedOnce(partial, async () => {
      await preparePieces(inputs, inputs.pieces, partial, { ...job, signal });
      const pieces = await donePieces(inputs.pieces, () => partial);
      await finishCorpus({ ...inputs, pieces, seed, signal }, partial);
    }),
  );
  return { folder, manifest: await readManifest(folder) };
}

/** One machine's part of the pieces of a corpus, to be joined with the others'. Returns its folder. */
export async function prepareCorpusPart(job: CorpusJob, number: PartNumber, run: Run): Promise<string> {
  const inputs = await corpusInputs(job.recipe, job.dataFolder, run);
  const { part, of } = number;
  return stage(run, `part-${part}-of-${of}`, { ...inputs.identity, part, of }, async (partial) => {
    await preparePieces(inputs, piecesOfPart(inputs.pieces, number), partial, { ...job, signal: run.signal });
    await writePart(partial, inputs, number);
  });
}

/**
 * The corpus of all parts, the same to the last byte as if one machine had prepared it: duplicates are looked for over all
 * of them. No source is needed any more.
 */
export async function joinCorpus(
  recipe: LoadedCorpusRecipe,
  folders: readonly string[],
  run: Run,
): Promise<PreparedCorpus> {
  const { identity, pieces: found, tokenizer } = await openParts(recipe, folders);
  const { signal, seed } = run;
  const folder = await stage(run, STAGE, { ...identity, seed }, (partial) =>
    finishedOnce(partial, async () => {
      const pieces: DonePiece[] = await donePieces(found, ({ folder: of }) => of);
      await finishCorpus({ recipe, files: identity.files, tokenizer, pieces, seed, signal }, partial);
    }),
  );
  return { folder, manifest: await readManifest(folder) };
}

/** The manifest is written last: where there is one, only what was needed on the way is still to be removed. */
async function finishedOnce(folder: string, work: () => Promise<void>): Promise<void> {
  if (!existsSync(manifestPath(folder))) await work();
  await rm(join(folder, PIECES_FOLDER), { recursive: true, force: true });
}
