import type { CorpusTokens } from '../../corpus/shards.ts';
import { sequenceBatch, sequencesInPlace } from './corpus-batches.ts';
import type { TrainingSession } from './training-session.ts';

/**
 * The summed cross entropy of the first sequences of a split, with the weights as they are; each token is foretold from those
 * before it in its own sequence. @param batch sequences at once
 */
export async function corpusNats(
  session: TrainingSession,
  tokens: CorpusTokens,
  { sequences, context, batch }: { sequences: number; context: number; batch: number },
): Promise<number> {
  let nats = 0;
  for (let from = 0; from < sequences; from += batch) {
    const to = Math.min(from + batch, sequences);
    const part = await sequenceBatch(tokens, sequencesInPlace(from, to, context), context);
    nats += (await session.loss(part)) * (to - from) * context;
  }
  return nats;
}
