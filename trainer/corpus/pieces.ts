import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { configError, TinyError } from '../../protocols/errors.ts';
import type { CorpusRecipe, CorpusSource } from './corpus-recipe.ts';
import type { FilePart } from './cut-documents.ts';
import { isGzip } from './file-chunks.ts';

/** What is read, cut and turned into tokens at once; its result is kept when the work is interrupted. */
export interface Piece extends FilePart {
  /** Its number among the pieces of the corpus, in the order of sources, files and places. */
  readonly index: number;
  /** The number of its source. */
  readonly source: number;
}

/** A file of a source; `name` is its path below the data folder. */
export interface SourceFile {
  readonly source: number;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const PIECE_BYTES = 16 << 20;

const NAMES: Readonly<Record<CorpusSource['format'], RegExp>> = {
  txt: /\.(txt|md)(\.gz)?$/,
  jsonl: /\.(jsonl|ndjson)(\.gz)?$/,
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
    for (const below of await filesAt(place, NAMES[format], `source ${name}`)) {
      const file = below === '' ? place : join(place, below);
      const { size } = await stat(file);
      if (size === 0) throw new TinyError(`${file} is empty`, 'remove it, or download it again');
      files.push({ source, name: below === '' ? path : `${path}/${below}`, path: file, bytes: size });
    }
  }
  return files;
}

/** Files at a place, by name: none below it when it is a file itself. */
async function filesAt(place: string, names: RegExp, what: string): Promise<string[]> {
  const info = await stat(place).catch((cause: unknown) => {
    throw new TinyError(`${what}: there is nothing at ${place}`, 'mend its path, or --data', { cause });
  });
  if (!info.isDirectory()) return [''];
  const files = (await readdir(place)).filter((name) => names.test(name)).sort();
  if (files.length > 0) return files;
  throw new TinyError(
    `${what}: ${place} holds no file of its format`,
    `wanted are names like ${names.source}`,
  );
}

/** The pieces of the files: even parts of a plain file, the whole of a compressed one. */
export async function piecesOf(files: readonly SourceFile[]): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const { source, path, bytes } of files) {
    const gzip = await isGzip(path);
    const length = gzip ? Number.POSITIVE_INFINITY : PIECE_BYTES;
    for (let start = 0; start < bytes; start += length) {
      const end = gzip ? Number.MAX_SAFE_INTEGER : Math.min(bytes, start + length);
      pieces.push({ index: pieces.length, source, path, gzip, start, end });
    }
  }
  return pieces;
}
