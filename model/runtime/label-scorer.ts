import type { Completion } from '../../protocols/prompt.ts';
import { CachePool } from './cache-pool.ts';
import type { GptSession } from './gpt-session.ts';
import { KvCache } from './kv-cache.ts';
import { LabelTrie } from './label-trie.ts';

/**
 * Tokens read at once while a window fills. Large enough to be cheap, small enough that little is left
 * when the last sample comes. Even: the kernels of 4-bit and 8-bit blocks take rows in pairs.
 */
const CHUNK_TOKENS = 32;
/** A run of one row takes another matrix kernel with other rounding: never fewer than two rows. */
const MIN_CHUNK_TOKENS = 2;

export interface ScoringTask {
  /** The tokens before every window. */
  readonly prefix: readonly number[];
  readonly completions: readonly Completion[];
}

interface OpenSequence {
  /** Taken when the first chunk is read: a window that has hardly begun holds no memory. */
  cache: KvCache | undefined;
  readonly pending: number[];
  /** The first thing that went wrong; told when the score is asked for. */
  failure: unknown;
}

/**
 * Probabilities for a closed set of labels. The keys and values of the constant prefix are computed
 * once; each open window has a sequence of its own that is read in chunks as its tokens come.
 *
 * Chunked and one-shot reading give bit-identical scores, in every variant (see quantize.ts).
 */
export class LabelScorer {
  readonly #session: GptSession;
  readonly #trie: LabelTrie;
  readonly #prefix: KvCache;
  readonly #caches: CachePool;
  readonly #open = new Map<number, OpenSequence>();

  private constructor(session: GptSession, trie: LabelTrie, prefix: KvCache) {
    this.#session = session;
    this.#trie = trie;
    this.#prefix = prefix;
    this.#caches = new CachePool(session.shape);
  }

  /** Reads the prefix. Throws `TinyError` when it is longer than the model's context. */
  static async create(session: GptSession, { prefix, completions }: ScoringTask): Promise<LabelScorer> {
    const cache = new KvCache(session.shape);
    if (prefix.length > 0) await session.step(cache, { ids: prefix, rows: [], head: [] });
    return new LabelScorer(session, new LabelTrie(completions), cache);
  }

  open(sequence: number): void {
    this.#open.set(sequence, { cache: undefined, pending: [], failure: undefined });
  }

  /** Take tokens in and read as many as make full chunks. Never rejects: what fails is told by `score`. */
  async push(sequence: number, tokens: readonly number[]): Promise<void> {
    const open = this.#open.get(sequence);
    if (!open || open.failure !== undefined) return;
    const { pending } = open;
    for (const token of tokens) pending.push(token);
    try {
      while (pending.length >= CHUNK_TOKENS + MIN_CHUNK_TOKENS) {
        const ids = pending.splice(0, CHUNK_TOKENS);
        await this.#session.step(this.#cacheOf(open), { ids, rows: [], head: [] });
      }
    } catch (error) {
      open.failure = error;
      pending.length = 0;
    }
  }

  /**
   * Read what is left together with the label trie, and end the sequence.
   * Throws `TinyError` when the window is longer than the model's context.
   * @returns the probability of each completion
   */
  async score(sequence: number): Promise<Float64Array> {
    const open = this.#open.get(sequence);
    if (!open) throw new Error(`sequence ${sequence} is not open`);
    try {
      if (open.failure !== undefined) throw open.failure;
      return this.#trie.probabilities(await this.#readToEnd(open));
    } finally {
      this.discard(sequence);
    }
  }

  discard(sequence: number): void {
    const open = this.#open.get(sequence);
    this.#open.delete(sequence);
    if (open?.cache) this.#caches.giveBack(open.cache);
  }

  /** The logits of the trie's branches, row-major (readRows, headIds). */
  async #readToEnd(open: OpenSequence): Promise<Float32Array> {
    const { pending } = open;
    if (pending.length === 0) throw new Error('a window without tokens cannot be scored');
    const cache = this.#cacheOf(open);
    const { rows: trieRows, readRows, headIds } = this.#trie;
    const end = pending.length;
    return this.#session.step(cache, {
      ids: [...pending, ...trieRows.map(({ token }) => token)],
      positions: [
        ...pending.map((_, i) => cache.tokens + i),
        ...trieRows.map(({ depth }) => cache.tokens + end + depth),
      ],
      sees: (i, j) => (i < end ? j <= i : j < end || this.#trie.isSelfOrAncestor(j - end, i - end)),
      rows: readRows.map((row) => end + row), // -1, the end of the prompt, is the last pending token
      head: headIds,
      keep: 0,
    });
  }

  #cacheOf(open: OpenSequence): KvCache {
    if (!open.cache) {
      open.cache = this.#caches.take();
      open.cache.startFrom(this.#prefix);
    }
    return open.cache;
  }
}
