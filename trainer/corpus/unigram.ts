import type { ValidationText } from '../engines/pretrain-job.ts';
import { type CorpusTokens, openTokens } from './shards.ts';

/** Of the training split; frequencies are known well enough from so many. */
const MOST_COUNTED = 1 << 22;

/**
 * Cross entropy, in nats a token, of the validation text for a reader who knows only how often each token occurs in the
 * training split: what a model that has learnt anything is better than. Counts begin at one (Laplace).
 *
 * @param folder of a prepared corpus, which was checked before
 */
export async function unigramNats(
  folder: string,
  { sequences }: ValidationText,
  { context, vocab }: { readonly context: number; readonly vocab: number },
): Promise<number> {
  const counts = new Float64Array(vocab).fill(1);
  const counted = await firstTokens(folder, 'train', ({ length }) => Math.min(length, MOST_COUNTED));
  for (const id of counted) counts[id]!++;
  const total = counted.length + vocab;
  const foretold = (await firstTokens(folder, 'val', () => sequences * context + 1)).subarray(1);
  const nats = foretold.reduce((sum, id) => sum - Math.log(counts[id]! / total), 0);
  return nats / foretold.length;
}

async function firstTokens(
  folder: string,
  split: 'train' | 'val',
  count: (tokens: CorpusTokens) => number,
): Promise<Uint16Array> {
  const tokens = await openTokens(folder, split, { checkHashes: false });
  try {
    return await tokens.read(0, count(tokens));
  } finally {
    await tokens.close();
  }
}
