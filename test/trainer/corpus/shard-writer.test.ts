import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShardWriter } from '../../../trainer/corpus/shard-writer.ts';
import { filesIn, folderWith } from './corpus-files.ts';

const DOCUMENTS = [3, 4, 9, 1, 2].map((tokens, n) =>
  Uint16Array.from({ length: tokens }, (_, i) => 100 * n + i),
);

/** @returns numbers of the documents that were read */
async function write(folder: string): Promise<number[]> {
  const read: number[] = [];
  const writer = new ShardWriter(folder, 'train', 5);
  for (const [n, ids] of DOCUMENTS.entries()) {
    const bytes = async (): Promise<Uint8Array> => {
      read.push(n);
      return new Uint8Array(ids.buffer);
    };
    await writer.add({ tokens: ids.length, read: bytes });
  }
  expect((await writer.finish()).map(({ tokens }) => tokens)).toEqual([5, 5, 5, 4]);
  return read;
}

describe('ShardWriter', () => {
  it('fills shards to the last token, across documents', async () => {
    const folder = folderWith({});
    expect(await write(folder)).toEqual([0, 1, 2, 3, 4]);
    const tokens = Object.values(filesIn(folder)).flatMap((contents) => {
      return [...new Uint16Array(new Uint8Array(Buffer.from(contents, 'latin1')).buffer, 1024)];
    });
    expect(tokens).toEqual(DOCUMENTS.flatMap((ids) => [...ids]));
  });

  it('passes over the shards that an interrupted run has finished, and writes the others alike', async () => {
    const folder = folderWith({});
    await write(folder);
    const whole = filesIn(folder);
    rmSync(join(folder, 'train_000002.bin'));
    // Tokens 10 to 14 are all of the third document's but its first.
    expect(await write(folder)).toEqual([2]);
    expect(filesIn(folder)).toEqual(whole);
  });
});
