import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { loadTokenizer, saveTokenizer } from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';
import { writeWhole } from '../write-whole.ts';
import type { CorpusIdentity, CorpusInputs } from './corpus-inputs.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { TOKENIZER_FILE } from './corpus-tokenizer.ts';
import type { Piece } from './pieces.ts';

/** The second of four parts: `{ part: 2, of: 4 }`. */
export interface PartNumber {
  readonly part: number;
  readonly of: number;
}

const count = z.int().min(0);

const partFile = z.object({
  format: z.literal('tinyllm-corpus-part/1'),
  part: count,
  of: count,
  identity: z.object({
    recipe: z.string(),
    files: z.array(z.object({ source: count, name: z.string(), bytes: count, sha256: z.string() })),
    tokenizer: z.string(),
    unwanted: z.string().nullable(),
  }),
  /** The source of every piece of the corpus. */
  pieces: z.array(count),
});
type PartFile = z.infer<typeof partFile>;

const pathOf = (folder: string): string => join(folder, 'part.json');

const isOf = (index: number, { part, of }: PartNumber): boolean => index % of === part - 1;

/** Every so-manieth piece: so all parts are about as long. */
export const piecesOfPart = (pieces: readonly Piece[], number: PartNumber): Piece[] =>
  pieces.filter(({ index }) => isOf(index, number));

export async function writePart(
  folder: string,
  { identity, pieces, tokenizer }: CorpusInputs,
  number: PartNumber,
): Promise<void> {
  const contents = { format: 'tinyllm-corpus-part/1', ...number, identity };
  const sources = pieces.map(({ source }) => source);
  await saveTokenizer(tokenizer, join(folder, TOKENIZER_FILE));
  await writeWhole(pathOf(folder), `${JSON.stringify({ ...contents, pieces: sources })}\n`);
}

export interface OpenedParts {
  readonly identity: CorpusIdentity;
  /** All pieces of the corpus, and in which part's folder each lies. */
  readonly pieces: readonly { readonly index: number; readonly source: number; readonly folder: string }[];
  readonly tokenizer: BpeTokenizer;
}

/** Throws `TinyError` for a folder that is no part, parts of other data or of another recipe, and a part that is missing. */
export async function openParts(
  recipe: LoadedCorpusRecipe,
  folders: readonly string[],
): Promise<OpenedParts> {
  const parts: { folder: string; file: PartFile }[] = [];
  for (const folder of folders) parts.push({ folder, file: await readPart(folder) });
  const { file: first, folder: firstFolder } = parts[0]!;
  for (const { folder, file } of parts) {
    if (file.identity.recipe !== recipe.hash) {
      throw new TinyError(`${folder} was prepared from another recipe`, 'prepare all parts from this recipe');
    }
    if (file.of !== first.of || !isDeepStrictEqual(file.identity, first.identity)) {
      throw new TinyError(
        `${folder} and ${firstFolder} are not parts of the same corpus`,
        'every machine needs the same sources, byte for byte, and the same number of parts',
      );
    }
  }
  const folderOf = (index: number): string => {
    const part = (index % first.of) + 1;
    const owner = parts.find(({ file }) => file.part === part);
    if (owner) return owner.folder;
    throw new TinyError(
      `part ${part} of ${first.of} is missing`,
      'prepare it, and name its folder with --join',
    );
  };
  return {
    identity: first.identity,
    pieces: first.pieces.map((source, index) => ({ index, source, folder: folderOf(index) })),
    tokenizer: await loadTokenizer(join(firstFolder, TOKENIZER_FILE)),
  };
}

async function readPart(folder: string): Promise<PartFile> {
  try {
    return partFile.parse(JSON.parse(await readFile(pathOf(folder), 'utf8')));
  } catch (cause) {
    const hint = 'name folders such as DIR/part-1-of-4, which `prepare --part` made';
    throw new TinyError(`${folder} is no finished part of a corpus`, hint, { cause });
  }
}
