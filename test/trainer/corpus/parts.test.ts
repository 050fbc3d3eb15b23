import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCorpusRecipe } from '../../../trainer/corpus/corpus-recipe.ts';
import { joinCorpus, prepareCorpus, prepareCorpusPart } from '../../../trainer/corpus/prepare-corpus.ts';
import { essay, filesIn, folderWith } from './corpus-files.ts';

const RECIPE = `
name: small
corpus:
  sources: [{ name: text, format: txt, path: text }]
  validation: 0.1
  shardTokens: 5000
`;

describe('parts of a corpus', () => {
  const recipePath = join(folderWith({ 'recipe.yaml': RECIPE }), 'recipe.yaml');
  // Five pieces; the last file repeats the first, so that duplicates lie in two parts.
  const texts = [0, 1, 2, 3, 0].map((n) => Array.from({ length: 60 }, (_, i) => essay(100 * n + i)));
  const data = folderWith(
    Object.fromEntries(texts.map((some, i) => [`text/${i}.txt`, some.join('\n<|endoftext|>\n')])),
  );
  const runIn = (out: string) => ({
    out,
    seed: 3,
    signal: new AbortController().signal,
    note: () => undefined,
  });
  const watch = { started: () => undefined, progress: () => undefined, ended: () => undefined };

  it('give the bytes of one machine when they are joined', async () => {
    const recipe = await loadCorpusRecipe(recipePath);
    const job = { recipe, dataFolder: data, threads: 1, watch };
    const whole = await prepareCorpus(job, runIn(folderWith({})));
    expect(whole.manifest.sources[0]!.removed).toEqual({ 'exact duplicate': 60 });

    const parts: string[] = [];
    for (const part of [2, 1])
      parts.push(await prepareCorpusPart(job, { part, of: 2 }, runIn(folderWith({}))));
    const joined = await joinCorpus(recipe, parts, runIn(folderWith({})));
    expect(filesIn(joined.folder)).toEqual(filesIn(whole.folder));

    await expect(joinCorpus(recipe, parts.slice(0, 1), runIn(folderWith({})))).rejects.toThrow(
      'part 1 of 2 is missing',
    );
    await expect(joinCorpus({ ...recipe, hash: 'other' }, parts, runIn(folderWith({})))).rejects.toThrow(
      'another recipe',
    );
    await expect(joinCorpus(recipe, [whole.folder], runIn(folderWith({})))).rejects.toThrow(
      'no finished part',
    );
  });
});
