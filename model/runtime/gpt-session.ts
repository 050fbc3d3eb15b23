import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TinyError } from '../../protocols/errors.ts';
import type { Adapter } from '../adapter.ts';
import type { GptShape } from '../shape.ts';
import { adapterFeeds, type Feeds, layersAdaptedBy } from './adapter-feeds.ts';
import { type Device, noDevice, onDevice } from './device.ts';
import { exactIntegerProducts } from './integer-products.ts';
import type { KvCache } from './kv-cache.ts';
import { YoungGarbage } from './young-garbage.ts';

export interface StepInput {
  /** Tokens to read now, after those in the cache. */
  readonly ids: readonly number[];
  /** Their positions; by default they follow the cache. Differ for the rows of a label trie. */
  readonly positions?: readonly number[];
  /** May row `i` attend to row `j` of `ids`? By default every row sees itself and those before it. */
  readonly sees?: (i: number, j: number) => boolean;
  /** Rows of `ids` whose logits are wanted; none gives empty logits. */
  readonly rows: readonly number[];
  /** Vocabulary rows of the head, or the whole vocabulary. */
  readonly head: readonly number[] | 'full';
  /** Append only the keys and values of the first `keep` tokens to the cache; by default of all. */
  readonly keep?: number;
}

/** The serving graph in ONNX Runtime, on the thread that calls it: one step reads tokens and appends to a cache. */
export class GptSession {
  readonly shape: GptShape;
  readonly #session: InferenceSession;
  /** The same in every step. */
  readonly #adapter: Feeds;
  readonly #outputs = new YoungGarbage();

  private constructor(shape: GptShape, session: InferenceSession, adapter: Feeds) {
    this.shape = shape;
    this.#session = session;
    this.#adapter = adapter;
  }

  /** Throws `TinyError` when the file is not a model that this ONNX Runtime can run. */
  static async load(
    path: string,
    shape: GptShape,
    threads: number,
    device: Device = 'cpu',
  ): Promise<GptSession> {
    const session = await InferenceSession.create(path, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      ...exactIntegerProducts(),
      ...onDevice(device),
      logSeverityLevel: 4, // errors come as exceptions; printed as well they would tear the progress bar
    }).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw (
        noDevice(device, reason) ??
        new TinyError(`ONNX Runtime cannot load ${path}: ${reason}`, checkBundle, { cause })
      );
    });
    if (!takesCachesOf(shape, session)) {
      await session.release();
      const wanted = `${shape.layers} layers of width ${shape.width}`;
      throw new TinyError(`${path} is not a serving graph of ${wanted}`, checkBundle);
    }
    return new GptSession(shape, session, adapterFeeds(layersAdaptedBy(session)));
  }

  /**
   * The same model, its weights shared, with an adapter in all its steps; without one it is the base as it is. It ends with the
   * session that it was made from. Throws `TinyError` when the adapter changes a layer whose changes the graph does not take.
   */
  adapted(adapter?: Adapter): GptSession {
    const feeds = adapterFeeds(layersAdaptedBy(this.#session), adapter);
    return new GptSession(this.shape, this.#session, feeds);
  }

  /**
   * Read tokens, append their keys and values to the cache, and return the logits of the wanted rows,
   * row-major (rows, head). Throws `TinyError` when the sequence outgrows the model's context.
   */
  async step(cache: KvCache, input: StepInput): Promise<Float32Array> {
    const { ids, rows, head } = input;
    const past = cache.tokens;
    const positions = input.positions ?? ids.map((_, i) => past + i);
    if (positions.some((position) => position >= this.shape.context)) {
      throw new TinyError(
        `the prompt is longer than the model's context of ${this.shape.context} tokens`,
        'give a shorter prompt or window',
      );
    }
    const feeds: Record<string, Tensor> = {
      ...this.#adapter,
      ids: int64(ids),
      positions: int64(positions),
      mask: attentionMask(ids.length, past, input.sees),
      rows: int64(rows),
      head_ids: int64(head === 'full' ? [] : head),
      full_head: new Tensor('bool', [head === 'full'], []),
    };
    const { layers, width } = this.shape;
    for (let layer = 0; layer < layers; layer++) {
      feeds[`past_key.${layer}`] = new Tensor('float32', cache.keys(layer), [past, width]);
      feeds[`past_value.${layer}`] = new Tensor('float32', cache.values(layer), [past, width]);
    }
    const outputs = await this.#session.run(feeds);
    const keep = input.keep ?? ids.length;
    const kept = (name: string) => (outputs[name]!.data as Float32Array).subarray(0, keep * width);
    cache.append(keep, (layer) => ({ keys: kept(`key.${layer}`), values: kept(`value.${layer}`) }));
    for (const { data } of Object.values(outputs)) this.#outputs.add((data as Float32Array).byteLength);
    return outputs.logits!.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

const checkBundle = 'check the bundle with `tinyllm verify --bundle DIR`';

/** Are the graph's cache inputs those of this shape, layer for layer? */
function takesCachesOf({ layers, width }: GptShape, session: InferenceSession): boolean {
  const pasts = session.inputMetadata.filter(({ name }) => name.startsWith('past_key.'));
  return pasts.length === layers && pasts.every((past) => past.isTensor && past.shape[1] === width);
}

const int64 = (numbers: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(numbers, BigInt), [numbers.length]);

/** bool (rows, past + rows), true where a row attends. Every row sees the whole past. */
function attentionMask(rows: number, past: number, sees: StepInput['sees']): Tensor {
  const columns = past + rows;
  const mask = new Uint8Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    mask.fill(1, i * columns, i * columns + past);
    for (let j = 0; j < rows; j++) {
      if (sees ? sees(i, j) : j <= i) mask[i * columns + past + j] = 1;
    }
  }
  return new Tensor('bool', mask, [rows, columns]);
}
