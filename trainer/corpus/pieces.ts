import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { configError, TinyError } from '../../protocols/errors.ts';
import type { CorpusRecipe, CorpusSource, RowSource } from './corpus-recipe.ts';
import type { FilePart } from './cut-documents.ts';
import { isGzip } from './file-chunks.ts';
import { rowGroups } from './parquet.ts';

/** What is read, cut and turned into tokens at once; its result is kept when the work is interrupted. */
export interface Piece extends FilePart {
  /** Its number among the pieces of the corpus, in the order of sources, files and places. */
  readonly index: number;
  /** The number of its source. */
  readonly source: number;
  /** On disk: for progress. */
  readonly bytes: number;
}

/** A file of a source; `name` is its path below the data folder. */
export interface SourceFile {
  readonly source: number;
  readonly name: string;
  readonly path: string;
  /** Where its source lies: the file, or the folder above it. */
  readonly place: string;
  readonly bytes: number;
}

const PIECE_BYTES = 16 << 20;

/** Which files of a folder are of a format; of recordings any. */
const ENDINGS: Readonly<Record<CorpusSource['format'], readonly string[]>> = {
  txt: ['.txt', '.md', '.txt.gz', '.md.gz'],
  jsonl: ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz'],
  csv: ['.csv', '.csv.gz'],
  parquet: ['.parquet'],
  recordings: [''],
};

/** Throws `TinyError` naming the file for a source that is missing, without a file of its format, or with an empty one. */
export async function sourceFiles(
  recipe: CorpusRecipe,
  dataFolder: string | undefined,
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const [source, { name, path, format }] of recipe.sources.entries()) {
    if (dataFolder === undefined && !isAbsolute(path)) {
      throw configError(
        `source ${name} is at ${path}, below the data folder`,
        'say where that is: --data DIR',
      );
    }
    const place = resolve(dataFolder ?? '.', path);
    for (const below of await filesAt(place, ENDINGS[format], `source ${name}`)) {
      const file = below === '' ? place : join(place, below);
      const { size } = await stat(file);
      if (size === 0) throw new TinyError(`${file} is empty`, 'remove it, or download it again');
      files.push({ source, name: below === '' ? path : `${path}/${below}`, path: file, place, bytes: size });
    }
  }
  return files;
}

/** Files at a place, by name: none below it when it is a file itself. */
async function filesAt(place: string, endings: readonly string[], what: string): Promise<string[]> {
  const info = await stat(place).catch((cause: unknown) => {
    throw new TinyError(`${what}: there is nothing at ${place}`, 'mend its path, or --data', { cause });
  });
  if (!info.isDirectory()) return [''];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries
    // What a link leads to is found out when it is opened.
    .filter(
      (entry) =>
        (entry.isFile() || entry.isSymbolicLink()) && endings.some((end) => entry.name.endsWith(end)),
    )
    .map((entry) => relative(place, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  if (files.length > 0) return files;
  throw new TinyError(
    `${what}: ${place} holds no file of its format`,
    `its files end in ${endings.join(', ')}; another kind is another \`format\` of the source`,
  );
}

/**
 * The pieces of the files: even parts of plain text and JSON Lines, row groups of Parquet (`start` and `end` are rows
 * then), the whole of everything else. A set of recordings is one piece.
 */
export async function piecesOf(recipe: CorpusRecipe, files: readonly SourceFile[]): Promise<Piece[]> {
  const pieces: Omit<Piece, 'index'>[] = [];
  for (const [number, source] of recipe.sources.entries()) {
    const own = files.filter((file) => file.source === number);
    if (source.format === 'recordings') pieces.push(recordingsPiece(number, own));
    else for (const file of own) pieces.push(...(await piecesOfFile(file, source)));
  }
  return pieces.map((piece, index) => ({ index, ...piece }));
}

function recordingsPiece(source: number, files: readonly SourceFile[]): Omit<Piece, 'index'> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { source, path: files[0]!.place, gzip: false, start: 0, end: 1, bytes };
}

async function piecesOfFile(file: SourceFile, source: CorpusSource): Promise<Omit<Piece, 'index'>[]> {
  const { path, bytes } = file;
  const common = { source: file.source, path };
  if (source.format === 'parquet') {
    const groups = await rowGroups(path, columnsOf(source));
    return groups.map((group) => ({ ...common, gzip: false, ...group }));
  }
  const gzip = await isGzip(path);
  if (gzip || source.format === 'csv') {
    return [{ ...common, gzip, start: 0, end: Number.MAX_SAFE_INTEGER, bytes }];
  }
  return Array.from({ length: Math.ceil(bytes / PIECE_BYTES) }, (_, i) => {
    const start = i * PIECE_BYTES;
    const end = Math.min(bytes, start + PIECE_BYTES);
    return { ...common, gzip, start, end, bytes: end - start };
  });
}

/** The columns to read of a table. */
export const columnsOf = ({ field, group }: RowSource): string[] =>
  group === undefined ? [field] : [field, group];
