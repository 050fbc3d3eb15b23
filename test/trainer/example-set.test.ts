import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../model/safetensors.ts';
import { TinyError } from '../../protocols/errors.ts';
import { readExampleSet, toExampleSet, writeExampleSet } from '../../trainer/example-set.ts';

const PADDING = 9;
const set = toExampleSet(
  [
    { prompt: [1, 2, 3], answer: [7, 0], label: 1 },
    { prompt: [4], answer: [5, 6, 0], label: 0 },
  ],
  6,
  PADDING,
);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  path = join(folder, 'train.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a set of examples', () => {
  it('holds prompt and answer side by side, padded on the right', () => {
    expect([...set.tokens]).toEqual([1, 2, 3, 7, 0, PADDING, 4, 5, 6, 0, PADDING, PADDING]);
    expect([...set.promptLength]).toEqual([3, 1]);
    expect([...set.length]).toEqual([5, 4]);
    expect([...set.label]).toEqual([1, 0]);
  });

  it('comes back from its file', async () => {
    await writeExampleSet(path, set);
    expect(await readExampleSet(path)).toEqual(set);
  });

  it('keeps whose each example is where all name it; the files of before, without it, are still read', async () => {
    const examples = [
      { prompt: [1], answer: [7], label: 1, group: 0 },
      { prompt: [2], answer: [7], label: 1, group: 4 },
    ];
    const grouped = toExampleSet(examples, 2, PADDING);
    await writeExampleSet(path, grouped);
    expect([...(await readExampleSet(path)).group!]).toEqual([0, 4]);
    expect(
      toExampleSet([...examples, { prompt: [3], answer: [7], label: 0 }], 2, PADDING).group,
    ).toBeUndefined();
    await writeExampleSet(path, set);
    expect(await readExampleSet(path)).not.toHaveProperty('group');
  });

  it('is refused when its file is cut, missing or holds something else', async () => {
    await expect(readExampleSet(path)).rejects.toThrow(TinyError);
    await writeExampleSet(path, set);
    const bytes = await readFile(path);
    for (const length of [0, 7, 40, bytes.length - 3]) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(readExampleSet(path), `${length} bytes`).rejects.toThrow(TinyError);
    }
    const tokens = { dtype: 'I32', shape: [2, 6], data: set.tokens } as const;
    const label = { dtype: 'I32', shape: [1], data: Int32Array.of(0) } as const;
    for (const tensors of [
      { tokens: { dtype: 'F32', shape: [2, 6], data: new Float32Array(12) } as const },
      { tokens },
      { tokens, label, length: label, promptLength: label },
    ]) {
      await writeFile(path, encodeSafetensors(new Map(Object.entries(tensors))));
      await expect(readExampleSet(path)).rejects.toThrow(/does not hold a set of examples/);
    }
  });
});
