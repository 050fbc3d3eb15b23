import { RandomStream } from '../random.ts';
import type { GptSession } from './gpt-session.ts';
import { KvCache } from './kv-cache.ts';
import { type SamplingOptions, sampleToken } from './sampling.ts';

export interface GenerationOptions extends SamplingOptions {
  readonly maxTokens: number;
  readonly seed: number;
  /** Generation ends when this token is drawn; it is not returned. */
  readonly stopToken: number;
}

/**
 * Continue a prompt token by token, greedily or by sampling, at the longest until the context is full.
 * The prompt has at least one token. Throws `TinyError` when it is longer than the context.
 */
export async function* generate(
  session: GptSession,
  prompt: readonly number[],
  options: GenerationOptions,
): AsyncGenerator<number> {
  const random = RandomStream.seeded(options.seed).fork('generate');
  const cache = new KvCache(session.shape);
  let ids = prompt;
  for (let drawn = 0; drawn < options.maxTokens; drawn++) {
    const isFull = cache.tokens === session.shape.context;
    if (isFull) return;
    const logits = await session.step(cache, { ids, rows: [ids.length - 1], head: 'full' });
    const token = sampleToken(logits, options, random);
    if (token === options.stopToken) return;
    yield token;
    ids = [token];
  }
}
