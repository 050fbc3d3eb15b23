import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { servingGraph } from '../../model/serving-graph.ts';
import type { GptShape } from '../../model/shape.ts';
import { initialWeights } from '../../model/weights.ts';
import { goldenShape, goldenSize, readGolden, relativeError } from '../fixtures/golden-gradients/read.ts';

interface Call {
  readonly ids: readonly number[];
  readonly rows: readonly number[];
  readonly headIds: readonly number[] | 'all';
}

/** One sample fed in calls, as a runtime would: keys and values are collected between them. */
class Conversation {
  readonly #session: InferenceSession;
  readonly #shape: GptShape;
  #past = 0;
  readonly #cache: Float32Array[];

  constructor(session: InferenceSession, shape: GptShape) {
    this.#session = session;
    this.#shape = shape;
    this.#cache = Array.from(
      { length: 2 * shape.layers },
      () => new Float32Array(shape.context * shape.width),
    );
  }

  async feed({ ids, rows, headIds }: Call): Promise<Float32Array> {
    const { layers, width } = this.#shape;
    const past = this.#past;
    const total = past + ids.length;
    const int64 = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values.map(BigInt)), [values.length]);
    const mask = Uint8Array.from({ length: ids.length * total }, (_, i) =>
      i % total <= past + Math.floor(i / total) ? 1 : 0,
    );
    const feeds: Record<string, Tensor> = {
      ids: int64(ids),
      positions: int64(ids.map((_, i) => past + i)),
      mask: new Tensor('bool', mask, [ids.length, total]),
      rows: int64(rows),
      head_ids: int64(headIds === 'all' ? [] : headIds),
      full_head: new Tensor('bool', Uint8Array.of(headIds === 'all' ? 1 : 0), []),
    };
    const names = ['key', 'value'].flatMap((kind) =>
      Array.from({ length: layers }, (_, l) => `${kind}.${l}`),
    );
    names.forEach((name, i) => {
      feeds[`past_${name}`] = new Tensor('float32', this.#cache[i]!.subarray(0, past * width), [past, width]);
    });
    const results = await this.#session.run(feeds);
    names.forEach((name, i) => {
      expect(results[name]!.dims).toEqual([ids.length, width]);
      this.#cache[i]!.set(results[name]!.data as Float32Array, past * width);
    });
    this.#past = total;
    const { logits } = results;
    expect(logits!.dims).toEqual([rows.length, headIds === 'all' ? this.#shape.vocab : headIds.length]);
    return logits!.data as Float32Array;
  }
}

const open = (model: Uint8Array) =>
  InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });

describe('the serving graph against PyTorch', () => {
  const golden = readGolden();
  const ids = [...golden.batch.ids.subarray(0, goldenSize.tokens)];
  const expected = golden.floats('logits');
  let session: InferenceSession;
  beforeAll(async () => {
    session = await open(servingGraph(goldenShape, golden.weights));
  });
  afterAll(() => session.release());

  it('gives the same logits at every row, over the whole vocabulary', async () => {
    const logits = await new Conversation(session, goldenShape).feed({
      ids,
      rows: ids.map((_, i) => i),
      headIds: 'all',
    });
    expect(relativeError(logits, expected)).toBeLessThan(1e-6);
  });

  it('gives the chosen rows and labels only', async () => {
    const headIds = [63, 0, 17];
    const rows = [9, 2];
    const logits = await new Conversation(session, goldenShape).feed({ ids, rows, headIds });
    const wanted = rows.flatMap((row) => headIds.map((id) => expected[row * goldenShape.vocab + id]!));
    expect(relativeError(logits, wanted)).toBeLessThan(1e-6);
  });

  it('goes on token by token, as generation does', async () => {
    const conversation = new Conversation(session, goldenShape);
    for (const [row, id] of ids.entries()) {
      const logits = await conversation.feed({ ids: [id], rows: [0], headIds: 'all' });
      const { vocab } = goldenShape;
      expect(relativeError(logits, expected.subarray(row * vocab, (row + 1) * vocab))).toBeLessThan(1e-6);
    }
  });

  it('takes a call that reads no row', async () => {
    const conversation = new Conversation(session, goldenShape);
    expect(await conversation.feed({ ids: ids.slice(0, 6), rows: [], headIds: [] })).toHaveLength(0);
    const last = await conversation.feed({ ids: ids.slice(6), rows: [3], headIds: 'all' });
    expect(relativeError(last, expected.subarray(9 * goldenShape.vocab))).toBeLessThan(1e-6);
  });
});

describe('chunked feeding', () => {
  const shape: GptShape = { layers: 3, width: 96, heads: 3, context: 256, vocab: 300 };
  const tokens = 180;
  const random = RandomStream.seeded(5);
  const ids = Array.from({ length: tokens }, () => random.integer(shape.vocab));
  const headIds = [4, 99, 250, 7, 11];
  let session: InferenceSession;
  beforeAll(async () => {
    session = await open(servingGraph(shape, initialWeights(shape, random)));
  });
  afterAll(() => session.release());

  /** Reads the last row of the last call. */
  async function scores(chunks: readonly number[], extraRows: readonly number[] = []): Promise<number[]> {
    const conversation = new Conversation(session, shape);
    let fed = 0;
    for (const size of chunks.slice(0, -1)) {
      await conversation.feed({ ids: ids.slice(fed, fed + size), rows: [], headIds });
      fed += size;
    }
    const last = chunks.at(-1)!;
    expect(fed + last).toBe(tokens);
    const logits = await conversation.feed({ ids: ids.slice(fed), rows: [last - 1, ...extraRows], headIds });
    return [...logits.subarray(0, headIds.length)];
  }

  it.each([
    [[64, 64, 44, 8]],
    [[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 20]],
    [new Array(90).fill(2)],
    [[178, 2]],
  ])('scores %j bit for bit as one shot does', async (chunks) => {
    expect(await scores(chunks)).toEqual(await scores([tokens]));
  });

  it('scores a row the same whatever other rows are read', async () => {
    expect(await scores([tokens], [3, 100, 42])).toEqual(await scores([tokens]));
  });
});
