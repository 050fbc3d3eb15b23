import type { CorpusTokens } from '../../corpus/shards.ts';
import type { SequenceOrder } from '../sequence-order.ts';
import type { TrainingBatch } from './training-batch.ts';

/** Every token of these sequences foretells the next one. @param begins the first token of each */
export async function sequenceBatch(
  tokens: CorpusTokens,
  begins: readonly number[],
  context: number,
): Promise<TrainingBatch> {
  const rows = begins.length * context;
  const batch = {
    ids: new Int32Array(rows),
    lossRows: Int32Array.from({ length: rows }, (_, row) => row),
    targets: new Int32Array(rows),
    weight: new Float32Array(rows).fill(1),
  };
  for (const [i, begin] of begins.entries()) {
    const sequence = await tokens.read(begin, context + 1);
    batch.ids.set(sequence.subarray(0, context), i * context);
    batch.targets.set(sequence.subarray(1), i * context);
  }
  return batch;
}

/** The batch of a step, in parts of at most `microBatch` sequences. @param step from 0 */
export async function stepBatch(
  tokens: CorpusTokens,
  order: SequenceOrder,
  step: number,
  { batch, microBatch, context }: { batch: number; microBatch: number; context: number },
): Promise<TrainingBatch[]> {
  const parts: TrainingBatch[] = [];
  for (let done = 0; done < batch; done += microBatch) {
    const begins = Array.from({ length: microBatch }, (_, i) => order.begin(step * batch + done + i));
    parts.push(await sequenceBatch(tokens, begins, context));
  }
  return parts;
}

/** The i-th sequences of a split, in its own order. */
export const sequencesInPlace = (from: number, to: number, context: number): number[] =>
  Array.from({ length: to - from }, (_, i) => (from + i) * context);
