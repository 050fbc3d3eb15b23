import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parameterCount, presetShape } from '../../../model/shape.ts';
import type { ReadyCorpus } from '../../../trainer/corpus/ready-corpus.ts';
import { onnxMemory } from '../../../trainer/engines/onnx/onnx-memory.ts';
import { torchGpuMemory } from '../../../trainer/engines/torch/torch-memory.ts';
import { trainingFlopsPerToken } from '../../../trainer/engines/training-flops.ts';
import { totalBytes } from '../../../trainer/engines/training-memory.ts';
import { checkMemory } from '../../../trainer/stages/check-memory.ts';
import { estimatePretraining } from '../../../trainer/stages/estimate-pretraining.ts';
import { overfitOneBatch } from '../../../trainer/stages/overfit-one-batch.ts';
import { pretrain } from '../../../trainer/stages/pretrain.ts';
import { planPretraining } from '../../../trainer/stages/pretrain-plan.ts';
import { temporaryFolder } from '../../temporary.ts';
import { essay, folderWith, prepared } from '../corpus/corpus-files.ts';
import { tinyCorpus } from '../engines/tiny-pretraining.ts';
import { TOKENS_PER_STEP, tinyRecipe, tinyRun, tinyTrainingOf } from './tiny-foundation.ts';

let corpus: ReadyCorpus;
beforeAll(async () => {
  corpus = await tinyCorpus();
});

const planOf = async (steps = 14, changes: object = {}, folder = corpus.folder) =>
  planPretraining(await tinyRecipe(tinyTrainingOf(steps, changes)), folder);

describe('an estimate', () => {
  it('says what a training takes, and leaves nothing', async () => {
    const out = await temporaryFolder();
    const { run, training } = tinyRun(out);
    const plan = await planOf(20, { microBatch: 4 });
    const estimate = await estimatePretraining(plan, training, run);
    const { shape } = plan;
    expect(estimate).toMatchObject({
      shape,
      parameters: parameterCount(shape),
      steps: 20,
      tokens: 20 * TOKENS_PER_STEP,
    });
    expect(estimate.flops).toBe(trainingFlopsPerToken(shape) * estimate.tokens);
    expect(estimate.memory.total).toBe(totalBytes(onnxMemory(shape, plan.settings)));
    // Four validations of seven sequences are a tenth of it.
    const trainingS = estimate.tokens / estimate.tokensPerS;
    expect(estimate.seconds / trainingS).toBeCloseTo(1 + (4 * 7 * 24) / 3 / estimate.tokens, 9);
    expect(readdirSync(out)).toEqual([]);
  });

  it('counts six operations a weight, and attention', () => {
    // By hand for one layer of 64: 12 x 64^2 of matrices, 13 x 64 of biases and gains, 2 x 64 at the end, 100 x 64 of tokens.
    const shape = { layers: 1, width: 64, heads: 1, context: 16, vocab: 100 };
    expect(trainingFlopsPerToken(shape)).toBe(6 * (12 * 64 ** 2 + 15 * 64 + 100 * 64) + 12 * 64 * 16);
  });

  it.each([onnxMemory, torchGpuMemory])('grows with the micro batch by its activations alone', (memoryOf) => {
    const shape = { ...presetShape(6), context: 256 };
    const of = (microBatch: number) => memoryOf(shape, { context: 256, batch: 8, microBatch });
    const [two, four] = [of(2), of(4)];
    expect({ ...four, activations: two.activations }).toEqual(two);
    expect(four.activations / two.activations).toBeGreaterThan(1.4);
    expect(two.parameters).toBeGreaterThanOrEqual(16 * parameterCount(shape));
  });

  it('refuses what does not fit, and names the micro batch that does', async () => {
    const plan = await planOf(14, { batch: 64, tokens: 64 * 24 * 14 });
    const needed = (microBatch: number) =>
      totalBytes(onnxMemory(plan.shape, { ...plan.settings, microBatch }));
    const freeBytes = needed(16) + 1000;
    await expect(checkMemory(plan, 'onnx', freeBytes)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^pretrain\.microBatch: 64 sequences at once need 0\.\d\d GB, and 0\.\d\d GB are free$/,
      ),
      hint: expect.stringContaining('set pretrain.microBatch: 16;'),
      exitCode: 78,
    });
    expect(await checkMemory(plan, 'onnx', needed(64))).toBe(needed(64));
    await expect(checkMemory(plan, 'onnx', 1e6)).rejects.toMatchObject({
      hint: expect.stringContaining('not even one sequence fits'),
    });
  });
});

describe('one batch', () => {
  it('is learnt by heart, and the folder keeps the log alone', async () => {
    const out = await temporaryFolder();
    const { run, training } = tinyRun(out);
    const plan = await planOf(14, { learningRate: 0.02, microBatch: 2 });
    const { isLearnt, lossNats, curve, folder } = await overfitOneBatch(plan, 300, training, run);
    expect(isLearnt).toBe(true);
    expect(lossNats).toBeLessThan(0.1);
    expect(curve[0]!.lossNats).toBeGreaterThan(4);
    expect(curve.length).toBeLessThan(300);
    expect(folder).toBe(join(out, 'overfit-one-batch'));
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('is not learnt in a few steps', async () => {
    const { run, training } = tinyRun(await temporaryFolder());
    const { isLearnt, curve } = await overfitOneBatch(await planOf(), 5, training, run);
    expect(isLearnt).toBe(false);
    expect(curve.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a training that does not converge', () => {
  it('is said to diverge, once, also when it was interrupted', async () => {
    const out = await temporaryFolder();
    const plan = await planOf(60, { learningRate: 1, outliers: { window: 64 } });
    const first = tinyRun(out, ({ step }, stop) => step === 33 && stop());
    await expect(pretrain(plan, first.training, first.run)).rejects.toThrow('stopped');
    const said = (notes: readonly string[]) => notes.filter((line) => line.includes('it diverges'));
    expect(said(first.notes)).toHaveLength(1);
    const { run, training, notes } = tinyRun(out);
    const { troubles } = await pretrain(plan, training, run);
    expect(said(notes)).toEqual([]);
    expect(troubles.map(({ kind }) => kind)).toEqual(['diverges']);
  });

  it('is said to overfit when the corpus is small', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => JSON.stringify({ text: essay(i * 7, 20) }));
    const small = await prepared(folderWith({ 'rows.jsonl': `${rows.join('\n')}\n` }), {
      sources: [{ name: 'rows', format: 'jsonl', path: 'rows.jsonl' }],
      tokenizer: { vocabulary: 330, sampleMb: 1 },
      validation: 0.3,
    });
    const { run, training } = tinyRun(await temporaryFolder());
    const plan = await planOf(200, { learningRate: 0.02, evaluateEvery: 10 }, small.folder);
    const { troubles } = await pretrain(plan, training, run);
    expect(troubles.map(({ kind }) => kind)).toContain('overfits');
  });
});
