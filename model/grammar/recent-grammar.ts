import { compilePattern } from './compile-pattern.ts';
import { TokenGrammar } from './token-grammar.ts';
import type { TokenTrie } from './token-trie.ts';

/** The grammar of the last pattern, with the masks it has made: in a session the same pattern comes again and again. */
export class RecentGrammar {
  readonly #trie: TokenTrie;
  #last: { readonly pattern: string; readonly stopToken: number; readonly grammar: TokenGrammar } | undefined;

  constructor(trie: TokenTrie) {
    this.#trie = trie;
  }

  /** Throws `TinyError` when the pattern cannot be read. */
  of(pattern: string, stopToken: number): TokenGrammar {
    const isLast = this.#last?.pattern === pattern && this.#last.stopToken === stopToken;
    if (this.#last && isLast) return this.#last.grammar;
    const grammar = new TokenGrammar(compilePattern(pattern), this.#trie, stopToken);
    this.#last = { pattern, stopToken, grammar };
    return grammar;
  }
}
