import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servingVariant } from '../../../model/quantize.ts';
import { RandomStream } from '../../../model/random.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { likelihoods } from '../../../model/runtime/likelihoods.ts';
import { ModelRuntime } from '../../../model/runtime/runtime.ts';
import {
  collect,
  loadSession,
  logProbabilities,
  modelFile,
  opinionatedWeights,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

const folder = temporaryFolder();
const random = RandomStream.seeded(5);
let session: GptSession;
beforeAll(async () => {
  session = await loadSession(modelFile(folder));
});
afterAll(() => session.release());

/** By reading the whole text anew for every token. */
async function readAnew(context: readonly number[], continuation: readonly number[]) {
  const text = [...context];
  const nats: number[] = [];
  const leastNats: number[] = [];
  for (const token of continuation) {
    const logP = await logProbabilities(session, text);
    nats.push(-logP[token]!);
    leastNats.push(-Math.max(...logP));
    text.push(token);
  }
  return { nats, leastNats };
}

describe('likelihoods', () => {
  it.each([1, 2, 3, 40])('are those of each token after all before it, a context of %i', async (length) => {
    const context = randomTokens(length, random);
    const continuations = [1, 2, 30].map((size) => randomTokens(size, random));
    const found = await collect(likelihoods(session, context, continuations));
    for (const [i, continuation] of continuations.entries()) {
      const { nats, leastNats } = await readAnew(context, continuation);
      expect(found[i]!.nats).toHaveLength(continuation.length);
      for (const [at, expected] of nats.entries()) {
        expect(found[i]!.nats[at]).toBeCloseTo(expected, 4);
        expect(found[i]!.leastNats[at]).toBeCloseTo(leastNats[at]!, 4);
      }
    }
  });

  it('do not depend on how many rows a call of the model may have', async () => {
    // So large a vocabulary that 4e6 logits are 40 rows of it.
    const shape = { ...SHAPE, vocab: 100_000 };
    const path = join(folder, 'large.onnx');
    writeFileSync(path, servingVariant('int8', shape, opinionatedWeights(shape)));
    const large = await loadSession(path, shape);
    const text = randomTokens(100, random, shape.vocab);
    const [whole] = await collect(likelihoods(large, text.slice(0, 10), [text.slice(10)]));
    const [end] = await collect(likelihoods(large, text.slice(0, 90), [text.slice(90)]));
    expect(end!.nats).toEqual(whole!.nats.slice(80));
    await large.release();
  });

  it('come from the thread of a model, in turn with what it writes', async () => {
    const runtime = await ModelRuntime.start({ modelPath: modelFile(folder), shape: SHAPE, threads: 1 });
    try {
      const [context, continuation] = [randomTokens(20, random), randomTokens(20, random)];
      const greedy = { maxTokens: 5, temperature: 0, seed: 1, stopToken: -1 };
      const [[likelihood], written] = await Promise.all([
        runtime.likelihoods(context, [continuation]),
        collect(runtime.generate(context, greedy)),
      ]);
      expect([likelihood]).toEqual(await collect(likelihoods(session, context, [continuation])));
      const [ofWritten] = await runtime.likelihoods(context, [written]);
      for (const [i, nats] of ofWritten!.nats.entries())
        expect(nats).toBeCloseTo(ofWritten!.leastNats[i]!, 4);
    } finally {
      await runtime.close();
    }
  });

  it('are refused where the text is longer than the context, and the model goes on', async () => {
    const runtime = await ModelRuntime.start({ modelPath: modelFile(folder), shape: SHAPE, threads: 1 });
    try {
      const text = randomTokens(SHAPE.context + 2, random);
      await expect(runtime.likelihoods(text.slice(0, 10), [text.slice(10)])).rejects.toMatchObject({
        name: 'TinyError',
        message: `the prompt is longer than the model's context of ${SHAPE.context} tokens`,
      });
      const [fitting] = await runtime.likelihoods(text.slice(0, 10), [text.slice(10, -1)]);
      expect(fitting!.nats).toHaveLength(SHAPE.context - 9);
    } finally {
      await runtime.close();
    }
  });
});
