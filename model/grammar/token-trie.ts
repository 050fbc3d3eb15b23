import { byteLevelToBytes } from '../byte-alphabet.ts';
import type { BpeTokenizer } from '../tokenizer.ts';
import { BYTES, type ByteDfa, DEAD } from './byte-dfa.ts';

/**
 * The tokens of a vocabulary by their bytes, but end-of-text, which is no text. Nodes stand in depth-first order, so that a
 * walk reads memory from one end to the other. Plain data that can be sent to a worker.
 */
export interface TokenTrie {
  /** Tokens of the vocabulary, end-of-text included. */
  readonly vocab: number;
  /** Per node, of which the root is none: its byte, .. */
  readonly bytes: Uint8Array;
  /** .. how many bytes come before it, .. */
  readonly depths: Uint16Array;
  /** .. the token that ends here or -1, .. */
  readonly tokens: Int32Array;
  /** .. the first node after all that begins with it, .. */
  readonly ends: Int32Array;
  /** .. and the node before it, -1 for the root. */
  readonly parents: Int32Array;
  /** Per token, the node where it ends; -1 for end-of-text. */
  readonly nodes: Int32Array;
  readonly deepest: number;
}

export function tokenTrie({ vocabulary, vocabSize, endOfText }: BpeTokenizer): TokenTrie {
  const sorted = vocabulary.tokens
    .map((token, id) => ({ id, bytes: Buffer.from(byteLevelToBytes(token)).toString('latin1') }))
    .filter(({ id }) => id !== endOfText)
    .sort((a, b) => (a.bytes < b.bytes ? -1 : 1));
  const bytes: number[] = [];
  const depths: number[] = [];
  const tokens: number[] = [];
  const ends: number[] = [];
  const parents: number[] = [];
  const nodes = new Int32Array(vocabSize).fill(-1);
  const path: number[] = []; // nodes from the root's child to the newest
  const leave = (depth: number): void => {
    while (path.length > depth) ends[path.pop()!] = bytes.length;
  };
  let previous = '';
  for (const token of sorted) {
    leave(commonLength(previous, token.bytes));
    for (let depth = path.length; depth < token.bytes.length; depth++) {
      parents.push(path.at(-1) ?? -1);
      path.push(bytes.push(token.bytes.charCodeAt(depth)) - 1);
      depths.push(depth);
      tokens.push(-1);
    }
    nodes[token.id] = path.at(-1)!;
    tokens[path.at(-1)!] = token.id;
    previous = token.bytes;
  }
  leave(0);
  return {
    vocab: vocabSize,
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    tokens: Int32Array.from(tokens),
    ends: Int32Array.from(ends),
    parents: Int32Array.from(parents),
    nodes,
    deepest: depths.reduce((deepest, depth) => Math.max(deepest, depth), 0),
  };
}

/** The bytes of a token; none of end-of-text. */
export function bytesOf(trie: TokenTrie, token: number): number[] {
  const bytes: number[] = [];
  for (let node = trie.nodes[token]!; node >= 0; node = trie.parents[node]!) bytes.push(trie.bytes[node]!);
  return bytes.reverse();
}

/**
 * Every token that can be read from a state without ending in `DEAD`, with the state after it. What begins with a dead end is
 * passed over as a whole, so a walk takes as long as there is something to find.
 */
export function walk(
  trie: TokenTrie,
  { next }: ByteDfa,
  from: number,
  visit: (token: number, state: number) => void,
): void {
  const { bytes, depths, tokens, ends } = trie;
  const states = new Int32Array(trie.deepest + 2); // before the byte at each depth
  states[0] = from;
  for (let node = 0; node < bytes.length; ) {
    const depth = depths[node]!;
    const state = next[states[depth]! * BYTES + bytes[node]!]!;
    if (state === DEAD) {
      node = ends[node]!;
      continue;
    }
    states[depth + 1] = state;
    if (tokens[node]! >= 0) visit(tokens[node]!, state);
    node++;
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}
