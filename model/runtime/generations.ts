import { RecentGrammar } from '../grammar/recent-grammar.ts';
import type { TokenTrie } from '../grammar/token-trie.ts';
import { type GenerationOptions, generate, type LoadDecoder } from './generator.ts';
import type { GptSession } from './gpt-session.ts';
import { type Likelihood, likelihoods } from './likelihoods.ts';
import { PrefixCache } from './prefix-cache.ts';

/** What generations of one model leave to those after them. */
export interface GenerationMemory {
  /** The model's tokens, needed for patterns. */
  readonly tokens?: TokenTrie;
  /** Bytes of keys and values kept of prompts; none by default. */
  readonly prefixBytes?: number;
}

/** The generations of one model, one after the other: they share masks of patterns and beginnings of prompts. */
export class Generations {
  readonly #session: GptSession;
  readonly #grammars: RecentGrammar | undefined;
  readonly #prefixes: PrefixCache | undefined;
  readonly #loadDecoder: LoadDecoder | undefined;

  /** @param loadDecoder of the session's model; called once, when a first token that was drawn is to be read */
  constructor(
    session: GptSession,
    { tokens, prefixBytes = 0 }: GenerationMemory = {},
    loadDecoder?: LoadDecoder,
  ) {
    this.#session = session;
    this.#loadDecoder = loadDecoder && once(loadDecoder);
    this.#grammars = tokens && new RecentGrammar(tokens);
    this.#prefixes = prefixBytes > 0 ? new PrefixCache(session.shape, prefixBytes) : undefined;
  }

  /** See `generate`. Throws `TinyError` when the pattern cannot be read. */
  next(prompt: readonly number[], options: GenerationOptions): AsyncGenerator<number> {
    const { pattern, stopToken } = options;
    if (pattern !== undefined && !this.#grammars) throw new Error('a pattern needs the tokens of the model');
    const grammar = pattern === undefined ? undefined : this.#grammars?.of(pattern, stopToken);
    return generate(this.#session, prompt, options, {
      grammar,
      prefixes: this.#prefixes,
      loadDecoder: this.#loadDecoder,
    });
  }

  /** See `likelihoods`. */
  likelihoods(
    context: readonly number[],
    continuations: readonly (readonly number[])[],
  ): AsyncGenerator<Likelihood> {
    return likelihoods(this.#session, context, continuations);
  }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
