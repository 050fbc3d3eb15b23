import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { ModelRuntime } from '../../../../model/runtime/runtime.ts';
import { servingGraph } from '../../../../model/serving-graph.ts';
import { initialWeights } from '../../../../model/weights.ts';
import type { Completion } from '../../../../protocols/prompt.ts';
import { TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import { Validator } from '../../../../trainer/engines/onnx/validation.ts';
import { toExampleSet } from '../../../../trainer/example-set.ts';
import { accuracy, confusionMatrix, macroF1, type Scored } from '../../../../trainer/metrics.ts';

const END = 0;
const BATCH = 4;
/** Every prompt begins with it. */
const PREFIX = 23;
/** Labels that share tokens, one of them the beginning of another. */
const completions: Completion[] = [
  { label: 'a', tokens: [1, END] },
  { label: 'a b', tokens: [1, 2, END] },
  { label: 'c', tokens: [3, 4, 5, END] },
];
const WIDTH = 12;
const shape = { layers: 2, width: 32, heads: 2, context: WIDTH, vocab: 24 };
const random = RandomStream.seeded(5);
// Larger than a fresh model's, so that the answers differ from prompt to prompt.
const weights = new Map(
  [...initialWeights(shape, random.fork('weights'))].map(([name, values]) => [
    name,
    values.map((v) => 4 * v),
  ]),
);
/** Ten examples: the last batch of four is not full. Prompts are of three lengths. */
const examples = Array.from({ length: 10 }, (_, i) => ({
  prompt: [PREFIX, ...Array.from({ length: 4 + (i % 3) }, () => 6 + random.integer(18))],
  answer: completions[i % 3]!.tokens,
  label: i % 3,
}));
const set = toExampleSet(examples, WIDTH, END);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('validation during training', () => {
  it('gives what the runtime that ships gives for the same weights', async () => {
    const session = await TrainingSession.create({
      shape,
      batch: BATCH,
      tokens: WIDTH,
      lossPositions: 2,
      weights,
      threads: 1,
    });
    const result = await new Validator(set, completions).run(session, BATCH, 17);
    await session.release();

    const scored = await scoredByRuntime();
    const confusion = confusionMatrix(scored, completions.length);
    const loss = scored.reduce((sum, { truth, probs }) => sum - Math.log(probs[truth]!), 0) / scored.length;
    expect(new Set(scored.map(({ probs }) => probs[0]!.toFixed(3))).size).toBeGreaterThan(5);
    expect(result).toMatchObject({ step: 17, accuracy: accuracy(confusion), macroF1: macroF1(confusion) });
    expect(Math.abs(result.lossNats - loss)).toBeLessThan(1e-4);
  });
});

async function scoredByRuntime(): Promise<Scored[]> {
  const modelPath = join(folder, 'model.onnx');
  await writeFile(modelPath, servingGraph(shape, weights));
  const runtime = await ModelRuntime.start({
    modelPath,
    shape,
    threads: 1,
    task: { prefix: [PREFIX], completions },
  });
  try {
    const scored: Scored[] = [];
    for (const { prompt, label } of examples) {
      const sequence = runtime.open();
      sequence.push(prompt.slice(1));
      scored.push({ truth: label, probs: await sequence.score() });
    }
    return scored;
  } finally {
    await runtime.close();
  }
}
