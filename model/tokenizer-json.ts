import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import { BpeTokenizer, END_OF_TEXT, type Vocabulary } from './tokenizer.ts';

/**
 * Hugging Face's `tokenizer.json`, the part of it that is GPT-2's tokenizer. Whatever would make Hugging Face encode
 * differently from us (a normalizer, a leading space, other special tokens, dropout, ...) is refused;
 * fields that cannot are left alone.
 *
 * Format: https://github.com/huggingface/tokenizers (`Tokenizer`, `models/bpe/serialization.rs`).
 */

const absent = z.null().optional();
const emptyString = z.literal('').nullish();
const switchedOff = z.literal(false).optional();

const byteLevel = z.object({ type: z.literal('ByteLevel') });

const tokenizerFile = z.object({
  truncation: absent,
  padding: absent,
  normalizer: absent,
  added_tokens: z.array(z.object({ id: z.int().min(0), content: z.literal(END_OF_TEXT) })).max(1),
  pre_tokenizer: byteLevel.extend({
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).optional(),
  }),
  post_processor: byteLevel.nullish(), // ByteLevel only trims offsets
  decoder: byteLevel,
  model: z.object({
    type: z.literal('BPE'),
    dropout: z.literal(0).nullish(),
    continuing_subword_prefix: emptyString,
    end_of_word_suffix: emptyString,
    byte_fallback: switchedOff,
    ignore_merges: switchedOff,
    vocab: z.record(z.string(), z.int().min(0)),
    merges: z.array(
      z.union([
        z.tuple([z.string(), z.string()]),
        z.string().regex(/^[^ ]+ [^ ]+$/, 'expected "left right"'),
      ]),
    ),
  }),
});

type TokenizerFile = z.infer<typeof tokenizerFile>;

const hint =
  'TinyLLM reads byte-level BPE with GPT-2\'s split pattern and no special token but "<|endoftext|>": ' +
  'use the tokenizer.json of a GPT-2 model or one that TinyLLM wrote';

/** Reads the text of a `tokenizer.json`; `source` names it in errors. Throws a `TinyError` for any other tokenizer. */
export const parseTokenizerJson = (text: string, source = 'tokenizer.json'): BpeTokenizer => {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new TinyError(`${source}: ${problem}`, hint, { cause });
  };
  const parsed = tokenizerFile.safeParse(parseJson(text, refuse));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return refuse(`${issue.path.join('.') || 'the file'}: ${issue.message}`, parsed.error);
  }
  const vocabulary: Vocabulary = {
    tokens: tokensInOrder(parsed.data, refuse),
    merges: parsed.data.model.merges.map((merge) =>
      typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge,
    ),
  };
  try {
    return new BpeTokenizer(vocabulary);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), error);
  }
};

/**
 * The text of a `tokenizer.json`. Merges are written as "left right", which every version of every reader takes:
 * no token holds a space, since the byte alphabet writes it `Ġ`.
 */
export const formatTokenizerJson = ({ vocabulary, endOfText }: BpeTokenizer): string => {
  const byteLevelStep = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: endOfText, content: END_OF_TEXT, ...special }],
    normalizer: null,
    pre_tokenizer: byteLevelStep,
    post_processor: { ...byteLevelStep, trim_offsets: false },
    decoder: byteLevelStep,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocabulary.tokens.map((token, id) => [token, id])),
      merges: vocabulary.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
  return `${JSON.stringify(file, null, 1)}\n`;
};

/** Reads a `tokenizer.json` file. */
export const loadTokenizer = async (path: string): Promise<BpeTokenizer> =>
  parseTokenizerJson(await readFile(path, 'utf8'), path);

/** Writes a `tokenizer.json` file. */
export const saveTokenizer = (tokenizer: BpeTokenizer, path: string): Promise<void> =>
  writeFile(path, formatTokenizerJson(tokenizer));

type Refuse = (problem: string, cause?: unknown) => never;

const parseJson = (text: string, refuse: Refuse): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse('not JSON', error);
  }
};

/** The tokens in order of id: vocabulary and special token must number them 0, 1, 2, ... without a gap. */
const tokensInOrder = ({ model, added_tokens }: TokenizerFile, refuse: Refuse): string[] => {
  const idOfToken = new Map(Object.entries(model.vocab));
  for (const { content, id } of added_tokens) {
    const known = idOfToken.get(content);
    if (known !== undefined && known !== id) refuse(`${content} has ids ${known} and ${id}`);
    idOfToken.set(content, id);
  }
  const tokens = new Array<string | undefined>(idOfToken.size).fill(undefined);
  for (const [token, id] of idOfToken) {
    if (id >= tokens.length)
      refuse(`ids must be 0..${tokens.length - 1}, but ${JSON.stringify(token)} has ${id}`);
    if (tokens[id] !== undefined) {
      refuse(`${JSON.stringify(tokens[id])} and ${JSON.stringify(token)} both have id ${id}`);
    }
    tokens[id] = token;
  }
  return tokens as string[]; // as many distinct ids below the length as there are tokens: none is missing
};
