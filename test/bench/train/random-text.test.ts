import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeRandomText } from '../../../bench/train/random-text.ts';
import { gpt2Tokenizer } from '../../../model/gpt2-tokenizer.ts';

it('random text has as many bytes as asked, in documents of their own, as much to a token as English', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-random-text-'));
  try {
    const path = join(folder, 'text.txt');
    await writeRandomText(path, 2_000_000);
    const text = await readFile(path, 'utf8');
    expect(text.length).toBeGreaterThanOrEqual(2_000_000);
    expect(text.length).toBeLessThan(3_200_000);
    const documents = text.split('\n<|endoftext|>\n').filter((document) => document !== '');
    expect(new Set(documents).size).toBe(documents.length);
    const sample = documents.slice(0, 5).join('\n');
    const bytesOfToken = sample.length / gpt2Tokenizer().encode(sample).length;
    expect(bytesOfToken).toBeGreaterThan(3.8);
    expect(bytesOfToken).toBeLessThan(4.8);
  } finally {
    await rm(folder, { recursive: true });
  }
});
