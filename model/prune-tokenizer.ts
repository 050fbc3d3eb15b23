import { BpeTokenizer, type Vocabulary } from './tokenizer.ts';

export interface PrunedTokenizer {
  readonly tokenizer: BpeTokenizer;
  /** Of every token, its id in the whole vocabulary; ascending. */
  readonly ids: readonly number[];
}

/**
 * A tokenizer of fewer tokens: those of `keepIds` (in any order, repeats allowed), the tokens that they are merged from,
 * all 256 bytes and end-of-text. It still encodes any text.
 *
 * A text which the whole tokenizer writes in kept tokens is written in the same tokens: each merge on the way to a kept
 * token is kept with its rank, and those left out were never the lowest of the whole table's at any step.
 */
export function pruneTokenizer(whole: BpeTokenizer, keepIds: Iterable<number>): PrunedTokenizer {
  const { tokens, merges } = whole.vocabulary;
  const kept = new Set([whole.endOfText]);
  for (const [id, token] of tokens.entries()) if (token.length === 1) kept.add(id);
  for (const id of withParts(whole.vocabulary, keepIds)) kept.add(id);
  const ids = [...kept].sort((a, b) => a - b);
  const names = new Set(ids.map((id) => tokens[id]!));
  const keptMerges = merges.filter(
    ([left, right]) => names.has(left) && names.has(right) && names.has(left + right),
  );
  const tokenizer = new BpeTokenizer({ tokens: ids.map((id) => tokens[id]!), merges: keptMerges });
  return { tokenizer, ids };
}

/** The tokens with all those that merges make them from. */
function withParts({ tokens, merges }: Vocabulary, ids: Iterable<number>): Set<number> {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const partsOf = new Map<string, string[]>();
  for (const [left, right] of merges) {
    partsOf.set(left + right, [...(partsOf.get(left + right) ?? []), left, right]);
  }
  const found = new Set<number>();
  const pending = [...ids];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const token = tokens[id];
    if (token === undefined) throw new RangeError(`${id} is no id of a vocabulary of ${tokens.length}`);
    if (found.has(id)) continue;
    found.add(id);
    for (const part of partsOf.get(token) ?? []) pending.push(idOf.get(part)!);
  }
  return found;
}
