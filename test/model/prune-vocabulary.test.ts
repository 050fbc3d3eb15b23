import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pruneVocabulary } from '../../model/prune-vocabulary.ts';
import { RandomStream } from '../../model/random.ts';
import { GptSession } from '../../model/runtime/gpt-session.ts';
import { KvCache } from '../../model/runtime/kv-cache.ts';
import { servingGraph } from '../../model/serving-graph.ts';
import type { GptShape } from '../../model/shape.ts';
import { type GptWeights, gptTensors, initialWeights, tensorSize } from '../../model/weights.ts';
import { temporaryFolder } from './runtime/random-model.ts';

const SHAPE: GptShape = { layers: 2, width: 64, heads: 2, context: 32, vocab: 500 };
const weights = initialWeights(SHAPE, RandomStream.seeded(3));
const folder = temporaryFolder();

async function labelScores(
  shape: GptShape,
  model: GptWeights,
  ids: readonly number[],
  head: readonly number[] | 'full',
): Promise<number[]> {
  const path = join(folder, `${shape.vocab}.onnx`);
  writeFileSync(path, servingGraph(shape, model));
  const session = await GptSession.load(path, shape, 1);
  try {
    return [...(await session.step(new KvCache(shape), { ids, rows: [3, ids.length - 1], head }))];
  } finally {
    await session.release();
  }
}

describe('pruning the vocabulary', () => {
  const keep = [499, 7, 300, 0, 41, 7, 123, 200];
  const pruned = pruneVocabulary(SHAPE, weights, keep);

  it('keeps each wanted row once, in the order of the ids', () => {
    expect(pruned.shape).toEqual({ ...SHAPE, vocab: 7 });
    expect([...pruned.map]).toEqual([0, 7, 41, 123, 200, 300, 499].map((id, row) => [id, row]));
    for (const spec of gptTensors(pruned.shape)) {
      expect(pruned.weights.get(spec.name)).toHaveLength(tensorSize(spec));
    }
  });

  it('leaves the scores of the kept tokens as they were, to the last bit', async () => {
    const prompt = [7, 300, 499, 0, 41, 200, 123, 7];
    const renamed = (ids: readonly number[]) => ids.map((id) => pruned.map.get(id)!);
    const labels = [499, 41, 7];
    const before = await labelScores(SHAPE, weights, prompt, labels);
    expect(await labelScores(pruned.shape, pruned.weights, renamed(prompt), renamed(labels))).toEqual(before);
    const all = await labelScores(pruned.shape, pruned.weights, renamed(prompt), 'full');
    const ofLabels = [0, 1].flatMap((row) => renamed(labels).map((id) => all[row * 7 + id]!));
    for (const [i, score] of ofLabels.entries()) expect(score).toBeCloseTo(before[i]!, 5);
  });

  it('leaves the given weights alone', () => {
    expect(weights.get('wte.weight')).toHaveLength(SHAPE.vocab * SHAPE.width);
  });

  it.each([[[500]], [[-1]], [[1.5]], [[]]])('refuses to keep %j', (ids) => {
    expect(() => pruneVocabulary(SHAPE, weights, ids)).toThrow(RangeError);
  });
});
