import { peakRssMb } from '../../pipeline/measure/memory.ts';
import { loadCorpusRecipe } from '../../trainer/corpus/corpus-recipe.ts';
import { prepareCorpus } from '../../trainer/corpus/prepare-corpus.ts';

/** A corpus to prepare, of the sources below `data`. */
export interface PreparationOrder {
  readonly recipe: string;
  readonly data: string;
  readonly out: string;
  readonly threads: number;
}

export interface Preparation {
  readonly seconds: number;
  readonly tokens: number;
  readonly peakRssMb: number;
}

// A process that prepares one corpus: a `PreparationOrder` in, a `Preparation` out.

process.on('message', async (order: PreparationOrder) => void process.send!(await prepared(order)));

async function prepared({ recipe, data, out, threads }: PreparationOrder): Promise<Preparation> {
  const watch = { started: () => {}, progress: () => {}, ended: () => {} };
  const startMs = performance.now();
  const { manifest } = await prepareCorpus(
    { recipe: await loadCorpusRecipe(recipe), dataFolder: data, threads, watch },
    { out, seed: 1, signal: new AbortController().signal, note: () => {} },
  );
  return {
    seconds: (performance.now() - startMs) / 1000,
    tokens: manifest.splits.train.tokens + manifest.splits.val.tokens,
    peakRssMb: peakRssMb(),
  };
}
