import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { servingGraph } from '../../../../model/serving-graph.ts';
import type { GptShape } from '../../../../model/shape.ts';
import { gptTensors, initialWeights } from '../../../../model/weights.ts';
import {
  CHECKPOINT_FORMAT,
  readCheckpoint,
  writeCheckpoint,
} from '../../../../trainer/engines/checkpoint.ts';
import type { TrainingOptions } from '../../../../trainer/engines/onnx/training-options.ts';
import { type TrainingBatch, TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import { relativeError } from '../../../fixtures/golden-gradients/read.ts';

const shape: GptShape = { layers: 2, width: 32, heads: 2, context: 16, vocab: 40 };
const size = { batch: 4, tokens: 12, lossPositions: 2 };
const settings = {
  lr: 3e-3,
  beta1: 0.9,
  beta2: 0.99,
  weightDecay: 0.05,
  clip: 1,
  eps: 1e-8,
  averageRate: 0.1,
};

const dropout = { rate: 0.3, seed: 8 };

/** Samples to learn: after the mark 39, repeat the first token. */
function copyTask(random: RandomStream): TrainingBatch {
  const { batch, tokens, lossPositions } = size;
  const ids = Int32Array.from({ length: batch * tokens }, () => random.integer(8));
  const lossRows = new Int32Array(batch * lossPositions);
  const targets = new Int32Array(batch * lossPositions);
  const weight = new Float32Array(batch * lossPositions);
  for (let b = 0; b < batch; b++) {
    const end = b * tokens + tokens - 1 - random.integer(3);
    ids[end] = 39;
    lossRows.fill(end, b * lossPositions, (b + 1) * lossPositions);
    targets.fill(ids[b * tokens]!, b * lossPositions, (b + 1) * lossPositions);
    weight[b * lossPositions] = 1;
  }
  return { ids, lossRows, targets, weight };
}

const sessions: TrainingSession[] = [];
async function open(seed: number, options: Partial<TrainingOptions> = {}): Promise<TrainingSession> {
  const weights = initialWeights(shape, RandomStream.seeded(seed));
  const session = await TrainingSession.create({ shape, ...size, weights, ...options });
  sessions.push(session);
  return session;
}
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.release();
});

async function train(session: TrainingSession, from: number, to: number): Promise<number> {
  let lossNats = Number.NaN;
  for (let step = from; step < to; step++) {
    ({ lossNats } = await session.step(copyTask(RandomStream.seeded(4).fork('step', step)), settings));
  }
  return lossNats;
}

describe('TrainingSession', () => {
  it.each<Partial<TrainingOptions>>([{}, { labelSmoothing: 0.1 }, { dropout }])(
    'has the gradient that finite differences give, with %j',
    async (options) => {
      const session = await open(1, options);
      await train(session, 0, 5); // away from the symmetric start
      const batch = copyTask(RandomStream.seeded(5));
      await session.forwardBackward(batch);
      const gradients = new Map(
        [...session.parameters.views('gradient')].map(([name, g]) => [name, g.slice()]),
      );
      const weights = session.parameters.views('weights');
      const lossAt = async (name: string, index: number, value: number) => {
        weights.get(name)![index] = value;
        return (await session.forwardBackward(batch)).lossNats;
      };
      for (const { name } of gptTensors(shape)) {
        const gradient = gradients.get(name)!;
        const steepest = gradient.reduce(
          (best, g, i) => (Math.abs(g) > Math.abs(gradient[best]!) ? i : best),
          0,
        );
        for (const index of [steepest, RandomStream.seeded(6).fork(name).integer(gradient.length)]) {
          const before = weights.get(name)![index]!;
          const h = 2e-2;
          const slope =
            ((await lossAt(name, index, before + h)) - (await lossAt(name, index, before - h))) / (2 * h);
          weights.get(name)![index] = before;
          // Rounding of the float32 loss over 2h, and the third derivative.
          const tolerance = 1e-4 + 0.01 * Math.abs(gradient[steepest]!);
          expect(Math.abs(slope - gradient[index]!), `${name}[${index}]`).toBeLessThan(tolerance);
        }
      }
    },
  );

  it('learns to copy', async () => {
    const session = await open(1);
    const before = await train(session, 0, 1);
    const after = await train(session, 1, 400);
    expect(before).toBeGreaterThan(3);
    expect(after).toBeLessThan(0.3);
  });

  it('ends with bitwise the same weights from the same start', async () => {
    const [a, b] = [await open(1), await open(1)];
    await train(a, 0, 10);
    await train(b, 0, 10);
    expect(a.modelState()).toEqual(b.modelState());
  });

  it('drops other features after each update, and none when scoring', async () => {
    const session = await open(1, { dropout });
    const batch = copyTask(RandomStream.seeded(5));
    const lossOf = async () => (await session.forwardBackward(batch)).lossNats;
    const first = await lossOf();
    expect(await lossOf()).toBe(first);
    session.update({ ...settings, lr: 0 });
    expect(await lossOf()).not.toBe(first);

    const headIds = Int32Array.of(0, 1, 2);
    const plain = await open(1);
    const scored = { ids: batch.ids, rows: batch.lossRows, headIds };
    expect(await session.logits(scored)).toEqual(await plain.logits(scored));
  });

  it('ignores the target and row of a position of weight zero', async () => {
    const session = await open(1);
    const batch = copyTask(RandomStream.seeded(5));
    await session.forwardBackward(batch);
    const gradient = session.parameters.views('gradient').get('h.0.attn.c_attn.weight')!.slice();
    const other = { ...batch, targets: batch.targets.slice(), lossRows: batch.lossRows.slice() };
    batch.weight.forEach((w, i) => {
      if (w > 0) return;
      other.targets[i] = 17;
      other.lossRows[i] = Math.floor(i / size.lossPositions) * size.tokens;
    });
    await session.forwardBackward(other);
    expect(
      relativeError(session.parameters.views('gradient').get('h.0.attn.c_attn.weight')!, gradient),
    ).toBeLessThan(1e-6);
  });

  it.each(['weights', 'average'] as const)('scores with the %s as the serving graph does', async (role) => {
    const session = await open(1);
    await train(session, 0, 10);
    const { ids, lossRows } = copyTask(RandomStream.seeded(5));
    const headIds = Int32Array.of(3, 0, 7, 39);
    const rows = lossRows.filter((_, i) => i % size.lossPositions === 0);
    const logits = await session.logits({ ids, rows, headIds }, role);

    const serving = await InferenceSession.create(servingGraph(shape, session.parameters.views(role)), {
      intraOpNumThreads: 1,
    });
    const { tokens } = size;
    const int64 = (values: Iterable<number>) => BigInt64Array.from([...values].map(BigInt));
    const causal = Uint8Array.from({ length: tokens * tokens }, (_, i) =>
      i % tokens <= Math.floor(i / tokens) ? 1 : 0,
    );
    for (let b = 0; b < size.batch; b++) {
      const feeds: Record<string, Tensor> = {
        ids: new Tensor('int64', int64(ids.subarray(b * tokens, (b + 1) * tokens)), [tokens]),
        positions: new Tensor('int64', int64(Array.from({ length: tokens }, (_, i) => i)), [tokens]),
        mask: new Tensor('bool', causal, [tokens, tokens]),
        rows: new Tensor('int64', int64([rows[b]! - b * tokens]), [1]),
        head_ids: new Tensor('int64', int64(headIds), [headIds.length]),
        full_head: new Tensor('bool', Uint8Array.of(0), []),
      };
      for (let l = 0; l < shape.layers; l++) {
        for (const kind of ['key', 'value']) {
          feeds[`past_${kind}.${l}`] = new Tensor('float32', new Float32Array(), [0, shape.width]);
        }
      }
      const served = (await serving.run(feeds)).logits!.data as Float32Array;
      const own = logits.subarray(b * headIds.length, (b + 1) * headIds.length);
      expect(relativeError(own, served)).toBeLessThan(1e-5);
    }
    await serving.release();
  });

  it('scores another number of samples than it trains on', async () => {
    const session = await open(1);
    const { ids, lossRows } = copyTask(RandomStream.seeded(5));
    const headIds = Int32Array.of(1, 2);
    const all = await session.logits({ ids, rows: lossRows, headIds });
    const first = await session.logits({
      ids: ids.subarray(0, size.tokens),
      rows: lossRows.subarray(0, size.lossPositions),
      headIds,
    });
    expect(relativeError(first, all.subarray(0, first.length))).toBeLessThan(1e-6);
  });

  it('gives the same gradient for longer padding, and none to positions out of use', async () => {
    const session = await open(1);
    const batch = copyTask(RandomStream.seeded(5));
    const gradientOf = async (b: TrainingBatch) => {
      await session.forwardBackward(b);
      return new Map([...session.parameters.views('gradient')].map(([name, g]) => [name, g.slice()]));
    };
    const expected = await gradientOf(batch);
    const tokens = size.tokens + 3;
    const padded = new Int32Array(size.batch * tokens);
    const move = (row: number) => Math.floor(row / size.tokens) * tokens + (row % size.tokens);
    batch.ids.forEach((id, row) => {
      padded[move(row)] = id;
    });
    const longer = { ...batch, tokens, ids: padded, lossRows: batch.lossRows.map(move) };
    for (const [name, gradient] of await gradientOf(longer)) {
      expect(relativeError(gradient, expected.get(name)!), name).toBeLessThan(1e-5);
    }
    // A batch that does use the further positions must leave nothing behind.
    const lastRows = longer.lossRows.map((row) => Math.floor(row / tokens) * tokens + tokens - 1);
    const used = (await gradientOf({ ...longer, lossRows: lastRows })).get('wpe.weight')!;
    expect(used.subarray(size.tokens * shape.width).some((g) => g !== 0)).toBe(true);
    const again = await gradientOf(batch);
    expect(again).toEqual(expected);
    expect(
      again
        .get('wpe.weight')!
        .subarray(size.tokens * shape.width)
        .every((g) => g === 0),
    ).toBe(true);
  });

  it('refuses a batch that does not fit together', async () => {
    const session = await open(1);
    const batch = copyTask(RandomStream.seeded(5));
    const cases: [Partial<TrainingBatch>, RegExp][] = [
      [{ ids: batch.ids.subarray(1) }, /47 ids/],
      [{ lossRows: batch.lossRows.toReversed() }, /not of sample 0/],
      [{ ids: batch.ids.map(() => shape.vocab) }, /token 40/],
      [{ targets: batch.targets.map(() => -1) }, /token -1/],
      [{ weight: batch.weight.map(() => 0) }, /positive weight/],
    ];
    for (const [change, message] of cases) {
      await expect(session.forwardBackward({ ...batch, ...change })).rejects.toThrow(message);
    }
  });
});

describe('a checkpoint', () => {
  it('continues bitwise as if nothing had happened', async () => {
    const unbroken = await open(1, { dropout });
    await train(unbroken, 0, 12);

    const first = await open(1, { dropout });
    await train(first, 0, 7);
    const parent = await mkdtemp(join(tmpdir(), 'tinyllm-'));
    const folder = join(parent, 'last');
    await writeCheckpoint(folder, {
      ...first.modelState(),
      state: {
        format: CHECKPOINT_FORMAT,
        step: first.stepsDone,
        seed: 4,
        dataCursor: 7 * size.batch,
        shape,
        tokenizerHash: 'none',
      },
    });

    const second = await open(99, { dropout });
    const checkpoint = await readCheckpoint(folder);
    second.restore(checkpoint, checkpoint.state.step);
    await train(second, second.stepsDone, 12);
    expect(second.modelState()).toEqual(unbroken.modelState());
    await rm(parent, { recursive: true });
  });
});
