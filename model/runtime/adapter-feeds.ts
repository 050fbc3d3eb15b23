import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { TinyError } from '../../protocols/errors.ts';
import { DOWN_INPUT, UP_INPUT } from '../adapted-linear.ts';
import type { Adapter, LinearLayer } from '../adapter.ts';

export type Feeds = Readonly<Record<string, Tensor>>;

/** A matrix of one column takes another kernel, whose sums depend on the rows beside it: zeros fill up to this. */
const MIN_RANK = 2;

/** The layers whose changes a session takes as inputs; most take none. */
export function layersAdaptedBy({ inputMetadata }: InferenceSession): LinearLayer[] {
  const sizeOf = (input: string, axis: number): number => {
    const found = inputMetadata.find(({ name }) => name === input);
    return found?.isTensor ? Number(found.shape[axis]) : Number.NaN;
  };
  return inputMetadata
    .filter(({ name }) => name.startsWith(DOWN_INPUT))
    .map((input) => {
      const name = input.name.slice(DOWN_INPUT.length);
      return { name, inputs: sizeOf(input.name, 0), outputs: sizeOf(`${UP_INPUT}${name}`, 1) };
    });
}

/** What to feed for an adapter, or for none: zeros for each layer that is not changed. */
export function adapterFeeds(layers: readonly LinearLayer[], adapter?: Adapter): Feeds {
  const changes = adapter?.changes ?? new Map<never, never>();
  const stranger = [...changes.keys()].find((layer) => !layers.some(({ name }) => name === layer));
  if (stranger !== undefined) {
    throw new TinyError(
      `the adapter changes ${stranger}, and the base takes no change of it`,
      'write the base anew with the adapters of all its tasks in view, or train the adapter on other layers',
    );
  }
  const rank = adapter?.rank ?? 1;
  const fed = Math.max(rank, MIN_RANK);
  const feeds: Record<string, Tensor> = {};
  for (const { name, inputs, outputs } of layers) {
    const down = new Float32Array(inputs * fed);
    const up = new Float32Array(fed * outputs);
    const change = adapter?.changes.get(name);
    for (let i = 0; change && i < inputs; i++) {
      down.set(change.down.subarray(i * rank, (i + 1) * rank), i * fed);
    }
    if (change) up.set(change.up);
    feeds[`${DOWN_INPUT}${name}`] = new Tensor('float32', down, [inputs, fed]);
    feeds[`${UP_INPUT}${name}`] = new Tensor('float32', up, [fed, outputs]);
  }
  return feeds;
}
