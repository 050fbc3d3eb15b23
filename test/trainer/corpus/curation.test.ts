import { describe, expect, it } from 'vitest';
import { documentsIn, essay, folderWith, prepared } from './corpus-files.ts';

const jsonl = (name: string, more: object = {}) => ({
  name,
  format: 'jsonl',
  path: `${name}.jsonl`,
  ...more,
});
const rows = (texts: readonly string[]): string =>
  texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
const essays = (from: number, count: number, words?: number): string[] =>
  Array.from({ length: count }, (_, i) => essay(from + i, words));

describe('curation of a corpus', () => {
  it('leaves out exact and near duplicates, also of another source; the first stays', async () => {
    const originals = essays(0, 200, 300);
    const exact = originals.slice(0, 20);
    // One word of 300 changed: Jaccard similarity of five-word shingles 291 / 301.
    const near = originals.slice(20, 120).map((text) => text.replace(/word\d+(?= \S+$)/, 'another'));
    const data = folderWith({
      'a.jsonl': rows(originals),
      'b.jsonl': rows([...exact, ...near, ...essays(500, 30)]),
    });
    const { folder, manifest } = await prepared(data, { sources: [jsonl('a'), jsonl('b')], validation: 0 });
    expect(manifest.sources[0]!.removed).toEqual({});
    const { 'exact duplicate': found, 'near duplicate': alike } = manifest.sources[1]!.removed;
    expect(found).toBe(20);
    expect(alike).toBeGreaterThanOrEqual(99);
    const documents = await documentsIn(folder, 'train');
    expect(originals.every((text) => documents.includes(text))).toBe(true);

    const kept = await prepared(data, {
      sources: [jsonl('a'), jsonl('b', { nearDuplicates: 'keep' })],
      validation: 0,
    });
    expect(kept.manifest.sources[1]!.removed).toEqual({ 'exact duplicate': 20 });
  });

  it('mixes by ratio of tokens, to the scarcest source, and evenly throughout', async () => {
    const data = folderWith({ 'a.jsonl': rows(essays(0, 400, 40)), 'b.jsonl': rows(essays(1000, 400, 80)) });
    const sources = [jsonl('a', { share: 70 }), jsonl('b', { share: 30 })];
    const { folder, manifest } = await prepared(data, { sources, validation: 0 });
    const [a, b] = manifest.splits.train.sources;
    expect(a!.written).toEqual(a!.available);
    expect(b!.written.tokens).toBeLessThan(b!.available.tokens);
    expect(a!.share.reached).toBeCloseTo(0.7, 2);
    expect(a!.share.asked).toBe(0.7);
    const half = (await documentsIn(folder, 'train')).slice(0, manifest.splits.train.documents / 2);
    const words = (isA: boolean): number =>
      half
        .filter((text) => text.split(' ').length === (isA ? 40 : 80))
        .join(' ')
        .split(' ').length;
    expect(words(true) / (words(true) + words(false))).toBeCloseTo(0.7, 1);

    const repeated = await prepared(data, { sources, validation: 0, repeat: 2, tokens: 1e9 });
    const [twice] = repeated.manifest.splits.train.sources;
    expect(twice!.written.tokens).toBeGreaterThan(1.5 * twice!.available.tokens);
    expect(twice!.share.reached).toBeCloseTo(0.7, 2);
  });

  it('leaves out what holds evaluation rows, and what the filters name', async () => {
    const secret = 'the rain in spain stays mainly in the plain and nobody knows why it does so today';
    const texts = [
      `${essay(1)} ${secret.toUpperCase()} ${essay(2)}`,
      `${essay(1)} ${secret.split(' ').slice(0, 12).join(' ')} ${essay(3)}`,
      'too short',
      '1 2 3 4 5 6 7 8 9 10 11 12',
      Array(20).fill('this line comes again and again').join('\n'),
      essay(4),
    ];
    const data = folderWith({ 'a.jsonl': rows(texts), 'eval.jsonl': rows([secret]) });
    const filters = { minWords: 5, maxWords: 200, minLetters: 0.5, maxRepeatedLines: 0.3 };
    const { folder, manifest } = await prepared(data, {
      sources: [jsonl('a', { filters, nearDuplicates: 'keep' })],
      decontaminate: { paths: ['eval.jsonl'] },
      validation: 0,
    });
    expect(manifest.sources[0]!.removed).toEqual({
      'contains an evaluation row': 1,
      'fewer than 5 words': 1,
      'less than 50 % letters': 1,
      'more than 30 % repeated lines': 1,
    });
    expect((await documentsIn(folder, 'train')).sort()).toEqual([texts[1], texts[5]].sort());
  });

  it('looks for lists of numbers too, and not for what any sensor at rest says', async () => {
    const swing = Array.from({ length: 20 }, (_, i) => Math.round(90 * Math.sin(i)));
    const rest = Array.from({ length: 20 }, (_, i) => 254 + (i % 2));
    const texts = [`${essay(1)} Sensor: [${swing.join(', ')}]`, `${essay(2)} Sensor: [${rest.join(', ')}]`];
    const evaluation = `${JSON.stringify({ id: 1, channels: { x: swing, y: rest } })}\n`;
    const { folder, manifest } = await prepared(
      folderWith({ 'a.jsonl': rows(texts), 'eval.jsonl': evaluation }),
      { sources: [jsonl('a')], decontaminate: { paths: ['eval.jsonl'] }, validation: 0 },
    );
    expect(manifest.sources[0]!.removed).toEqual({ 'contains an evaluation row': 1 });
    expect(await documentsIn(folder, 'train')).toEqual([texts[1]]);
  });

  it('encodes with a tokenizer trained on the corpus', async () => {
    const texts = essays(0, 50);
    const data = folderWith({ 'a.jsonl': rows(texts) });
    const corpus = { sources: [jsonl('a')], validation: 0, tokenizer: { vocabulary: 500 } };
    const { folder, manifest } = await prepared(data, corpus);
    expect(manifest.tokenizer).toMatchObject({ name: 'trained', vocabulary: 500, endOfText: 499 });
    expect((await documentsIn(folder, 'train')).sort()).toEqual([...texts].sort());
  });
});
