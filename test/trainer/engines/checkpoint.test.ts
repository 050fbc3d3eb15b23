import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { decodeWeights, initialWeights } from '../../../model/weights.ts';
import { TinyError } from '../../../protocols/errors.ts';
import {
  CHECKPOINT_FORMAT,
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../../../trainer/engines/checkpoint.ts';

const shape = { layers: 1, width: 32, heads: 1, context: 8, vocab: 20 };
const random = RandomStream.seeded(1);
const checkpointAt = (step: number): Checkpoint => ({
  state: { format: CHECKPOINT_FORMAT, step, seed: 3, dataCursor: 10 * step, shape, tokenizerHash: 'abc' },
  weights: initialWeights(shape, random.fork('weights', step)),
  firstMoment: initialWeights(shape, random.fork('first', step)),
  secondMoment: initialWeights(shape, random.fork('second', step)),
  average: initialWeights(shape, random.fork('average', step)),
});

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  folder = join(parent, 'runs', 'last');
});
afterEach(() => rm(parent, { recursive: true }));

describe('checkpoint', () => {
  it('comes back exactly, and replaces the one before without leftovers', async () => {
    for (const step of [1, 2]) {
      await writeCheckpoint(folder, checkpointAt(step));
      expect(await readCheckpoint(folder)).toEqual(checkpointAt(step));
    }
    expect(await readdir(join(parent, 'runs'))).toEqual(['last']);
    const model = await readFile(join(folder, 'model.safetensors'));
    expect(decodeWeights(shape, model)).toEqual(checkpointAt(2).weights);
  });

  it('is found again after a crash between the two renames', async () => {
    await writeCheckpoint(folder, checkpointAt(1));
    await rename(folder, join(parent, 'runs', '.last.old'));
    expect((await readCheckpoint(folder)).state.step).toBe(1);
  });

  it.each(['model.safetensors', 'optimizer.safetensors', 'state.json'])(
    'is refused whole when %s is cut',
    async (name) => {
      await writeCheckpoint(folder, checkpointAt(1));
      await truncate(join(folder, name), (await readFile(join(folder, name))).length - 5);
      await expect(readCheckpoint(folder)).rejects.toThrow(TinyError);
      await rm(join(folder, name));
      await expect(readCheckpoint(folder)).rejects.toThrow(TinyError);
    },
  );

  it('is refused when its state is of another format or shape', async () => {
    await writeCheckpoint(folder, checkpointAt(1));
    const path = join(folder, 'state.json');
    const state = checkpointAt(1).state;
    for (const change of [
      { format: 'tinyllm-checkpoint/9' },
      { shape: { ...shape, vocab: 21 } },
      { step: -1 },
    ]) {
      await writeFile(path, JSON.stringify({ ...state, ...change }));
      await expect(readCheckpoint(folder)).rejects.toThrow(TinyError);
    }
  });
});
