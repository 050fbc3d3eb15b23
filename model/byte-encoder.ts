import { byteToChar } from './byte-alphabet.ts';
import { PairTable } from './pair-table.ts';
import { pretokenEnd } from './pretoken-scanner.ts';
import type { BpeTokenizer } from './tokenizer.ts';

/** Pre-tokens longer than this hardly ever come again: they are not remembered. */
const LONGEST_REMEMBERED_BYTES = 48;
const REMEMBERED_PRETOKENS = 1 << 17;
const SLOTS = 2 * REMEMBERED_PRETOKENS;
/** Numbers a slot holds: hash, where its bytes and its ids begin, how many there are of both (bytes << 8 | ids). */
const STRIDE = 4;
const MEAN_BYTES = 12;
const NO_RANK = 0x7fffffff;

/**
 * Encodes UTF-8 bytes as `BpeTokenizer.encode` encodes text, id for id, in typed arrays alone: for corpora. What a
 * pre-token becomes is remembered, in about 10 MB; the memory is emptied when it is full, which is cheap and rare.
 */
export class ByteEncoder {
  readonly #tokenizer: BpeTokenizer;
  readonly #pairs: PairTable;
  readonly #idOfByte: Int32Array;

  readonly #slots = new Int32Array(SLOTS * STRIDE);
  readonly #bytes = new Uint8Array(REMEMBERED_PRETOKENS * MEAN_BYTES);
  readonly #ids = new Int32Array(REMEMBERED_PRETOKENS * MEAN_BYTES);
  #remembered = 0;
  #bytesUsed = 0;
  #idsUsed = 0;

  /** The symbols of the pre-token that is being merged, and the rank of each with its right neighbour. */
  readonly #symbols = new Int32Array(LONGEST_REMEMBERED_BYTES);
  readonly #ranks = new Int32Array(LONGEST_REMEMBERED_BYTES);

  constructor(tokenizer: BpeTokenizer) {
    const { tokens, merges } = tokenizer.vocabulary;
    const idOfToken = new Map(tokens.map((token, id) => [token, id]));
    this.#tokenizer = tokenizer;
    this.#idOfByte = Int32Array.from({ length: 256 }, (_, byte) => idOfToken.get(byteToChar(byte))!);
    this.#pairs = new PairTable(merges.length);
    for (const [rank, [left, right]] of merges.entries()) {
      this.#pairs.add(idOfToken.get(left)!, idOfToken.get(right)!, rank, idOfToken.get(left + right)!);
    }
  }

  /**
   * Writes the ids of the text bytes[from, to), which is whole and valid UTF-8, to `into` from `at` on.
   *
   * @param into has room for as many ids as there are bytes, and numbers wide enough for the vocabulary
   * @returns where the ids end in `into`
   */
  encode(bytes: Uint8Array, from: number, to: number, into: Uint16Array | Uint32Array, at: number): number {
    let end = at;
    for (let begin = from; begin < to; ) {
      const next = pretokenEnd(bytes, begin, to);
      end =
        next - begin > LONGEST_REMEMBERED_BYTES
          ? this.#encodeLong(bytes.subarray(begin, next), into, end)
          : this.#encodeShort(bytes, begin, next, into, end);
      begin = next;
    }
    return end;
  }

  /** A pre-token alone is cut no further, so the tokenizer makes the same of it; its merging does not slow down with length. */
  #encodeLong(pretoken: Uint8Array, into: Uint16Array | Uint32Array, at: number): number {
    const ids = this.#tokenizer.encode(
      Buffer.from(pretoken.buffer, pretoken.byteOffset, pretoken.length).toString(),
    );
    into.set(ids, at);
    return at + ids.length;
  }

  #encodeShort(
    bytes: Uint8Array,
    begin: number,
    end: number,
    into: Uint16Array | Uint32Array,
    at: number,
  ): number {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = begin; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const length = end - begin;
    const slots = this.#slots;
    let slot = (hash & (SLOTS - 1)) * STRIDE;
    for (;;) {
      const sizes = slots[slot + 3]!;
      if (sizes === 0) break;
      if (
        slots[slot] === hash &&
        sizes >> 8 === length &&
        this.#holds(slots[slot + 1]!, bytes, begin, length)
      ) {
        const idsAt = slots[slot + 2]!;
        const count = sizes & 0xff;
        for (let i = 0; i < count; i++) into[at + i] = this.#ids[idsAt + i]!;
        return at + count;
      }
      slot = (slot + STRIDE) & (SLOTS * STRIDE - 1);
    }
    const count = this.#merge(bytes, begin, length);
    for (let i = 0; i < count; i++) into[at + i] = this.#symbols[i]!;
    this.#remember(slot, hash, bytes, begin, length, count);
    return at + count;
  }

  #holds(keyAt: number, bytes: Uint8Array, begin: number, length: number): boolean {
    const known = this.#bytes;
    for (let i = 0; i < length; i++) if (known[keyAt + i] !== bytes[begin + i]) return false;
    return true;
  }

  /** Leaves the ids in `#symbols` and returns how many they are. Quadratic, so for short pre-tokens only. */
  #merge(bytes: Uint8Array, begin: number, length: number): number {
    const symbols = this.#symbols;
    const ranks = this.#ranks;
    const pairs = this.#pairs;
    for (let i = 0; i < length; i++) symbols[i] = this.#idOfByte[bytes[begin + i]!]!;
    const rankAt = (i: number): number => {
      const entry = pairs.find(symbols[i]!, symbols[i + 1]!);
      return entry < 0 ? NO_RANK : pairs.rankOf(entry);
    };
    let count = length;
    for (let i = 0; i + 1 < count; i++) ranks[i] = rankAt(i);
    for (;;) {
      let best = -1;
      let lowest = NO_RANK;
      for (let i = 0; i + 1 < count; i++) {
        if (ranks[i]! < lowest) {
          lowest = ranks[i]!;
          best = i;
        }
      }
      if (best < 0) return count;
      symbols[best] = pairs.resultOf(pairs.find(symbols[best]!, symbols[best + 1]!));
      symbols.copyWithin(best + 1, best + 2, count);
      ranks.copyWithin(best + 1, best + 2, count);
      count--;
      if (best > 0) ranks[best - 1] = rankAt(best - 1);
      if (best + 1 < count) ranks[best] = rankAt(best);
    }
  }

  #remember(
    free: number,
    hash: number,
    bytes: Uint8Array,
    begin: number,
    length: number,
    count: number,
  ): void {
    const isFull =
      this.#remembered === REMEMBERED_PRETOKENS ||
      this.#bytesUsed + length > this.#bytes.length ||
      this.#idsUsed + count > this.#ids.length;
    let slot = free;
    if (isFull) {
      this.#slots.fill(0);
      slot = (hash & (SLOTS - 1)) * STRIDE;
      this.#remembered = 0;
      this.#bytesUsed = 0;
      this.#idsUsed = 0;
    }
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = this.#bytesUsed;
    this.#slots[slot + 2] = this.#idsUsed;
    this.#slots[slot + 3] = (length << 8) | count;
    for (let i = 0; i < length; i++) this.#bytes[this.#bytesUsed + i] = bytes[begin + i]!;
    for (let i = 0; i < count; i++) this.#ids[this.#idsUsed + i] = this.#symbols[i]!;
    this.#remembered++;
    this.#bytesUsed += length;
    this.#idsUsed += count;
  }
}
