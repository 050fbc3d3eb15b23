import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../model/bpe-trainer.ts';
import { ByteEncoder } from '../../model/byte-encoder.ts';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { pretokenEnd } from '../../model/pretoken-scanner.ts';
import { pretokens } from '../../model/pretokens.ts';

const REAL_TEXT = fileURLToPath(new URL('../../../shared/data/text/val.txt.xz', import.meta.url));

function scanned(text: string): string[] {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = pretokenEnd(bytes, at, bytes.length);
    found.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return found;
}

const encoded = (encoder: ByteEncoder, text: string): number[] => {
  const bytes = Buffer.from(text);
  const ids = new Uint32Array(bytes.length + 1);
  return [...ids.subarray(0, encoder.encode(bytes, 0, bytes.length, ids, 0))];
};

/** What the split pattern treats in ways of its own, glued together at random. */
const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[' ', '  ', '\n', '\r\n', '\t', '\u0085', '\u00a0', '\u2003', '\ufeff', "'", "'s", "'re", "'LL"],
      ),
      fc.constantFrom(
        'a',
        'Z',
        'é',
        'ß',
        '中',
        '\u0301',
        '7',
        '²',
        '٣',
        '-',
        '…',
        '🙂',
        '<|endoftext|>',
        'don',
        'the',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.join('')).toString()); // lone surrogates are no UTF-8

describe('pretokenEnd', () => {
  it('cuts as the split pattern does', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        expect(scanned(text)).toEqual(pretokens(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ByteEncoder', () => {
  const encoder = new ByteEncoder(gpt2Tokenizer());

  it("gives GPT-2's ids of any text, whether it remembers its words or not", () => {
    fc.assert(
      fc.property(awkward, (text) => {
        const ids = gpt2Tokenizer().encode(text);
        expect(encoded(encoder, text)).toEqual(ids);
        expect(encoded(encoder, text)).toEqual(ids);
      }),
      { numRuns: 1000 },
    );
  });

  it('encodes a run of a million equal letters', () => {
    const text = 'a'.repeat(1_000_000);
    expect(encoded(encoder, text)).toEqual(gpt2Tokenizer().encode(text));
  });

  it('forgets what it knows when it is full, and goes on', () => {
    const numbers = Array.from({ length: 150_000 }, (_, i) => `x${(i * 7919).toString(36)}`).join(' ');
    const ids = encoded(encoder, numbers);
    expect(ids).toEqual(gpt2Tokenizer().encode(numbers));
    expect(encoded(encoder, numbers)).toEqual(ids);
  });

  it('encodes with a vocabulary that was trained', () => {
    const text = 'she sells sea shells by the sea shore; the shells she sells are sea shells 12 12 12';
    const tokenizer = trainBpe([text], { vocabSize: 300 });
    expect(encoded(new ByteEncoder(tokenizer), text)).toEqual(tokenizer.encode(text));
  });

  it.skipIf(!existsSync(REAL_TEXT))('gives the ids of an independent tokenizer of real text', () => {
    const text = execFileSync('xz', ['-dc', REAL_TEXT], { maxBuffer: 1 << 26 })
      .toString()
      .slice(0, 400_000);
    // js-tiktoken splits by JavaScript's \s, which differs in two characters that this text does not have.
    const expected = text.split('<|endoftext|>').flatMap((document) => getEncoding('gpt2').encode(document));
    const ours = text.split('<|endoftext|>').flatMap((document) => encoded(encoder, document));
    expect(ours.length).toBeGreaterThan(80_000);
    expect(ours).toEqual(expected);
  });
});
