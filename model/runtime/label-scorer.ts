import type { Completion } from '../../protocols/prompt.ts';
import type { GptSession } from './gpt-session.ts';
import type { KvCache } from './kv-cache.ts';
import { LabelTrie } from './label-trie.ts';

/**
 * Tokens read at once while a window fills. Large enough to be cheap, small enough that little is left
 * when the last sample comes.
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
  readonly cache: KvCache;
  readonly pending: number[];
}

/**
 * Probabilities for a closed set of labels. The keys and values of the constant prefix are computed
 * once; each open window has a sequence of its own that is read in chunks as its tokens come.
 *
 * Chunked and one-shot reading give bit-identical scores (fp32, chunks of two rows or more).
 */
export class LabelScorer {
  readonly #session: GptSession;
  readonly #trie: LabelTrie;
  readonly #prefix: KvCache;
  readonly #open = new Map<number, OpenSequence>();
  /** Caches of finished windows, to be used again. */
  readonly #spare: KvCache[] = [];

  private constructor(session: GptSession, trie: LabelTrie, prefix: KvCache) {
    this.#session = session;
    this.#trie = trie;
    this.#prefix = prefix;
  }

  static async create(session: GptSession, { prefix, completions }: ScoringTask): Promise<LabelScorer> {
    const cache = session.newCache();
    await session.step(cache, { ids: prefix, rows: [], head: [] });
    return new LabelScorer(session, new LabelTrie(completions), cache);
  }

  open(sequence: number): void {
    const cache = this.#spare.pop() ?? this.#session.newCache();
    cache.startFrom(this.#prefix);
    this.#open.set(sequence, { cache, pending: [] });
  }

  /** Take tokens in and read as many as make full chunks. */
  async push(sequence: number, tokens: readonly number[]): Promise<void> {
    const { cache, pending } = this.#sequence(sequence);
    pending.push(...tokens);
    while (pending.length >= CHUNK_TOKENS + MIN_CHUNK_TOKENS) {
      await this.#session.step(cache, { ids: pending.splice(0, CHUNK_TOKENS), rows: [], head: [] });
    }
  }

  /** Read what is left together with the label trie. @returns the probability of each completion */
  async score(sequence: number): Promise<Float64Array> {
    const { cache, pending } = this.#sequence(sequence);
    const { rows: trieRows, readRows, headIds } = this.#trie;
    const end = pending.length;
    const logits = await this.#session.step(cache, {
      ids: [...pending, ...trieRows.map(({ token }) => token)],
      positions: [
        ...pending.map((_, i) => cache.tokens + i),
        ...trieRows.map(({ depth }) => cache.tokens + end + depth),
      ],
      sees: (i, j) => (i < end ? j <= i : j < end || this.#isSelfOrAncestor(j - end, i - end)),
      rows: readRows.map((row) => end + row), // -1, the end of the prompt, is the last pending token
      head: headIds,
    });
    this.discard(sequence);
    return this.#trie.probabilities(logits);
  }

  discard(sequence: number): void {
    const open = this.#open.get(sequence);
    if (!open) return;
    this.#open.delete(sequence);
    this.#spare.push(open.cache);
  }

  #isSelfOrAncestor(candidate: number, row: number): boolean {
    let at = row;
    while (at >= 0) {
      if (at === candidate) return true;
      at = this.#trie.rows[at]!.parent;
    }
    return false;
  }

  #sequence(id: number): OpenSequence {
    const open = this.#open.get(id);
    if (!open) throw new Error(`sequence ${id} is not open`);
    return open;
  }
}
