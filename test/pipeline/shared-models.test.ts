import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { answer } from '../../pipeline/brain.ts';
import { SharedModels, startBrains } from '../../pipeline/shared-models.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import { labelsOf } from '../../protocols/answers.ts';
import type { Row } from '../../protocols/window.ts';
import { AdapterBundles } from '../model/adapter-bundles.ts';
import { REPOSITORY } from '../tools.ts';

/** Base and adapter beside each other, or merged: the same sums in another order. Seen: 2e-6. */
const ROUNDING = 1e-5;

let bundles: AdapterBundles;
let folders: string[];
let windows: readonly (readonly Row[])[];
beforeAll(async () => {
  bundles = await AdapterBundles.write();
  folders = [
    await bundles.onBase('whole', bundles.task, bundles.adapter(1)),
    await bundles.onBase('half', bundles.halfTask, bundles.adapter(2)),
  ];
  const golden = await readGolden(await openBundle(join(REPOSITORY, 'models/gesture')));
  windows = golden.map(({ rows }) => rowsFromJson(rows));
});

const opened = () => Promise.all(folders.map((folder) => openBundle(folder)));

async function probabilitiesAlone(folder: string, variant: string): Promise<Record<string, number>[]> {
  const brain = await loadBrain(folder, { variant });
  const answers = [];
  for (const rows of windows) answers.push({ ...(await answer(brain, 'wrist', rows)).probs });
  await brain.close();
  return answers;
}

/** The windows of all brains at once, each a few rows at a time. */
async function interleaved(brains: readonly TinyBrain[]): Promise<Record<string, number>[][]> {
  const thoughts = brains.map((brain) => windows.map(() => brain.open()));
  for (let row = 0; row < windows[0]!.length; row += 3) {
    for (const own of thoughts) {
      for (const [w, thought] of own.entries()) thought.push(windows[w]!.slice(row, row + 3));
    }
  }
  const answers = thoughts.map((own) => Promise.all(own.map((thought) => thought.score())));
  return (await Promise.all(answers)).map((own) => own.map(({ probs }) => ({ ...probs })));
}

function largestDifference(
  a: readonly Record<string, number>[],
  b: readonly Record<string, number>[],
): number {
  const labels = Object.keys(a[0]!);
  expect(Object.keys(b[0]!)).toEqual(labels);
  return Math.max(...a.flatMap((probs, i) => labels.map((label) => Math.abs(probs[label]! - b[i]![label]!))));
}

describe.each(['fp32', 'int8'])('two tasks on one base, variant %s', (variant) => {
  it('answer their windows, all open at once, bit for bit as each does alone', async () => {
    const alone = await Promise.all(folders.map((folder) => probabilitiesAlone(folder, variant)));
    const brains = await startBrains(await opened(), { variant });
    expect(await interleaved(brains)).toEqual(alone);
    expect(brains.map(({ task }) => labelsOf(task.spec.answers).length)).toEqual([3, 2]);
    for (const brain of brains) await brain.close();
  });
});

it('an adapter beside its base answers as both merged, but for rounding', async () => {
  const merged = [
    await bundles.merged('whole-merged', bundles.task, bundles.adapter(1)),
    await bundles.merged('half-merged', bundles.halfTask, bundles.adapter(2)),
  ];
  for (const [i, folder] of folders.entries()) {
    const [own, other] = [
      await probabilitiesAlone(folder, 'fp32'),
      await probabilitiesAlone(merged[i]!, 'fp32'),
    ];
    expect(largestDifference(own, other)).toBeLessThan(ROUNDING);
  }
  const gesture = await probabilitiesAlone(join(REPOSITORY, 'models/gesture'), 'fp32');
  expect(largestDifference(gesture, await probabilitiesAlone(folders[0]!, 'fp32'))).toBeGreaterThan(0.01);
});

describe('models that are shared', () => {
  const starts = vi.spyOn(ModelRuntime, 'start');
  afterAll(() => starts.mockRestore());

  it('are loaded once, and freed with the last of their brains', async () => {
    const models = new SharedModels();
    const [whole, half] = await opened();
    starts.mockClear();
    const [first, second] = await Promise.all([models.start(whole!), models.start(half!)]);
    const expected = await answer(second, 'wrist', windows[0]!);
    expect(starts).toHaveBeenCalledTimes(1);

    const asked = answer(first, 'wrist', windows[1]!);
    const open = first.open();
    open.push(windows[0]!);
    await first.close();
    await asked; // what was asked is still answered
    await expect(open.score()).rejects.toThrow(/not open/);
    expect(await answer(second, 'wrist', windows[0]!)).toEqual(expected);

    const again = await models.start(whole!);
    expect(starts).toHaveBeenCalledTimes(1);
    expect(await answer(again, 'wrist', windows[1]!)).toEqual(await asked);
    await Promise.all([again.close(), second.close()]);
    await expect(second.open().score()).rejects.toThrow(/has been closed/);

    const anew = await models.start(half!);
    expect(starts).toHaveBeenCalledTimes(2);
    expect(await answer(anew, 'wrist', windows[0]!)).toEqual(expected);
    await anew.close();
  });

  it('are not shared by bundles of other weights, or other variants', async () => {
    const [whole, half] = await opened();
    const models = new SharedModels();
    starts.mockClear();
    const brains = [
      await models.start(whole!, { variant: 'fp32' }),
      await models.start(half!, { variant: 'int8' }),
      await models.start(await openBundle(join(REPOSITORY, 'models/gesture'))),
    ];
    expect(starts).toHaveBeenCalledTimes(3);
    for (const brain of brains) await brain.close();
  });
});
