import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const count = z.int().min(0);

const summary = z.object({
  documents: count,
  /** Of text, before anything was left out. */
  bytes: count,
  /** Of documents that were not left out. */
  tokens: count,
  kept: count,
  removed: z.record(z.string(), count),
});
/** What became of a piece. */
export type PieceSummary = z.infer<typeof summary>;

/** Where the work on a piece is kept: its tokens (uint16), a record of each document, and a summary, written last. */
export interface PieceFiles {
  readonly tokens: string;
  readonly records: string;
  readonly summary: string;
}

export const PIECES_FOLDER = 'pieces';

export function pieceFiles(folder: string, index: number): PieceFiles {
  const name = join(folder, PIECES_FOLDER, String(index).padStart(7, '0'));
  return { tokens: `${name}.tokens`, records: `${name}.records`, summary: `${name}.json` };
}

/** Undefined where the piece is not done. */
export async function readSummary({ summary: path }: PieceFiles): Promise<PieceSummary | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : summary.parse(JSON.parse(text));
}

/** Makes the piece count as done. */
export async function writeSummary({ summary: path }: PieceFiles, contents: PieceSummary): Promise<void> {
  await writeFile(`${path}.partial`, JSON.stringify(contents));
  await rename(`${path}.partial`, path);
}
