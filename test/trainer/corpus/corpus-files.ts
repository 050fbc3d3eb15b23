import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { loadTokenizer } from '../../../model/tokenizer-json.ts';
import { loadCorpusRecipe } from '../../../trainer/corpus/corpus-recipe.ts';
import { type PreparedCorpus, prepareCorpus } from '../../../trainer/corpus/prepare-corpus.ts';
import { openTokens } from '../../../trainer/corpus/shards.ts';

/** A folder of its own with these files in it. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  return folder;
}

export interface Prepared extends PreparedCorpus {
  readonly notes: readonly string[];
}

/** Prepares a corpus of what lies in `data`. */
export async function prepared(
  data: string,
  corpus: object,
  {
    out = folderWith({}),
    seed = 1,
    threads = 1,
    ...rest
  }: {
    out?: string;
    seed?: number;
    threads?: number;
    signal?: AbortSignal;
    onProgress?: () => void;
  } = {},
): Promise<Prepared> {
  const recipe = join(folderWith({ 'recipe.yaml': stringify({ name: 'small', corpus }) }), 'recipe.yaml');
  const notes: string[] = [];
  const signal = rest.signal ?? new AbortController().signal;
  const run = { out, seed, signal, note: (line: string) => void notes.push(line) };
  const none = (): void => undefined;
  const watch = { started: none, progress: rest.onProgress ?? none, ended: none };
  const job = { recipe: await loadCorpusRecipe(recipe), dataFolder: data, threads, watch };
  return { ...(await prepareCorpus(job, run)), notes };
}

/** The documents of a split, as text. */
export async function documentsIn(folder: string, split: 'train' | 'val'): Promise<string[]> {
  const tokens = await openTokens(folder, split);
  const tokenizer = await loadTokenizer(join(folder, 'tokenizer.json'));
  const ids = await tokens.read(0, tokens.length);
  await tokens.close();
  const [before, ...documents] = tokenizer.decode([...ids]).split('<|endoftext|>');
  if (before !== '') throw new Error('a split begins with a document');
  return documents;
}

/** The bytes of every file of a folder but the stamp, by name. */
export const filesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'stamp.json')
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]),
  );

/** A text of so many words that hold together, different for every number. */
export const essay = (number: number, words = 60): string =>
  Array.from({ length: words }, (_, i) => `word${((number + 1) * 7919 + i * i * 31) % 9973}`).join(' ');
