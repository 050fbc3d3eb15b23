import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { documentsIn, essay, folderWith, prepared } from './corpus-files.ts';

const SHARED_DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const RECIPES = fileURLToPath(new URL('../../../configs/recipes', import.meta.url));

const source = (format: string, path: string, more: object = {}) => ({ name: 'one', format, path, ...more });
const all = (one: object) => ({ sources: [one], validation: 0 });

describe('sources of a corpus', () => {
  it('reads a column of CSV, with commas, quotes and line breaks in its cells', async () => {
    const table = 'id,text\r\n1,plain words\r\n2,"a, ""b""\nand c"\r\n3,the end';
    const data = folderWith({ 'a.csv': table });
    const { folder } = await prepared(data, all(source('csv', 'a.csv')));
    expect((await documentsIn(folder, 'train')).sort()).toEqual(['a, "b"\nand c', 'plain words', 'the end']);
  });

  it('reads a column of Parquet, every row group of it', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => essay(i));
    const columnData = [
      { name: 'n', data: texts.map((_, i) => i) },
      { name: 'body', data: texts },
    ];
    const data = folderWith({
      'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 20 })),
    });
    const { folder } = await prepared(data, all(source('parquet', 'a.parquet', { field: 'body' })));
    expect((await documentsIn(folder, 'train')).sort()).toEqual([...texts].sort());
  });

  it('reads compressed files, whole', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${JSON.stringify({ text: essay(i) })}\n`).join('');
    const data = folderWith({ 'rows/a.jsonl.gz': gzipSync(rows) });
    const { manifest } = await prepared(data, all(source('jsonl', 'rows')));
    expect(manifest.sources[0]!.documents).toBe(20);
    const torn = folderWith({ 'rows/a.jsonl.gz': gzipSync(rows).subarray(0, 200) });
    await expect(prepared(torn, all(source('jsonl', 'rows')))).rejects.toThrow('cut short or damaged');
  });

  it.skipIf(!existsSync(SHARED_DATA))(
    "renders recordings in the paper's way and in ours, training rows only",
    async () => {
      const swim = (name: string, template: string) => ({
        ...source('recordings', 'swim', { recipe: join(RECIPES, 'swim.yaml'), template }),
        name,
      });
      const sources = [swim('ours', 'stream'), swim('paper', 'tinyllm-paper')];
      const { folder, manifest } = await prepared(SHARED_DATA, { sources, validation: 0.2 });
      // README of the data: train 2,937 windows of 16 swimmers.
      expect(manifest.sources.map(({ documents }) => documents)).toEqual([2937, 2937]);
      const documents = await documentsIn(folder, 'train');
      const ours = documents.filter((text) => / -> (freestyle|butterfly|transition|b\w+stroke)$/.test(text));
      const paper = documents.filter((text) => /^### Instruction:\n[\s\S]+\n### Response:\n\w+$/.test(text));
      expect(ours.length + paper.length).toBe(documents.length);
      expect(Math.min(ours.length, paper.length)).toBeGreaterThan(1000);
      expect(manifest.splits.val.documents).toBeGreaterThan(100);
    },
  );
});

describe('bad sources', () => {
  const refused = async (
    files: Record<string, string | Uint8Array>,
    one: object,
    said: RegExp,
  ): Promise<void> => {
    const out = folderWith({});
    await expect(prepared(folderWith(files), all(one), { out })).rejects.toThrow(said);
    expect(existsSync(join(out, 'prepare'))).toBe(false);
  };
  const latin1 = Buffer.from('first line\ncaf\xe9\n', 'latin1');

  it('names an empty file, a missing one and a folder without any', async () => {
    await refused({ 'a.txt': '' }, source('txt', 'a.txt'), /a\.txt is empty/);
    await refused({}, source('txt', 'a.txt'), /nothing at .*a\.txt/);
    await refused({ 'b/a.jsonl': '{}' }, source('txt', 'b'), /holds no file of its format/);
    await refused({ 'a.txt': '  \n' }, source('txt', 'a.txt'), /no document left .* left out: 1 x empty/);
  });

  it('names line and byte of text that is not UTF-8, or counts it where the recipe says so', async () => {
    await refused({ 'a.txt': latin1 }, source('txt', 'a.txt'), /a\.txt:2: not UTF-8 \(byte 14 /);
    const mark = Buffer.from('\n<|endoftext|>\n');
    const data = folderWith({ 'a.txt': Buffer.concat([latin1, mark, Buffer.from('good words')]) });
    const { manifest } = await prepared(data, { ...all(source('txt', 'a.txt')), unreadable: 'skip' });
    expect(manifest.sources[0]!.removed).toEqual({ 'not UTF-8': 1 });
    expect(manifest.splits.train.documents).toBe(1);
  });

  it('names the row that cannot be read', async () => {
    await refused({ 'a.jsonl': '{"text":"x"}\n{"text"' }, source('jsonl', 'a.jsonl'), /a\.jsonl:2: not JSON/);
    await refused(
      { 'a.jsonl': '{"txt":"x"}\n' },
      source('jsonl', 'a.jsonl'),
      /a\.jsonl:1: no text in "text"/,
    );
    await refused({ 'a.csv': 'id\n1\n' }, source('csv', 'a.csv'), /no column "text"/);
    await refused({ 'a.csv': 'text\n"open\n' }, source('csv', 'a.csv'), /quote is not closed/);
    await refused(
      { 'a.parquet': 'PAR1 nonsense' },
      source('parquet', 'a.parquet'),
      /cannot be read as Parquet/,
    );
  });
});
