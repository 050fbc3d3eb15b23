import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../model/bpe-trainer.ts';
import { END_OF_TEXT } from '../../model/tokenizer.ts';
import {
  formatTokenizerJson,
  loadTokenizer,
  parseTokenizerJson,
  saveTokenizer,
} from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';

const tokenizer = trainBpe([], { wholeWords: [' Tap', ' Hold'] });

/** A fresh copy of the file as an object, to be damaged. */
const file = () => JSON.parse(formatTokenizerJson(tokenizer));
type File = ReturnType<typeof file>;

const changed = (change: (file: File) => void): string => {
  const copy = file();
  change(copy);
  return JSON.stringify(copy);
};

describe('tokenizer.json', () => {
  it('comes back from disk as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tinyllm-tokenizer-'));
    try {
      const path = join(folder, 'tokenizer.json');
      await saveTokenizer(tokenizer, path);
      expect((await loadTokenizer(path)).hash).toBe(tokenizer.hash);
      expect(await readFile(path, 'utf8')).toBe(formatTokenizerJson(tokenizer));
      await writeFile(path, '{');
      await expect(loadTokenizer(path)).rejects.toThrow(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<[string, (file: File) => void]>([
    [
      'merges as pairs',
      ({ model }) => {
        model.merges = model.merges.map((merge: string) => merge.split(' '));
      },
    ],
    [
      'the special token only among the added tokens',
      ({ model }) => {
        delete model.vocab[END_OF_TEXT];
      },
    ],
    [
      'the special token only in the vocabulary',
      (whole) => {
        whole.added_tokens = [];
      },
    ],
    [
      'fields of older versions missing',
      (whole) => {
        for (const field of ['byte_fallback', 'fuse_unk', 'unk_token', 'dropout']) delete whole.model[field];
        for (const step of ['pre_tokenizer', 'post_processor', 'decoder']) delete whole[step].use_regex;
        delete whole.normalizer;
      },
    ],
    [
      'another order of the vocabulary',
      ({ model }) => {
        model.vocab = Object.fromEntries(Object.entries(model.vocab).reverse());
      },
    ],
  ])('reads the same tokenizer from a file with %s', (_, change) => {
    expect(parseTokenizerJson(changed(change)).hash).toBe(tokenizer.hash);
  });

  it.each<[string, (file: File) => void, RegExp]>([
    [
      'another model',
      ({ model }) => {
        model.type = 'WordPiece';
      },
      /model\.type/,
    ],
    [
      'a leading space added',
      (whole) => {
        whole.pre_tokenizer.add_prefix_space = true;
      },
      /add_prefix_space/,
    ],
    [
      'another split',
      (whole) => {
        whole.pre_tokenizer.use_regex = false;
      },
      /use_regex/,
    ],
    [
      'another pre-tokenizer',
      (whole) => {
        whole.pre_tokenizer = { type: 'Sequence', pretokenizers: [] };
      },
      /pre_tokenizer/,
    ],
    [
      'a normalizer',
      (whole) => {
        whole.normalizer = { type: 'NFC' };
      },
      /normalizer/,
    ],
    [
      'another decoder',
      (whole) => {
        whole.decoder = { type: 'WordPiece' };
      },
      /decoder/,
    ],
    [
      'another special token',
      (whole) => {
        whole.added_tokens[0].content = '<s>';
      },
      /added_tokens/,
    ],
    [
      'a second special token',
      (whole) => {
        whole.added_tokens.push({ id: 9, content: END_OF_TEXT });
      },
      /added_tokens/,
    ],
    [
      'two ids of the special token',
      (whole) => {
        whole.added_tokens[0].id = 3;
      },
      /endoftext/,
    ],
    [
      'no special token',
      (whole) => {
        whole.added_tokens = [];
        delete whole.model.vocab[END_OF_TEXT];
      },
      /endoftext/,
    ],
    [
      'truncation',
      (whole) => {
        whole.truncation = { max_length: 4 };
      },
      /truncation/,
    ],
    [
      'dropout',
      ({ model }) => {
        model.dropout = 0.1;
      },
      /dropout/,
    ],
    [
      'a byte missing',
      ({ model }) => {
        model.vocab['<0x41>'] = model.vocab.A;
        delete model.vocab.A;
      },
      /byte 0x41/,
    ],
    [
      'a gap in the ids',
      ({ model }) => {
        model.vocab.A = 9999;
      },
      /ids must be/,
    ],
    [
      'an id given twice',
      ({ model }) => {
        model.vocab.A = model.vocab.B;
      },
      /both have id/,
    ],
    [
      'a token outside the byte alphabet',
      ({ model }) => {
        Object.assign(model.vocab, { 日: Object.keys(model.vocab).length });
      },
      /byte alphabet/,
    ],
    [
      'a merge of unknown tokens',
      ({ model }) => {
        model.merges.push('x y');
      },
      /xy/,
    ],
    [
      'a merge given twice',
      ({ model }) => {
        model.merges.push(model.merges[0]);
      },
      /twice/,
    ],
    [
      'a merge of three',
      ({ model }) => {
        model.merges.push('a b c');
      },
      /merges/,
    ],
  ])('refuses %s and names it', (_, change, problem) => {
    const parse = () => parseTokenizerJson(changed(change), 'some/tokenizer.json');
    expect(parse).toThrow(TinyError);
    expect(parse).toThrow(/^some\/tokenizer\.json: /);
    expect(parse).toThrow(problem);
  });

  it('refuses what is not JSON, and gives a hint', () => {
    const refusal = (() => {
      try {
        return parseTokenizerJson('#version: 0.2\na b\n');
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(TinyError);
    expect((refusal as TinyError).hint).toMatch(/GPT-2/);
  });
});
