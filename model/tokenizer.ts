import { createHash } from 'node:crypto';
import { TextDecoder } from 'node:util';
import { TinyError } from '../protocols/errors.ts';
import type { Tokenizer } from '../protocols/prompt.ts';
import { byteLevelToBytes, byteToChar, isByteLevel } from './byte-alphabet.ts';
import { MAX_VOCAB_SIZE, MergeTable } from './merge-table.ts';
import { detached, pretokens } from './pretokens.ts';

/** The one special token: it ends a document, and is never made out of text unless asked for. */
export const END_OF_TEXT = '<|endoftext|>';

/** What defines a byte-level BPE. Tokens are written in the byte alphabet (`byte-alphabet.ts`). */
export interface Vocabulary {
  /** The token of every id; holds all 256 single bytes and `END_OF_TEXT`. */
  readonly tokens: readonly string[];
  /** In order of rank, lowest first. Both sides and their concatenation are tokens. */
  readonly merges: readonly (readonly [left: string, right: string])[];
}

export interface EncodeOptions {
  /** Turn `<|endoftext|>` in the text into the special token. Only for text that its author vouches for. */
  readonly parseSpecial?: boolean;
}

/** Pre-tokens whose encoding is remembered: a few MB. The memory is emptied when full, which is cheap and rare. */
const MAX_CACHED_PRETOKENS = 32_768;
/** Longer pre-tokens hardly ever come again. */
const MAX_CACHED_LENGTH = 48;

const fix = 'use a tokenizer.json of a GPT-2 family model, or one that `tinyllm train` wrote';

/**
 * A byte-level byte-pair encoding with GPT-2's split pattern: any text becomes ids in [0, vocabSize) and comes back
 * unchanged (but a lone surrogate, which UTF-8 cannot hold, comes back as U+FFFD).
 *
 * Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2.
 */
export class BpeTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly vocabSize: number;
  /** Id of `<|endoftext|>`. */
  readonly endOfText: number;

  readonly #idOfToken: ReadonlyMap<string, number>;
  readonly #idOfByte: readonly number[];
  readonly #merges: MergeTable;
  #hash: string | undefined;
  readonly #cache = new Map<string, readonly number[]>();

  /** Throws a `TinyError` when the vocabulary breaks one of its promises. */
  constructor(vocabulary: Vocabulary) {
    const { tokens, merges } = vocabulary;
    this.vocabulary = vocabulary;
    this.vocabSize = tokens.length;
    this.#idOfToken = indexTokens(tokens);
    this.endOfText = this.#requireId(END_OF_TEXT, () => 'the special token');
    this.#idOfByte = Array.from({ length: 256 }, (_, byte) =>
      this.#requireId(byteToChar(byte), () => `byte 0x${byte.toString(16).padStart(2, '0')}`),
    );
    this.#merges = this.#buildMerges(merges);
  }

  /** SHA-256 (hex) of tokens and merges: equal for equal behaviour, however the file was written. */
  get hash(): string {
    const { tokens, merges } = this.vocabulary;
    this.#hash ??= createHash('sha256')
      .update(JSON.stringify([tokens, merges]))
      .digest('hex');
    return this.#hash;
  }

  /** The ids of a text. */
  encode(text: string, { parseSpecial = false }: EncodeOptions = {}): number[] {
    const ids: number[] = [];
    for (const [i, part] of (parseSpecial ? text.split(END_OF_TEXT) : [text]).entries()) {
      if (i > 0) ids.push(this.endOfText);
      for (const pretoken of pretokens(part)) for (const id of this.#encodePretoken(pretoken)) ids.push(id);
    }
    return ids;
  }

  /** The text of ids; bytes that are not UTF-8 become U+FFFD. Throws a RangeError for an id outside the vocabulary. */
  decode(ids: readonly number[]): string {
    return utf8Decoder().decode(this.bytesOf(ids));
  }

  /** The bytes of ids, which need not be whole characters. Throws a RangeError for an id outside the vocabulary. */
  bytesOf(ids: readonly number[]): Uint8Array {
    return byteLevelToBytes(ids.map((id) => this.#tokenOf(id)).join(''));
  }

  /** For text that grows token by token, see `StreamingDecoder`. */
  streamingDecoder(): StreamingDecoder {
    return new StreamingDecoder(this);
  }

  #encodePretoken(pretoken: string): readonly number[] {
    const known = this.#cache.get(pretoken);
    if (known !== undefined) return known;
    const ids = this.#merges.apply(Array.from(Buffer.from(pretoken), (byte) => this.#idOfByte[byte]!));
    if (pretoken.length <= MAX_CACHED_LENGTH) {
      if (this.#cache.size >= MAX_CACHED_PRETOKENS) this.#cache.clear();
      this.#cache.set(detached(pretoken), ids);
    }
    return ids;
  }

  #tokenOf(id: number): string {
    const token = this.vocabulary.tokens[id];
    if (token !== undefined) return token;
    throw new RangeError(`token id ${id} is outside the vocabulary of ${this.vocabSize}`);
  }

  #requireId(token: string, what: () => string): number {
    const id = this.#idOfToken.get(token);
    if (id !== undefined) return id;
    throw new TinyError(`the vocabulary lacks ${JSON.stringify(token)}, ${what()}`, fix);
  }

  #buildMerges(merges: Vocabulary['merges']): MergeTable {
    const table = new MergeTable();
    for (const [rank, [left, right]] of merges.entries()) {
      const where = (): string => `which merge ${rank} needs`;
      const isNew = table.append(
        this.#requireId(left, where),
        this.#requireId(right, where),
        this.#requireId(left + right, where),
      );
      if (!isNew) throw new TinyError(`merge ${rank}, "${left} ${right}", is there twice`, fix);
    }
    return table;
  }
}

/** Decodes ids as they come: a character whose bytes are spread over several tokens is held back until it is whole. */
export class StreamingDecoder {
  readonly #tokenizer: BpeTokenizer;
  readonly #utf8 = utf8Decoder();

  constructor(tokenizer: BpeTokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The text that has become certain with these ids; often empty within an emoji. */
  push(...ids: readonly number[]): string {
    return this.#utf8.decode(this.#tokenizer.bytesOf(ids), { stream: true });
  }

  /** The end: what was held back becomes U+FFFD. The decoder then starts afresh. */
  end(): string {
    return this.#utf8.decode();
  }
}

/** `ignoreBOM` means: do not swallow a byte order mark. */
const utf8Decoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true });

const indexTokens = (tokens: readonly string[]): ReadonlyMap<string, number> => {
  if (tokens.length > MAX_VOCAB_SIZE) {
    throw new TinyError(
      `a vocabulary of ${tokens.length} tokens is over the limit of ${MAX_VOCAB_SIZE}`,
      fix,
    );
  }
  const idOfToken = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (!isByteLevel(token)) {
      throw new TinyError(
        `token ${id}, ${JSON.stringify(token)}, is not written in GPT-2's byte alphabet`,
        fix,
      );
    }
    if (idOfToken.has(token)) throw new TinyError(`token ${JSON.stringify(token)} has two ids`, fix);
    idOfToken.set(token, id);
  }
  return idOfToken;
};
