import type { GptSession } from './gpt-session.ts';
import { KvCache } from './kv-cache.ts';

/** How a model foretells tokens that are there already. */
export interface Likelihood {
  /** (tokens) of each, -ln of its probability after all before it. */
  readonly nats: Float64Array;
  /** (tokens) the same of the most probable token in its place: equal where the token is that one. */
  readonly leastNats: Float64Array;
}

/** A call of the model must have two rows or more, or other kernels round otherwise (quantize.ts). */
const ROWS_HELD_BACK = 2;
/** Logits that are fetched at once: 16 MB. */
const MOST_LOGITS = 4e6;

/**
 * How likely each continuation of a context is, which is read once for all of them.
 *
 * @param context one token or more
 * @param continuations one token or more each; with the context, one token more than the model's context at most, or a
 *   `TinyError` is thrown: the last one is not read
 */
export async function* likelihoods(
  session: GptSession,
  context: readonly number[],
  continuations: readonly (readonly number[])[],
): AsyncGenerator<Likelihood> {
  const shared = Math.max(0, context.length - ROWS_HELD_BACK);
  const longest = continuations.reduce((most, { length }) => Math.max(most, length), 0);
  const cache = new KvCache(session.shape, context.length + longest);
  if (shared > 0) await session.step(cache, { ids: context.slice(0, shared), rows: [], head: [] });
  const before = context.slice(shared);
  for (const continuation of continuations) {
    cache.cutTo(shared);
    yield await likelihood(session, cache, before, continuation);
  }
}

/** @param before the last tokens of the context, which are not in the cache yet */
async function likelihood(
  session: GptSession,
  cache: KvCache,
  before: readonly number[],
  targets: readonly number[],
): Promise<Likelihood> {
  const { vocab } = session.shape;
  const ids = [...before, ...targets.slice(0, -1)];
  const result = { nats: new Float64Array(targets.length), leastNats: new Float64Array(targets.length) };
  const rowsAtOnce = evenRows(MOST_LOGITS / vocab);
  let done = 0;
  for (let at = 0; at < ids.length; at += rowsAtOnce) {
    const part = ids.slice(at, at + rowsAtOnce);
    const rows = [...part.keys()].filter((row) => at + row >= before.length - 1);
    const logits = await session.step(cache, { ids: part, rows, head: 'full' }); // (rows, vocab)
    for (let row = 0; row < rows.length; row++, done++) {
      const scores = logits.subarray(row * vocab, (row + 1) * vocab);
      const { greatest, logSum } = logSumOf(scores);
      result.nats[done] = logSum - scores[targets[done]!]!;
      result.leastNats[done] = logSum - greatest;
    }
  }
  return result;
}

const evenRows = (rows: number): number => 2 * Math.max(1, Math.floor(rows / 2));

/** ln of the summed exponentials, and the greatest of the logits. */
function logSumOf(logits: Float32Array): { greatest: number; logSum: number } {
  let greatest = logits[0]!;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > greatest) greatest = logits[i]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - greatest);
  return { greatest, logSum: greatest + Math.log(sum) };
}
