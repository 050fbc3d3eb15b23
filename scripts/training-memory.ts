/**
 * What `tinyllm pretrain --estimate` says of memory, beside the peak of a whole training (two steps, a validation, a
 * checkpoint) in a process of its own: what the constants in trainer/engines/onnx/onnx-memory.ts are fitted to.
 *
 *   npx tsx scripts/training-memory.ts
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { columns } from '../commandline/columns.ts';
import { sha256 } from '../model/bundle.ts';
import { RandomStream } from '../model/random.ts';
import { type GptShape, parameterCount } from '../model/shape.ts';
import { encodeWeights, initialWeights } from '../model/weights.ts';
import type { CorpusManifest } from '../trainer/corpus/manifest.ts';
import { shardHeader, shardName } from '../trainer/corpus/shards.ts';
import { onnxMemory } from '../trainer/engines/onnx/onnx-memory.ts';
import { pretrain } from '../trainer/engines/onnx/pretraining.ts';
import type { PretrainJobSettings } from '../trainer/engines/pretrain-job.ts';
import { totalBytes } from '../trainer/engines/training-memory.ts';

interface Case {
  readonly shape: GptShape;
  readonly batch: number;
  readonly microBatch: number;
}

const CASES: readonly Case[] = [
  { shape: { layers: 4, width: 128, heads: 4, context: 256, vocab: 4096 }, batch: 4, microBatch: 4 },
  { shape: { layers: 6, width: 384, heads: 6, context: 128, vocab: 4096 }, batch: 4, microBatch: 4 },
  { shape: { layers: 6, width: 384, heads: 6, context: 128, vocab: 4096 }, batch: 8, microBatch: 4 },
  { shape: { layers: 6, width: 384, heads: 6, context: 128, vocab: 50257 }, batch: 2, microBatch: 2 },
];

const settingsOf = ({ shape, batch, microBatch }: Case): PretrainJobSettings => ({
  ...{ steps: 2, context: shape.context, batch, microBatch, evaluateEvery: 2, onlyFirstBatch: false },
  ...{ learningRate: 1e-4, warmupSteps: 0, schedule: { kind: 'cosine' }, weightDecay: 0.1 },
  ...{ beta1: 0.9, beta2: 0.95, clip: 1, outliers: { deviations: 6, window: 128 } },
});

/** Random tokens as a prepared corpus of both splits. */
async function writeCorpus(folder: string, { vocab, context }: GptShape): Promise<void> {
  const random = RandomStream.seeded(1);
  const tokens = Uint16Array.from({ length: 64 * context }, () => random.integer(vocab));
  const bytes = Buffer.concat([shardHeader(tokens.length), Buffer.from(tokens.buffer)]);
  const split = async (name: 'train' | 'val') => {
    await writeFile(join(folder, shardName(name, 0)), bytes);
    const shard = { file: shardName(name, 0), tokens: tokens.length, sha256: sha256(bytes) };
    return { tokens: tokens.length, documents: 1, shards: [shard], sources: [] };
  };
  const manifest: CorpusManifest = {
    ...{ format: 'tinyllm-corpus/1', seed: 1, sources: [], recipe: { name: 'random', sha256: '' } },
    tokenizer: { name: 'none', vocabulary: vocab, endOfText: 0, sha256: '' },
    splits: { train: await split('train'), val: await split('val') },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

/** Trains in this process. @returns its peak, in bytes */
async function peakBytes(one: Case): Promise<number> {
  const { shape, microBatch } = one;
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-memory-'));
  try {
    const initial = join(folder, 'initial.safetensors');
    await writeFile(initial, encodeWeights(shape, initialWeights(shape, RandomStream.seeded(1))));
    await writeCorpus(folder, shape);
    const none = (): void => undefined;
    await pretrain(
      {
        ...{ folder, shape, initial, corpus: folder, tokenizerHash: '', settings: settingsOf(one) },
        ...{ validation: { sequences: microBatch, bytes: 1 }, seed: 1, threads: 1 },
      },
      { started: none, step: none, validated: none, saved: async () => {}, ended: none },
      new AbortController().signal,
    );
    return process.resourceUsage().maxRSS * 1024;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);

const [, , index] = process.argv;
if (index !== undefined) {
  process.send?.(await peakBytes(CASES[Number(index)]!));
  process.disconnect?.();
} else {
  const rows = [['training', 'parameters', 'estimate MB', 'peak MB', 'error']];
  for (const [i, one] of CASES.entries()) {
    const { layers, width, context, vocab } = one.shape;
    const [peak] = (await once(fork(fileURLToPath(import.meta.url), [String(i)]), 'message')) as [number];
    const estimate = totalBytes(onnxMemory(one.shape, settingsOf(one)));
    rows.push([
      `${layers} x ${width}, ${one.batch}/${one.microBatch} x ${context}, ${vocab} tokens`,
      `${(parameterCount(one.shape) / 1e6).toFixed(1)} M`,
      mb(estimate),
      mb(peak),
      `${(100 * (estimate / peak - 1)).toFixed(0)} %`,
    ]);
  }
  console.log(columns(rows));
}
