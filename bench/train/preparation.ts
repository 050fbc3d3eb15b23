import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, figure } from '../figures.ts';
import { PinnedProcess } from '../pinned-process.ts';
import { threadsText } from '../serve/sections/beside.ts';
import type { Preparation, PreparationOrder } from './preparation-process.ts';
import { writeRandomText } from './random-text.ts';

/** Of text; memory is to be the same for both. */
const SIZES_MB = [64, 256];
const QUICK_SIZES_MB = [64];
const LEAST_MB_PER_S_OF_CORE = 8;
const MOST_MEMORY_MB = 500;

/** As configs/recipes/foundation-text.yaml: filtered, without duplicates, into GPT-2's tokens. */
const RECIPE = `
name: bench
corpus:
  sources:
    - { name: text, format: txt, path: text.txt, filters: { minWords: 20, minLetters: 0.5, maxRepeatedLines: 0.5 } }
  validation: 0.01
`;

/** Text to token shards. @param cores as taskset takes them, by the number of threads */
export async function preparationFigures(
  cores: ReadonlyMap<number, string>,
  quick: boolean,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const megabytes of quick ? QUICK_SIZES_MB : SIZES_MB) {
    const folder = await mkdtemp(join(tmpdir(), 'tinyllm-preparation-'));
    try {
      await writeRandomText(join(folder, 'text.txt'), megabytes * 1e6);
      for (const [threads, pinned] of cores) figures.push(...(await prepared(folder, threads, pinned)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return figures;
}

async function prepared(folder: string, threads: number, cores: string): Promise<Figure[]> {
  const recipe = join(folder, 'recipe.yaml');
  await writeFile(recipe, RECIPE);
  const { size } = await stat(join(folder, 'text.txt'));
  const process = new PinnedProcess('train/preparation-process', cores);
  try {
    const out = join(folder, `threads-${threads}`);
    const order: PreparationOrder = { recipe, data: folder, out, threads };
    const { seconds, tokens, peakRssMb } = await process.ask<Preparation>(order);
    const at = `preparation, ${threadsText(threads)}: ${(size / 1e6).toFixed(0)} MB of text`;
    return [
      figure({
        name: `${at} into GPT-2's tokens`,
        unit: 'MB/s',
        ours: size / 1e6 / seconds,
        target: { least: LEAST_MB_PER_S_OF_CORE * threads },
        note: `${(tokens / 1e6).toFixed(1)} M tokens`,
      }),
      figure({
        name: `${at}, peak memory`,
        unit: 'MB',
        ours: peakRssMb,
        lessIsBetter: true,
        target: { most: MOST_MEMORY_MB },
      }),
    ];
  } finally {
    await process.end();
  }
}
