import { resolve } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { dataFiles } from '../datasets/data-files.ts';
import type { CorpusRecipe } from './corpus-recipe.ts';
import { cutDocuments } from './cut-documents.ts';
import { LINES, separatorLine } from './delimiter.ts';
import { isGzip } from './file-chunks.ts';
import { WordRuns } from './word-runs.ts';
import { WordReader } from './words.ts';

const EVERYTHING = { names: /./, described: 'evaluation' };

/**
 * The runs of words of the files that the corpus must not contain: of every string and every list of numbers in a file of JSON
 * Lines, of every document of any other text. Texts of fewer words than a run cannot be looked for. Undefined where the recipe
 * names none.
 */
export async function evaluationWords(
  { decontaminate }: CorpusRecipe,
  dataFolder: string | undefined,
): Promise<WordRuns | undefined> {
  if (!decontaminate) return undefined;
  const { paths, words: length } = decontaminate;
  const runs = new WordRuns(length);
  const words = new WordReader();
  for (const path of paths) {
    for (const file of await dataFiles(resolve(dataFolder ?? '.', path), EVERYTHING)) {
      for await (const text of textsOf(file)) {
        words.read(text);
        if (!runs.addAll(words)) {
          throw new TinyError(
            `${file}: the files of \`decontaminate\` hold more words than are looked for at once`,
            'name the evaluation rows only, not what they were drawn from',
          );
        }
      }
    }
  }
  return runs;
}

async function* textsOf(path: string): AsyncGenerator<Buffer> {
  const gzip = await isGzip(path);
  const isLines = /\.(jsonl|ndjson)(\.gz)?$/.test(path);
  const part = { path, gzip, start: 0, end: Number.MAX_SAFE_INTEGER };
  for await (const { bytes } of cutDocuments(part, isLines ? LINES : separatorLine('<|endoftext|>'))) {
    if (isLines) for (const text of textsIn(bytes.toString())) yield Buffer.from(text);
    else yield bytes;
  }
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

function textsIn(line: string): string[] {
  const found: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') found.push(value);
    else if (isNumbers(value)) found.push(value.join(' '));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  try {
    collect(JSON.parse(line));
  } catch {
    found.push(line);
  }
  return found;
}
