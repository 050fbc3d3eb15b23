import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsIn, essay, filesIn, folderWith, prepared } from './corpus-files.ts';

const txt = { name: 'text', format: 'txt', path: 'text' };
const jsonl = { name: 'rows', format: 'jsonl', path: 'rows.jsonl' };

describe('prepareCorpus', () => {
  it('writes every document of txt and JSONL once, each after its <|endoftext|>', async () => {
    const data = folderWith({
      'text/a.txt': `${essay(1)}\n<|endoftext|>\n${essay(2)}\n`,
      'text/b.txt': `${essay(3)}\r\n<|endoftext|>\r\n${essay(4)}`,
      'rows.jsonl': `${JSON.stringify({ text: 'Grüße 🙂' })}\n\n${JSON.stringify({ text: essay(6), n: 1 })}\n`,
    });
    const { folder, manifest } = await prepared(data, { sources: [txt, jsonl], validation: 0 });
    const documents = await documentsIn(folder, 'train');
    expect(documents.sort()).toEqual(
      [essay(1), `${essay(2)}\n`, essay(3), essay(4), 'Grüße 🙂', essay(6)].sort(),
    );
    expect(manifest.sources.map(({ documents }) => documents)).toEqual([4, 2]);
    expect(manifest.splits.train.documents).toBe(6);
  });

  it("writes llm.c's format", async () => {
    const data = folderWith({ 'rows.jsonl': `${JSON.stringify({ text: 'Hello world' })}\n` });
    const { folder } = await prepared(data, { sources: [jsonl], validation: 0 });
    const shard = readFileSync(join(folder, 'train_000000.bin'));
    expect(shard.length).toBe(1024 + 3 * 2);
    expect([0, 4, 8, 12].map((at) => shard.readInt32LE(at))).toEqual([20240520, 1, 3, 0]);
    expect([1024, 1026, 1028].map((at) => shard.readUInt16LE(at))).toEqual([50256, 15496, 995]);
  });

  it('gives the same bytes with any number of threads, and after an interruption', async () => {
    const rows = (from: number): string =>
      Array.from({ length: 700 }, (_, i) => `${JSON.stringify({ text: essay(from + i) })}\n`).join('');
    const data = folderWith({ 'text/a.txt': essay(0), 'text/b.txt': essay(1), 'rows.jsonl': rows(2) });
    const corpus = { sources: [txt, jsonl], validation: 0.1, shardTokens: 10_000 };
    const whole = await prepared(data, corpus);
    expect(whole.manifest.splits.train.shards.length).toBeGreaterThan(5);

    const parallel = await prepared(data, corpus, { threads: 2 });
    expect(filesIn(parallel.folder)).toEqual(filesIn(whole.folder));

    const out = folderWith({});
    const stop = new AbortController();
    const interrupted = prepared(data, corpus, {
      out,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stop')),
    });
    await expect(interrupted).rejects.toThrow('stop');
    const resumed = await prepared(data, corpus, { out });
    expect(resumed.notes).toContain('prepare: going on where it was interrupted');
    expect(filesIn(resumed.folder)).toEqual(filesIn(whole.folder));
  });

  it('keeps a share for validation, and a person on one side', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({ text: essay(i), who: `p${i % 40}` }));
    const data = folderWith({ 'rows.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join('') });
    const { folder } = await prepared(data, { sources: [{ ...jsonl, group: 'who' }], validation: 0.25 });
    const whoIn = async (split: 'train' | 'val'): Promise<Set<string>> =>
      new Set((await documentsIn(folder, split)).map((text) => rows.find((row) => row.text === text)!.who));
    const [train, val] = [await whoIn('train'), await whoIn('val')];
    expect(train.size + val.size).toBe(40);
    expect(val.size).toBeGreaterThan(3);
    expect(val.size).toBeLessThan(20);
  });
});
