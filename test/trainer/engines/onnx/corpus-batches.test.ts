import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { initialWeights } from '../../../../model/weights.ts';
import type { ReadyCorpus } from '../../../../trainer/corpus/ready-corpus.ts';
import { openTokens } from '../../../../trainer/corpus/shards.ts';
import { unigramNats } from '../../../../trainer/corpus/unigram.ts';
import { sequenceBatch, stepBatch } from '../../../../trainer/engines/onnx/corpus-batches.ts';
import { TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import { SequenceOrder } from '../../../../trainer/engines/sequence-order.ts';
import { tinyCorpus } from '../tiny-pretraining.ts';

const CONTEXT = 24;

let corpus: ReadyCorpus;
beforeAll(async () => {
  corpus = await tinyCorpus();
});

async function trainingTokens() {
  const tokens = await openTokens(corpus.folder, 'train');
  onTestFinished(() => tokens.close());
  return tokens;
}

describe('the batch of a step', () => {
  it('is the next sequences of the order, each token foretelling the one behind it', async () => {
    const tokens = await trainingTokens();
    const order = new SequenceOrder(tokens.length, CONTEXT, 3);
    const parts = await stepBatch(tokens, order, 5, { batch: 6, microBatch: 2, context: CONTEXT });
    expect(parts.map(({ ids }) => ids.length)).toEqual([2, 2, 2].map((n) => n * CONTEXT));
    const all = await tokens.read(0, tokens.length);
    for (let i = 0; i < 6; i++) {
      const begin = order.begin(5 * 6 + i);
      const row = (i % 2) * CONTEXT;
      const { ids, targets, lossRows } = parts[Math.floor(i / 2)]!;
      expect([...ids.subarray(row, row + CONTEXT)]).toEqual([...all.subarray(begin, begin + CONTEXT)]);
      expect([...targets.subarray(row, row + CONTEXT)]).toEqual([
        ...all.subarray(begin + 1, begin + 1 + CONTEXT),
      ]);
      expect(lossRows[row]).toBe(row);
    }
  });

  it('costs the same with and without a backward pass', async () => {
    const shape = { layers: 2, width: 32, heads: 2, context: CONTEXT, vocab: corpus.tokenizer.vocabSize };
    const session = await TrainingSession.create({
      ...{ shape, batch: 4, tokens: CONTEXT, lossPositions: CONTEXT },
      weights: initialWeights(shape, RandomStream.seeded(1)),
      average: false,
    });
    onTestFinished(() => session.release());
    const batch = await sequenceBatch(await trainingTokens(), [0, 100, 200, 300], CONTEXT);
    expect(await session.loss(batch)).toBeCloseTo((await session.forwardBackward(batch)).lossNats, 5);
  });
});

describe('what is known of a text by how often its tokens occur', () => {
  it('is the cross entropy of the counts, one more of each', async () => {
    const tokens = await trainingTokens();
    const validation = await corpus.validationText(2, CONTEXT);
    const { vocabSize: vocab } = corpus.tokenizer;
    const counted = [...(await tokens.read(0, tokens.length))];
    const text = await openTokens(corpus.folder, 'val');
    onTestFinished(() => text.close());
    const nats = [...(await text.read(1, 2 * CONTEXT))].map((id) => {
      const count = counted.filter((other) => other === id).length + 1;
      return -Math.log(count / (counted.length + vocab));
    });
    const mean = nats.reduce((sum, v) => sum + v, 0) / nats.length;
    expect(await unigramNats(corpus.folder, validation, { context: CONTEXT, vocab })).toBeCloseTo(mean, 9);
  });
});
