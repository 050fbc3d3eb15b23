import { BYTES, type ByteDfa } from './byte-dfa.ts';
import { bytesToAccept, tokensToAccept } from './token-distances.ts';
import { TokenMask } from './token-mask.ts';
import { bytesOf, type TokenTrie, walk } from './token-trie.ts';

interface StateMask {
  readonly mask: TokenMask;
  /** Of all tokens in the mask, the most bytes that may then be missing to a text that matches. */
  readonly farthest: number;
}

/** Masks that are remembered: 26 MB with GPT-2's tokens. The memory is emptied when full, which takes a very long text. */
const MAX_MASKS = 4096;

/**
 * A pattern as a model meets it: which tokens may come next. Every token of a mask can be gone on from, to a text that
 * matches and within the tokens that are left; there are no dead ends.
 *
 * Masks are made when a state is first met, by a walk over the tokens' bytes, and kept.
 *
 * Source: Willard & Louf, "Efficient Guided Generation for Large Language Models", arXiv 2307.09702, 2023.
 */
export class TokenGrammar {
  readonly #dfa: ByteDfa;
  readonly #trie: TokenTrie;
  readonly #stopToken: number;
  readonly #masks = new Map<number, StateMask>();
  readonly #bytesMissing: Float64Array;
  #tokensMissing: Float64Array | undefined;

  /** @param stopToken ends a text; it is no part of one */
  constructor(dfa: ByteDfa, trie: TokenTrie, stopToken: number) {
    this.#dfa = dfa;
    this.#trie = trie;
    this.#stopToken = stopToken;
    this.#bytesMissing = bytesToAccept(dfa);
  }

  /** Before the first token. */
  get start(): number {
    return this.#dfa.start;
  }

  /** How many tokens the shortest text from here has. */
  fewestTokens(state: number): number {
    this.#tokensMissing ??= tokensToAccept(this.#dfa, this.#trie, this.#bytesMissing);
    return this.#tokensMissing[state]!;
  }

  /** Can a text be finished from here with so many tokens? */
  isWithin(state: number, tokens: number): boolean {
    return this.#bytesMissing[state]! <= tokens || this.fewestTokens(state) <= tokens;
  }

  /**
   * The tokens after which a text can be finished, when so many may still be drawn; the stop token where it may end here.
   * Empty only where no text is short enough.
   */
  allowed(state: number, tokensLeft: number): TokenMask {
    let known = this.#masks.get(state);
    if (!known) {
      known = this.#maskOf(state);
      if (this.#masks.size >= MAX_MASKS) this.#masks.clear();
      this.#masks.set(state, known);
    }
    const isRoomy = known.farthest <= tokensLeft - 1;
    return isRoomy ? known.mask : this.#maskOf(state, tokensLeft - 1).mask;
  }

  /** The state after a token that was allowed. */
  after(state: number, token: number): number {
    let after = state;
    for (const byte of bytesOf(this.#trie, token)) after = this.#dfa.next[after * BYTES + byte]!;
    return after;
  }

  #maskOf(state: number, tokensAfter = Number.POSITIVE_INFINITY): StateMask {
    const mask = new TokenMask(this.#trie.vocab);
    let farthest = 0;
    walk(this.#trie, this.#dfa, state, (token, after) => {
      if (!this.isWithin(after, tokensAfter)) return;
      mask.add(token);
      farthest = Math.max(farthest, this.#bytesMissing[after]!);
    });
    if (this.#dfa.accepts[state]) mask.add(this.#stopToken);
    return { mask, farthest };
  }
}
