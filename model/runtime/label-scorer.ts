import type { Completion, PromptWriter, WindowLength } from '../../protocols/prompt.ts';
import { CachePool } from './cache-pool.ts';
import { type ChunkPlan, chunkPlan, MIN_RUN_TOKENS, type Progress } from './chunk-plan.ts';
import type { GptSession } from './gpt-session.ts';
import { KvCache } from './kv-cache.ts';
import { LabelTrie } from './label-trie.ts';

export interface ScoringTask {
  /** The tokens before every window. */
  readonly prefix: readonly number[];
  readonly completions: readonly Completion[];
  /** Where it is known. It decides when what is read, never the answer. */
  readonly windowLength?: WindowLength | undefined;
}

/** What a scorer has to know of a task's prompts. */
export const scoringTask = ({ prefix, completions, windowLength }: PromptWriter): ScoringTask => ({
  prefix,
  completions,
  windowLength,
});

interface OpenSequence {
  /** Taken when the first chunk is read: a window that has hardly begun holds no memory. */
  cache: KvCache | undefined;
  /** All that came. */
  readonly tokens: number[];
  /** How many of them are in the cache. */
  read: number;
  /** Whether these are all tokens. */
  isComplete: boolean;
  /** The first thing that went wrong; told when the score is asked for. */
  failure: unknown;
}

/**
 * Probabilities for a closed set of labels. The keys and values of the constant prefix are computed
 * once; each open window has a sequence of its own that is read in chunks as its tokens come, one run of the model at a
 * time: whoever calls decides whose turn it is.
 *
 * Chunked and one-shot reading give bit-identical scores, in every variant (see quantize.ts).
 */
export class LabelScorer {
  readonly #session: GptSession;
  readonly #trie: LabelTrie;
  readonly #prefix: KvCache;
  readonly #plan: ChunkPlan;
  readonly #caches: CachePool;
  readonly #open = new Map<number, OpenSequence>();
  /** Rows computed since the start, those of the label tries included. */
  rows = 0;

  private constructor(session: GptSession, task: ScoringTask, prefix: KvCache) {
    this.#session = session;
    this.#trie = new LabelTrie(task.completions);
    this.#prefix = prefix;
    const { windowLength } = task;
    this.#plan = chunkPlan(session.shape, windowLength);
    this.#caches = new CachePool(session.shape, windowLength && prefix.tokens + windowLength.tokens);
  }

  /** Reads the prefix. Throws `TinyError` when it is longer than the model's context. */
  static async create(session: GptSession, task: ScoringTask): Promise<LabelScorer> {
    const cache = new KvCache(session.shape, task.prefix.length);
    if (task.prefix.length > 0) await session.step(cache, { ids: task.prefix, rows: [], head: [] });
    return new LabelScorer(session, task, cache);
  }

  open(sequence: number): void {
    this.#open.set(sequence, {
      cache: undefined,
      tokens: [],
      read: 0,
      isComplete: false,
      failure: undefined,
    });
  }

  push(sequence: number, tokens: readonly number[]): void {
    const open = this.#open.get(sequence);
    if (!open) return;
    for (const token of tokens) open.tokens.push(token);
  }

  /** These were all tokens: what is left can be read at once. Throws when the sequence is not open. */
  complete(sequence: number): void {
    this.#opened(sequence).isComplete = true;
  }

  /** Whether a sequence is open that still gets tokens. */
  get isFilling(): boolean {
    for (const { isComplete } of this.#open.values()) if (!isComplete) return true;
    return false;
  }

  /** The sequences of which a chunk can be read, and how many tokens each still has to get; 0 where that is not known. */
  *readable(): Generator<{ sequence: number; toCome: number }> {
    for (const [sequence, open] of this.#open) {
      if (this.#chunkOf(open, true) > 0) yield { sequence, toCome: this.#plan.toCome(progressOf(open)) };
    }
  }

  /** Rows between a sequence and its answer. */
  rowsLeft(sequence: number): number {
    const { tokens, read } = this.#opened(sequence);
    return tokens.length - read + this.#trie.rows.length;
  }

  /** Read the next chunk, if there is one. One run of the model. Never rejects: what fails is told with the answer. */
  async read(sequence: number, othersFill = true): Promise<void> {
    const open = this.#open.get(sequence);
    const size = open ? this.#chunkOf(open, othersFill) : 0;
    if (!open || size === 0) return;
    const ids = open.tokens.slice(open.read, open.read + size);
    try {
      await this.#session.step(this.#cacheOf(open), { ids, rows: [], head: [] });
      open.read += size;
      this.rows += size;
    } catch (error) {
      open.failure = error;
    }
  }

  /**
   * One run of the model towards the answer of a complete sequence: a chunk, or the rest together with the label trie, which
   * ends the sequence. Throws `TinyError` when the window is longer than the model's context.
   *
   * @param othersFill whether windows still fill, of this task or another; the run is short then
   * @returns the probability of each completion, or undefined while there is more to read
   */
  async advance(sequence: number, othersFill = this.isFilling): Promise<Float64Array | undefined> {
    const open = this.#opened(sequence);
    if (this.#chunkOf(open, othersFill) > 0) await this.read(sequence, othersFill);
    else {
      try {
        if (open.failure !== undefined) throw open.failure;
        return this.#trie.probabilities(await this.#readToEnd(open));
      } finally {
        this.discard(sequence);
      }
    }
    return undefined;
  }

  /** Read all that is left, and end the sequence. See `advance`. */
  async score(sequence: number): Promise<Float64Array> {
    this.complete(sequence);
    for (;;) {
      const probabilities = await this.advance(sequence);
      if (probabilities) return probabilities;
    }
  }

  /** Not while the sequence is being read. */
  discard(sequence: number): void {
    const open = this.#open.get(sequence);
    this.#open.delete(sequence);
    if (open?.cache) this.#caches.giveBack(open.cache);
  }

  #opened(sequence: number): OpenSequence {
    const open = this.#open.get(sequence);
    if (!open) throw new Error(`sequence ${sequence} is not open`);
    return open;
  }

  #chunkOf(open: OpenSequence, othersFill: boolean): number {
    return open.failure === undefined ? this.#plan.chunk({ ...progressOf(open), othersFill }) : 0;
  }

  /** The logits of the trie's branches, row-major (readRows, headIds). */
  async #readToEnd(open: OpenSequence): Promise<Float32Array> {
    if (open.tokens.length === 0) throw new Error('a window without tokens cannot be scored');
    const cache = this.#cacheOf(open);
    if (open.read > open.tokens.length - MIN_RUN_TOKENS) stepBack(open, cache);
    const left = open.tokens.slice(open.read);
    const { rows: trieRows, readRows, headIds } = this.#trie;
    const end = left.length;
    this.rows += end + trieRows.length;
    return this.#session.step(cache, {
      ids: [...left, ...trieRows.map(({ token }) => token)],
      positions: [
        ...left.map((_, i) => cache.tokens + i),
        ...trieRows.map(({ depth }) => cache.tokens + end + depth),
      ],
      sees: (i, j) => (i < end ? j <= i : j < end || this.#trie.isSelfOrAncestor(j - end, i - end)),
      rows: readRows.map((row) => end + row), // -1, the end of the prompt, is the last token of the window
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

const progressOf = ({ tokens, read, isComplete }: OpenSequence): Omit<Progress, 'othersFill'> => ({
  read,
  waiting: tokens.length - read,
  isComplete,
});

/** A window that is shorter than was planned has left too little to read: the last rows are read again. */
function stepBack(open: OpenSequence, cache: KvCache): void {
  const rows = Math.min(open.read, MIN_RUN_TOKENS);
  cache.cutTo(cache.tokens - rows);
  open.read -= rows;
}
