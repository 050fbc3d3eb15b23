import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Adapter, linearLayers } from '../../../model/adapter.ts';
import { RandomStream } from '../../../model/random.ts';
import { GptSession } from '../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import { servingGraph } from '../../../model/serving-graph.ts';
import type { GptShape } from '../../../model/shape.ts';
import { type GptWeights, gptTensors, initialWeights, tensorSize } from '../../../model/weights.ts';

export const SHAPE: GptShape = { layers: 2, width: 64, heads: 2, context: 160, vocab: 300 };

/** GPT-2's start makes all tokens nearly equally probable; ten times its weights have opinions. */
const OPINION = 10;

export function opinionatedWeights(shape = SHAPE, seed = 1): GptWeights {
  const weights = initialWeights(shape, RandomStream.seeded(seed));
  for (const [name, values] of weights) {
    if (name.includes('ln_')) continue;
    for (let i = 0; i < values.length; i++) values[i]! *= OPINION;
  }
  return weights;
}

/** Changes the logits about as much as quantising to 4 bits does. */
export function randomAdapter(rank: number, random: RandomStream, layers = linearLayers(SHAPE)): Adapter {
  const values = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => 0.1 * random.normal());
  const changes = layers.map(({ name, inputs, outputs }) => {
    return [name, { down: values(inputs * rank), up: values(rank * outputs) }] as const;
  });
  return { rank, changes: new Map(changes) };
}

/** Large and worth nothing: quick to make, for tests of time and memory. */
export function bulkyModelFile(folder: string, shape: GptShape): string {
  const path = join(folder, `bulky-${Object.values(shape).join('-')}.onnx`);
  const zeros = gptTensors(shape).map((spec) => [spec.name, new Float32Array(tensorSize(spec))] as const);
  writeFileSync(path, servingGraph(shape, new Map(zeros)));
  return path;
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** A folder for the tests of one file; it goes with them. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-model-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A random model on disk. */
export function modelFile(folder: string, shape = SHAPE, seed = 1): string {
  const path = join(folder, `model-${Object.values(shape).join('-')}-${seed}.onnx`);
  writeFileSync(path, servingGraph(shape, opinionatedWeights(shape, seed)));
  return path;
}

export const loadSession = (path: string, shape = SHAPE): Promise<GptSession> =>
  GptSession.load(path, shape, 1);

export const randomTokens = (count: number, random: RandomStream, vocab = SHAPE.vocab): number[] =>
  Array.from({ length: count }, () => random.integer(vocab));

/** Log-probabilities over the whole vocabulary after a prompt that is read in one go, without any cache. */
export async function logProbabilities(session: GptSession, prompt: readonly number[]): Promise<number[]> {
  const logits = await session.step(new KvCache(session.shape), {
    ids: prompt,
    rows: [prompt.length - 1],
    head: 'full',
  });
  const max = logits.reduce((a, b) => Math.max(a, b));
  const logSum = max + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  return Array.from(logits, (logit) => logit - logSum);
}
