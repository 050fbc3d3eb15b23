import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import { answer } from '../../pipeline/brain.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import { labelsOf } from '../../protocols/answers.ts';
import type { Row } from '../../protocols/window.ts';
import { REPOSITORY } from '../tools.ts';

const folder = join(REPOSITORY, 'models/gesture');

describe('a shipped bundle as a brain', () => {
  let brain: TinyBrain;
  let windows: { label: string | null; rows: readonly Row[] }[];
  beforeAll(async () => {
    brain = await loadBrain(folder);
    const golden = await readGolden(await openBundle(folder));
    windows = golden.map(({ label, rows }) => ({ label, rows: rowsFromJson(rows) }));
  });
  afterAll(() => brain.close());

  it('says which model it is', async () => {
    const { hash, manifest } = await openBundle(folder);
    expect(brain).toMatchObject({ model: 'gesture', bundleHash: hash, task: manifest.task });
  });

  it('gives every label of the task a probability, and the right one the greatest', async () => {
    for (const { label, rows } of windows) {
      const { probs } = await answer(brain, 'wrist', rows);
      expect(Object.keys(probs)).toEqual(labelsOf(brain.task.spec.answers));
      expect(Object.values(probs).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      expect(probs[label!]).toBe(Math.max(...Object.values(probs)));
    }
  });

  it('answers windows that grow row by row, side by side, bit for bit as whole ones', async () => {
    const random = RandomStream.seeded(51);
    const thoughts = windows.map(() => brain.open());
    const fed = windows.map(() => 0);
    while (windows.some(({ rows }, i) => fed[i]! < rows.length)) {
      const i = random.integer(windows.length);
      thoughts[i]!.push(windows[i]!.rows.slice(fed[i]!, fed[i]! + 3));
      fed[i]! += 3;
    }
    for (const [i, thought] of thoughts.entries()) {
      expect(await thought.score()).toEqual(await answer(brain, 'wrist', windows[i]!.rows));
    }
  });

  it('forgets a window that came to nothing', async () => {
    const { rows } = windows[0]!;
    const before = await answer(brain, 'wrist', rows);
    const thought = brain.open();
    thought.push(windows[1]!.rows);
    thought.discard();
    await expect(thought.score()).rejects.toThrow(/not open/);
    expect(await answer(brain, 'wrist', rows)).toEqual(before);
  });

  it('answers a window of missing values, too', async () => {
    const rows = windows[0]!.rows.map((row) => row.map(() => Number.NaN));
    const { probs } = await answer(brain, 'wrist', rows);
    expect(Object.values(probs).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });
});

describe('a brain that cannot be had', () => {
  it('has no bundle, or not that variant', async () => {
    await expect(loadBrain('nowhere')).rejects.toMatchObject({ name: 'TinyError' });
    await expect(loadBrain(folder, { variant: 'int2' })).rejects.toMatchObject({
      hint: 'it has fp32, int8, q8, q4',
    });
  });
});
