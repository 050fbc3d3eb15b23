import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../model/bundle.ts';
import { openTokens, shardHeader } from '../../../trainer/corpus/shards.ts';
import { folderWith } from './corpus-files.ts';

const shardOf = (tokens: readonly number[]): Uint8Array =>
  Buffer.concat([shardHeader(tokens.length), Buffer.from(Uint16Array.from(tokens).buffer)]);

const FIRST = shardOf([50256, 1, 2, 3]);
const SECOND = shardOf([50256, 4, 5, 65535]);

function corpus(): string {
  const none = { tokens: 0, documents: 0, shards: [], sources: [] };
  const shards = [FIRST, SECOND].map((bytes, i) => ({
    file: `train_00000${i}.bin`,
    tokens: 4,
    sha256: sha256(bytes),
  }));
  const manifest = {
    format: 'tinyllm-corpus/1',
    recipe: { name: 'small', sha256: '' },
    seed: 1,
    tokenizer: { name: 'gpt2', vocabulary: 50257, endOfText: 50256, sha256: '' },
    splits: { train: { ...none, tokens: 8, documents: 2, shards }, val: none },
    sources: [],
  };
  return folderWith({
    'manifest.json': JSON.stringify(manifest),
    'train_000000.bin': FIRST,
    'train_000001.bin': SECOND,
  });
}

describe('openTokens', () => {
  let folder: string;
  let first: string;
  beforeEach(() => {
    folder = corpus();
    first = join(folder, 'train_000000.bin');
  });

  it('reads across shards as if they were one', async () => {
    const tokens = await openTokens(folder, 'train');
    expect(tokens.length).toBe(8);
    expect([...(await tokens.read(2, 4))]).toEqual([2, 3, 50256, 4]);
    expect([...(await tokens.read(7, 1))]).toEqual([65535]);
    await expect(tokens.read(7, 2)).rejects.toThrow(RangeError);
    await tokens.close();
  });

  it('refuses a truncated shard', async () => {
    truncateSync(first, FIRST.length - 2);
    await expect(openTokens(folder, 'train')).rejects.toThrow(
      /train_000000\.bin is cut short: it has 3 of its 4/,
    );
  });

  it('refuses shards that changed places', async () => {
    copyFileSync(join(folder, 'train_000001.bin'), first);
    await expect(openTokens(folder, 'train')).rejects.toThrow(/train_000000\.bin is not what was prepared/);
  });

  it('refuses a missing shard, and a file of another format', async () => {
    writeFileSync(first, readFileSync(first).fill(7, 0, 4));
    await expect(openTokens(folder, 'train')).rejects.toThrow(/is no token shard/);
    rmSync(first);
    await expect(openTokens(folder, 'train')).rejects.toThrow(/train_000000\.bin is missing/);
    await expect(openTokens(join(folder, 'elsewhere'), 'train')).rejects.toThrow(/is not the manifest/);
  });

  it('refuses a corpus smaller than a batch', async () => {
    await expect(openTokens(folder, 'train', { atLeast: 9 })).rejects.toThrow(
      /has 8 tokens .* one batch needs 9/,
    );
    await expect(openTokens(folder, 'val')).rejects.toThrow(/has 0 tokens of split "val"/);
  });
});
